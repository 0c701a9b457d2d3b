import { describe, expect, it } from 'vitest';
import type { EndpointGroup } from './endpoints.ts';
import type { EndpointSlice } from './kinds.ts';
import { planSlices, type SliceSet } from './slices.ts';

const set: SliceSet = {
  namespace: 'shop',
  service: { name: 'mcs-web', uid: 'u' },
  exported: 'web',
  source: 'earth',
  controlPlaneUid: 'me',
};
const group = (count: number, port = 8080, addressType: 'IPv4' | 'IPv6' = 'IPv4'): EndpointGroup => ({
  addressType,
  ports: [{ name: 'http', protocol: 'TCP', port }],
  endpoints: Array.from({ length: count }, (_, number) => ({
    addresses: [`${addressType}-${port}-${number}`],
    conditions: { ready: true },
  })),
});
const stored = (slices: readonly EndpointSlice[]): EndpointSlice[] =>
  slices.map((slice) => ({
    ...slice,
    metadata: { ...slice.metadata, uid: `uid-${slice.metadata.name}`, resourceVersion: '7' },
  }));

describe('the EndpointSlices of a source cluster', () => {
  it('bear the labels of KEP-1645 and of kube-proxy, belong to the Service, and hold at most a hundred endpoints', () => {
    const { create } = planSlices(set, [group(250), group(1, 8080, 'IPv6')], []);

    expect(create.map(({ addressType, endpoints }) => [addressType, endpoints?.length])).toEqual([
      ['IPv4', 100],
      ['IPv4', 100],
      ['IPv4', 50],
      ['IPv6', 1],
    ]);
    expect(create[0]?.metadata).toMatchObject({
      namespace: 'shop',
      labels: {
        'kubernetes.io/service-name': 'mcs-web',
        'multicluster.kubernetes.io/service-name': 'web',
        'multicluster.kubernetes.io/source-cluster': 'earth',
        'endpointslice.kubernetes.io/managed-by': 'services.fedmesh.io',
      },
      ownerReferences: [{ kind: 'Service', name: 'mcs-web', uid: 'u' }],
    });
  });

  it('that belong to a local Service are none of a multi-cluster one', () => {
    const { create } = planSlices({ ...set, exported: undefined, service: { name: 'web', uid: 'w' } }, [group(1)], []);

    expect(create[0]?.metadata.labels).not.toHaveProperty('multicluster.kubernetes.io/service-name');
  });

  it('are written once', () => {
    const present = stored(planSlices(set, [group(250)], []).create);

    expect(planSlices(set, [group(250)], present)).toEqual({ create: [], replace: [], remove: [] });
  });

  it('are rewritten one by one, on condition of what was read, and keep labels of others', () => {
    const [first, ...rest] = stored(planSlices(set, [group(150)], []).create);
    if (first === undefined) throw new Error('there is none');
    const labelled = { ...first, metadata: { ...first.metadata, labels: { ...first.metadata.labels, theirs: 'x' } } };
    const { create, replace, remove } = planSlices(set, [group(149)], [labelled, ...rest]);

    expect([create, remove, replace.length]).toEqual([[], [], 1]);
    const spoilt = { ...labelled, ports: [] };
    expect(planSlices(set, [group(150)], [spoilt, ...rest]).replace[0]?.metadata).toMatchObject({
      resourceVersion: '7',
      labels: { theirs: 'x' },
    });
  });

  it('go with their endpoints, and with the number behind a port, which is said once for all of them', () => {
    const present = stored(planSlices(set, [group(1)], []).create);

    expect(planSlices(set, [], present).remove).toEqual(present);
    const moved = planSlices(set, [group(1, 9090)], present);
    expect([moved.create.length, moved.remove.length]).toEqual([1, 1]);
  });

  it('are taken over by a Service that was made anew', () => {
    const present = stored(planSlices(set, [group(1)], []).create);
    const again = planSlices({ ...set, service: { name: 'mcs-web', uid: 'other' } }, [group(1)], present);

    expect(again.replace[0]?.metadata.ownerReferences?.[0]?.uid).toBe('other');
  });
});
