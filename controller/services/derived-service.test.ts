import { describe, expect, it } from 'vitest';
import { changeOf, derivedService } from './derived-service.ts';
import type { Service } from './kinds.ts';
import { type ExportedService, mergeExports } from './merge.ts';

const web: ExportedService = {
  cluster: 'earth',
  since: '2026-01-01T00:00:01Z',
  headless: false,
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  sessionAffinity: 'ClientIP',
  sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
  ipFamilies: ['IPv4'],
  internalTrafficPolicy: 'Cluster',
  labels: {},
  annotations: {},
};

function desired(change: Partial<ExportedService> = {}) {
  const merged = mergeExports([{ ...web, ...change }]);
  if (merged === undefined) throw new Error('nothing is exported');
  return derivedService('shop', 'web', merged, 'me');
}

/** As an API server stores it. */
function stored(change: Partial<ExportedService> = {}): Service {
  const { spec, ...rest } = desired(change);
  return {
    ...rest,
    metadata: { ...rest.metadata, uid: 'u', resourceVersion: '7' },
    spec: {
      internalTrafficPolicy: 'Cluster',
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ipFamilies: ['IPv4'],
      ...spec,
      ports: spec.ports?.map((port) => ({ ...port, targetPort: port.port })) ?? [],
    },
  };
}

describe('the Service that carries the traffic of an exported one', () => {
  it('selects nothing, has the exported ports and sticks to clients as the exported one does', () => {
    expect(desired()).toMatchObject({
      metadata: { name: 'mcs-web', namespace: 'shop' },
      spec: {
        type: 'ClusterIP',
        ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
        ipFamilyPolicy: 'SingleStack',
        ipFamilies: ['IPv4'],
      },
    });
    expect(desired().spec).not.toHaveProperty('selector');
  });

  it('has no address of its own when headless, and both families where the clusters have both', () => {
    expect(desired({ headless: true }).spec).toMatchObject({ clusterIP: 'None' });
    expect(desired({ headless: true }).spec).not.toHaveProperty('sessionAffinity');
    expect(desired({ ipFamilies: ['IPv6', 'IPv4'] }).spec).toMatchObject({ ipFamilyPolicy: 'PreferDualStack' });
    expect(desired({ ipFamilies: ['IPv6', 'IPv4'] }).spec).not.toHaveProperty('ipFamilies');
  });

  it('is left as the API server completed it', () => {
    expect(changeOf(stored(), desired())).toEqual({ verb: 'none' });
    expect(
      changeOf(
        stored({ headless: true, sessionAffinity: 'None' }),
        desired({ headless: true, sessionAffinity: 'None' }),
      ),
    ).toEqual({ verb: 'none' });
  });

  it.each([
    ['ports', { ports: [{ name: 'http', protocol: 'TCP', port: 81 }] }],
    ['affinity', { sessionAffinity: 'None' }],
    ['traffic policy', { internalTrafficPolicy: 'Local' }],
    ['distribution', { trafficDistribution: 'PreferClose' }],
  ])('is written over where another %s is wanted, once, and keeps its address', (_, change) => {
    const first = changeOf(stored(), desired(change));

    if (first.verb !== 'replace') throw new Error(first.verb);
    expect(first.object.metadata.resourceVersion).toBe('7');
    expect(first.object.spec).toMatchObject({ clusterIP: '10.96.0.9' });
    expect(changeOf(first.object, desired(change))).toEqual({ verb: 'none' });
  });

  it('gives up what is not wanted any more, a selector that somebody gave it included', () => {
    const { spec, ...rest } = stored({ trafficDistribution: 'PreferClose' });
    const change = changeOf(
      { ...rest, spec: { ...spec, selector: { app: 'web' } } },
      desired({ sessionAffinity: 'None' }),
    );

    if (change.verb !== 'replace') throw new Error(change.verb);
    expect(Object.keys(change.object.spec ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/selector|trafficDistribution|sessionAffinityConfig/)]),
    );
  });

  it('is made anew where it is headless and was not, or is of another family', () => {
    expect(changeOf(stored(), desired({ headless: true }))).toEqual({ verb: 'recreate' });
    expect(changeOf(stored({ headless: true }), desired())).toEqual({ verb: 'recreate' });
    expect(changeOf(stored(), desired({ ipFamilies: ['IPv6'] }))).toEqual({ verb: 'recreate' });
  });
});
