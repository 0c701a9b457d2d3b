import { describe, expect, it } from 'vitest';
import type { FederatedObject, Placement } from '../../../apis/types/v1beta1/federated-object.ts';
import { namespacePlacementOf, placementOf } from './placement.ts';

const clusters = [
  { name: 'cluster1' },
  { name: 'cluster2', labels: { foo: 'bar' } },
  { name: 'cluster3', labels: { foo: 'baz', burst: 'true' } },
];

function federated(placement?: Placement, metadata: FederatedObject['metadata'] = { name: 'web', namespace: 'demo' }) {
  return { metadata, spec: placement === undefined ? {} : { placement } } satisfies FederatedObject;
}

function placed(result: ReturnType<typeof placementOf>): string[] {
  if (!('clusters' in result)) throw new Error(`not placed: ${result.message}`);
  return [...result.clusters];
}

describe('placementOf', () => {
  const kubefed: [name: string, placement: Placement | undefined, expected: string[]][] = [
    ['names win over the selector', { clusters: [{ name: 'cluster1' }], clusterSelector: {} }, ['cluster1']],
    ['an empty list of names wins too, and means nowhere', { clusters: [], clusterSelector: {} }, []],
    ['without names and selector an object goes nowhere', {}, []],
    ['without any placement an object goes nowhere', undefined, []],
    ['an empty selector means everywhere', { clusterSelector: {} }, ['cluster1', 'cluster2', 'cluster3']],
    [
      'empty matchLabels mean everywhere',
      { clusterSelector: { matchLabels: {} } },
      ['cluster1', 'cluster2', 'cluster3'],
    ],
    [
      'a selector chooses by the labels of KubeFedClusters',
      { clusterSelector: { matchLabels: { foo: 'bar' } } },
      ['cluster2'],
    ],
    [
      'a selector may use expressions',
      { clusterSelector: { matchExpressions: [{ key: 'burst', operator: 'DoesNotExist' }] } },
      ['cluster1', 'cluster2'],
    ],
    ['a name twice counts once', { clusters: [{ name: 'cluster2' }, { name: 'cluster2' }] }, ['cluster2']],
  ];
  it.each(kubefed)('%s', (_name, placement, expected) => {
    expect(placed(placementOf(federated(placement), { clusters }))).toEqual(expected);
  });

  it('leaves out names that no member bears, and says which', () => {
    const result = placementOf(federated({ clusters: [{ name: 'gone' }, { name: 'cluster1' }, { name: 'gone' }] }), {
      clusters,
    });
    expect(result).toEqual({ clusters: new Set(['cluster1']), unknown: ['gone'], leftOut: [] });
  });

  it('crosses the placement of a namespaced object with that of its namespace', () => {
    const object = federated({ clusterSelector: {} });
    const namespacePlacement = { clusters: [{ name: 'cluster3' }, { name: 'cluster1' }] };
    expect(placed(placementOf(object, { clusters, namespacePlacement }))).toEqual(['cluster1', 'cluster3']);
  });

  it('gives no set at all when the namespace is not federated, so that nothing is deleted for it', () => {
    const result = placementOf(federated({ clusterSelector: {} }), { clusters, namespacePlacement: 'notFederated' });
    expect(result).toEqual({
      reason: 'NamespaceNotFederated',
      message: 'there is no FederatedNamespace in the namespace "demo"',
      unknown: [],
    });
  });

  it.each([
    ['the object', { clusterSelector: { matchLabels: { 'not a key': 'x' } } }, { clusterSelector: {} }],
    ['its namespace', { clusterSelector: {} }, { clusterSelector: { matchLabels: { 'not a key': 'x' } } }],
  ])('gives no set either when the selector of %s cannot be understood', (_whose, own, namespacePlacement) => {
    const result = placementOf(federated(own), { clusters, namespacePlacement });
    expect(result).toMatchObject({ reason: 'ComputePlacementFailed', message: expect.stringContaining('not a key') });
  });
});

describe('a cordoned cluster', () => {
  const cordoned = clusters.map((cluster) => ({ ...cluster, cordoned: cluster.name === 'cluster3' }));
  const inCluster3 = (name: string) => name === 'cluster3';
  const everywhere = { clusterSelector: {} };

  it('gets nothing new by a selector, and the result says so', () => {
    expect(placementOf(federated(everywhere), { clusters: cordoned })).toEqual({
      clusters: new Set(['cluster1', 'cluster2']),
      unknown: [],
      leftOut: ['cluster3'],
    });
  });

  it('keeps what is there', () => {
    const result = placementOf(federated(everywhere), { clusters: cordoned, isIn: inCluster3 });
    expect(result).toMatchObject({ clusters: new Set(['cluster1', 'cluster2', 'cluster3']), leftOut: [] });
  });

  it('loses what its placement no longer selects, as any other', () => {
    const elsewhere = federated({ clusterSelector: { matchLabels: { foo: 'bar' } } });
    const result = placementOf(elsewhere, { clusters: cordoned, isIn: inCluster3 });
    expect(result).toMatchObject({ clusters: new Set(['cluster2']), leftOut: [] });
  });

  it('gets what names it', () => {
    const result = placementOf(federated({ clusters: [{ name: 'cluster3' }] }), { clusters: cordoned });
    expect(result).toMatchObject({ clusters: new Set(['cluster3']), leftOut: [] });
  });

  it('gets nothing of a namespace that is kept out of it, even where that names it', () => {
    const named = federated({ clusters: [{ name: 'cluster3' }] });
    const result = placementOf(named, { clusters: cordoned, namespacePlacement: everywhere });
    expect(result).toMatchObject({ clusters: new Set(), leftOut: ['cluster3'] });
  });

  it('gets what names it in a namespace that is there', () => {
    const named = federated({ clusters: [{ name: 'cluster3' }] });
    const options = { clusters: cordoned, namespacePlacement: everywhere, namespaceIsIn: inCluster3 };
    expect(placementOf(named, options)).toMatchObject({ clusters: new Set(['cluster3']), leftOut: [] });
  });

  it('gets nothing new by a selector in a namespace that is there either', () => {
    const options = { clusters: cordoned, namespacePlacement: everywhere, namespaceIsIn: inCluster3 };
    expect(placementOf(federated(everywhere), options)).toMatchObject({ leftOut: ['cluster3'] });
  });

  it('keeps what is there whatever is known of its namespace', () => {
    const options = { clusters: cordoned, namespacePlacement: everywhere, isIn: inCluster3 };
    expect(placementOf(federated(everywhere), options)).toMatchObject({ leftOut: [] });
  });
});

describe('namespacePlacementOf', () => {
  const inDemo = (name: string, placement?: Placement) => federated(placement, { name, namespace: 'demo' });

  it('knows a namespace without FederatedNamespace', () => {
    expect(namespacePlacementOf([])).toEqual({ kind: 'notFederated' });
  });

  it('takes a FederatedNamespace of any name', () => {
    const placement = { clusters: [{ name: 'earth' }] };
    expect(namespacePlacementOf([inDemo('fedns', placement)])).toEqual({ kind: 'placement', placement });
  });

  it('lets one that bears the name of its namespace count alone', () => {
    const placement = { clusters: [{ name: 'earth' }] };
    const all = [inDemo('a', { clusterSelector: {} }), inDemo('demo', placement), inDemo('z')];
    expect(namespacePlacementOf(all)).toEqual({ kind: 'placement', placement });
  });

  it.each<[string, Placement | undefined, Placement | undefined]>([
    ['in another order', { clusters: [{ name: 'a' }, { name: 'b' }] }, { clusters: [{ name: 'b' }, { name: 'a' }] }],
    ['everywhere, written in two ways', { clusterSelector: {} }, { clusterSelector: { matchLabels: {} } }],
    ['nowhere, written in two ways', { clusters: [] }, undefined],
    [
      'the same labels, written in two ways',
      { clusterSelector: { matchLabels: { a: '1', b: '2' } } },
      {
        clusterSelector: {
          matchLabels: { b: '2' },
          matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '1'] }],
        },
      },
    ],
  ])('lets several that agree count as one: %s', (_how, one, other) => {
    expect(namespacePlacementOf([inDemo('two', other), inDemo('one', one)])).toEqual({
      kind: 'placement',
      placement: one ?? {},
    });
  });

  it('names two that disagree, always the same two', () => {
    const earth = { clusters: [{ name: 'earth' }] };
    const all = [inDemo('c', { clusterSelector: {} }), inDemo('a', earth), inDemo('b', earth)];
    const conflict = { kind: 'conflict', names: ['a', 'c'] };
    expect(namespacePlacementOf(all)).toEqual(conflict);
    expect(namespacePlacementOf(all.toReversed())).toEqual(conflict);
  });
});
