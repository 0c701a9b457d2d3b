import { describe, expect, it } from 'vitest';
import type { ServiceImport } from '../../apis/multicluster/service-import.ts';
import { exportConditions } from './conditions.ts';
import { importStatus, serviceImport } from './imports.ts';
import type { Service } from './kinds.ts';
import { type ExportedService, mergeExports } from './merge.ts';

const NOW = '2026-01-01T00:10:00Z';
const ref = { namespace: 'shop', name: 'web' };
const web: ExportedService = {
  cluster: 'earth',
  since: '2026-01-01T00:00:01Z',
  headless: false,
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  sessionAffinity: 'None',
  ipFamilies: ['IPv4', 'IPv6'],
  internalTrafficPolicy: 'Cluster',
  trafficDistribution: 'PreferClose',
  labels: { team: 'shop' },
  annotations: { note: 'a' },
};
const derived: Service = {
  metadata: { name: 'mcs-web' },
  spec: { clusterIPs: ['10.96.0.9', 'fd00::9'], ipFamilies: ['IPv4', 'IPv6'] },
};
const merge = (change: Partial<ExportedService> = {}) => {
  const merged = mergeExports([{ ...web, ...change }]);
  if (merged === undefined) throw new Error('nothing is exported');
  return merged;
};
const made = (change: Partial<ExportedService> = {}, present?: ServiceImport) =>
  serviceImport(ref, merge(change), derived, present, 'me');

describe('a ServiceImport', () => {
  it('says how the Service is used here, and names the one that carries its traffic', () => {
    expect(made()).toMatchObject({
      metadata: {
        ...ref,
        labels: { team: 'shop' },
        annotations: { note: 'a', 'multicluster.kubernetes.io/derived-service': 'mcs-web' },
      },
      spec: {
        type: 'ClusterSetIP',
        ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
        ips: ['10.96.0.9', 'fd00::9'],
        ipFamilies: ['IPv4', 'IPv6'],
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        trafficDistribution: 'PreferClose',
      },
    });
  });

  it('has no address when headless', () => {
    const { spec } = made({ headless: true }) ?? {};

    expect(spec?.type).toBe('Headless');
    expect(spec).not.toHaveProperty('ips');
  });

  it('is not written when it says so already', () => expect(made({}, made())).toBeUndefined());

  it('loses labels and annotations that are not exported any more, and keeps what somebody else put there', () => {
    const present = made();
    if (present === undefined) throw new Error('nothing was made');
    const theirs = { ...present.metadata.labels, theirs: 'x' };
    const next = made(
      { labels: {}, annotations: {} },
      { ...present, metadata: { ...present.metadata, labels: theirs } },
    );

    expect(next?.metadata.labels).not.toHaveProperty('team');
    expect(next?.metadata.labels).toMatchObject({ theirs: 'x' });
    expect(Object.keys(next?.metadata.annotations ?? {})).toEqual(['multicluster.kubernetes.io/derived-service']);
  });

  it('takes nothing for exported by the word of an annotation that somebody spoilt', () => {
    const present = made();
    if (present === undefined) throw new Error('nothing was made');
    const annotations = { ...present.metadata.annotations, 'services.fedmesh.io/exported': '{"labels": 7}' };

    expect(made({}, { ...present, metadata: { ...present.metadata, annotations } })?.metadata.labels).toEqual(
      present.metadata.labels,
    );
  });

  it('has a status that is written when it says something else, and whose times move when the status does', () => {
    const present = made() as ServiceImport;
    const ready = { type: 'Ready', status: 'True', reason: 'Ready', message: 'it is' } as const;
    const status = importStatus(present, ['earth'], true, ready, NOW);

    expect(status).toEqual({
      endpointSliceObjects: 'Present',
      clusters: [{ cluster: 'earth' }],
      conditions: [{ ...ready, lastTransitionTime: NOW }],
    });
    const later = { ...present, ...(status && { status }) };
    expect(importStatus(later, ['earth'], true, ready, '2026-01-02T00:00:00Z')).toBeUndefined();
    const news = importStatus(later, ['earth'], true, { ...ready, message: 'still' }, '2026-01-02T00:00:00Z');
    expect(news?.conditions?.[0]?.lastTransitionTime).toBe(NOW);
  });
});

describe('the conditions of an export', () => {
  it("are KEP-1645's: valid, exported, and in conflict with whom about what", () => {
    const merged = mergeExports([web, { ...web, cluster: 'vulcan', since: NOW, headless: true, labels: {} }]);

    expect(exportConditions(undefined, merged)).toMatchObject([
      { type: 'Valid', status: 'True', reason: 'Valid' },
      { type: 'Ready', status: 'True', reason: 'Exported' },
      {
        type: 'Conflict',
        status: 'True',
        reason: 'TypeConflict,LabelsConflict',
        message: expect.stringContaining('"earth"'),
      },
    ]);
  });

  it('say why nothing is exported', () => {
    const fault = { reason: 'NoService', message: 'there is none' } as const;

    expect(exportConditions(fault, undefined)).toMatchObject([
      { type: 'Valid', status: 'False', reason: 'NoService', message: 'there is none' },
      { type: 'Ready', status: 'False', reason: 'Pending' },
      { type: 'Conflict', status: 'False', reason: 'NoConflicts' },
    ]);
  });
});
