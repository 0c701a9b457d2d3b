import { describe, expect, it } from 'vitest';
import { type ExportedService, mergeExports } from './merge.ts';

const earth: ExportedService = {
  cluster: 'earth',
  since: '2026-01-01T00:00:01Z',
  headless: false,
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  sessionAffinity: 'None',
  ipFamilies: ['IPv4'],
  internalTrafficPolicy: 'Cluster',
  labels: {},
  annotations: {},
};
const vulcan: ExportedService = { ...earth, cluster: 'vulcan', since: '2026-01-01T00:00:02Z' };

const conflictsOf = (...exports: ExportedService[]) => mergeExports(exports)?.conflicts.map(({ reason }) => reason);

describe('a Service that several clusters export', () => {
  it('is nothing where nobody exports it', () => expect(mergeExports([])).toBeUndefined());

  it('has no conflict where they agree', () => {
    expect(mergeExports([vulcan, earth])).toMatchObject({
      clusters: ['earth', 'vulcan'],
      oldest: 'earth',
      conflicts: [],
    });
  });

  it('has the ports of all', () => {
    const merged = mergeExports([
      { ...vulcan, ports: [...earth.ports, { name: 'dns', protocol: 'UDP', port: 80 }] },
      earth,
    ]);

    expect(merged?.ports.map(({ name }) => name)).toEqual(['http', 'dns']);
    expect(merged?.conflicts).toEqual([]);
  });

  it('has the port of the oldest export where two contradict each other, and says which and why', () => {
    const merged = mergeExports([{ ...vulcan, ports: [{ name: 'http', protocol: 'TCP', port: 81 }] }, earth]);

    expect(merged?.ports).toEqual(earth.ports);
    expect(merged?.conflicts).toEqual([
      {
        reason: 'PortConflict',
        message:
          'port http 81/TCP of cluster "vulcan" contradicts http 80/TCP of "earth", an older export, which counts',
      },
    ]);
  });

  it.each([
    ['another name for a number', { name: 'web', protocol: 'TCP', port: 80 }],
    ['another application protocol', { name: 'http', protocol: 'TCP', port: 80, appProtocol: 'kubernetes.io/h2c' }],
    ['no name beside named ones', { protocol: 'TCP', port: 443 }],
  ])('takes for a contradiction %s', (_, port) => {
    expect(conflictsOf(earth, { ...vulcan, ports: [port] })).toEqual(['PortConflict']);
    expect(mergeExports([earth, { ...vulcan, ports: [port] }])?.ports).toEqual(earth.ports);
  });

  it('is headless or not as the oldest is, and tells of everything else that they disagree about', () => {
    const other: ExportedService = {
      ...vulcan,
      headless: true,
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
      internalTrafficPolicy: 'Local',
      trafficDistribution: 'PreferClose',
      labels: { a: 'b' },
      annotations: { a: 'b' },
    };

    expect(mergeExports([other, earth])).toMatchObject({ headless: false, sessionAffinity: 'None', labels: {} });
    expect(conflictsOf(other, earth)).toEqual([
      'TypeConflict',
      'SessionAffinityConflict',
      'SessionAffinityConfigConflict',
      'InternalTrafficPolicyConflict',
      'TrafficDistributionConflict',
      'LabelsConflict',
      'AnnotationsConflict',
    ]);
  });

  it('is decided by the name of the cluster among exports of one second', () => {
    const twin = { ...vulcan, since: earth.since, headless: true };

    expect(mergeExports([twin, earth])).toMatchObject({ oldest: 'earth', headless: false });
  });

  it('has the address families that all clusters have; where there is none, those of the oldest, and the others are told', () => {
    const dual: ExportedService = { ...earth, ipFamilies: ['IPv6', 'IPv4'] };

    expect(mergeExports([dual, vulcan])).toMatchObject({ ipFamilies: ['IPv4'], conflicts: [] });
    expect(mergeExports([dual, { ...vulcan, ipFamilies: ['IPv4', 'IPv6'] }])?.ipFamilies).toEqual(['IPv6', 'IPv4']);
    expect(mergeExports([earth, { ...vulcan, ipFamilies: ['IPv6'] }])).toMatchObject({
      ipFamilies: ['IPv4'],
      conflicts: [{ reason: 'IPFamilyConflict' }],
    });
  });
});
