import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { namespacePlacementOf, type PlacementCluster, placementOf } from '../../controller/sync/placement/placement.ts';

const NAMES = ['earth', 'vulcan', 'romulus', 'kronos', 'bajor', 'risa'];
const name = fc.constantFrom(...NAMES);
const label = fc.constantFrom('burst', 'region', 'tier');
const value = fc.constantFrom('a', 'b', 'true');
const clusters = fc.uniqueArray(fc.record({ name, labels: fc.dictionary(label, value) }), { selector: (c) => c.name });
const requirement = fc.oneof(
  fc.record({
    key: label,
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(value, { minLength: 1 }),
  }),
  fc.record({ key: label, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
);
const placement: fc.Arbitrary<Placement> = fc.record(
  {
    clusters: fc.array(fc.record({ name })),
    clusterSelector: fc.record(
      { matchLabels: fc.dictionary(label, value), matchExpressions: fc.array(requirement) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

function placed(own: Placement, all: readonly PlacementCluster[], namespacePlacement?: Placement): string[] {
  const options = namespacePlacement === undefined ? { clusters: all } : { clusters: all, namespacePlacement };
  const result = placementOf({ metadata: {}, spec: { placement: own } }, options);
  return 'clusters' in result ? [...result.clusters].sort() : expect.unreachable(result.message);
}

/** What a cordon may change: which clusters have one, and where the object and its namespace are. */
const cordons = fc.record({
  cordoned: fc.subarray(NAMES),
  isIn: fc.subarray(NAMES),
  namespaceIsIn: fc.subarray(NAMES),
});

function placedBeside(
  own: Placement,
  all: readonly PlacementCluster[],
  over: { cordoned: string[]; isIn: string[]; namespaceIsIn: string[] },
  namespacePlacement: Placement | undefined,
) {
  const result = placementOf(
    { metadata: {}, spec: { placement: own } },
    {
      clusters: all.map((each) => ({ ...each, cordoned: over.cordoned.includes(each.name) })),
      isIn: (cluster) => over.isIn.includes(cluster),
      namespaceIsIn: (cluster) => over.namespaceIsIn.includes(cluster),
      ...(namespacePlacement === undefined ? {} : { namespacePlacement }),
    },
  );
  if (!('clusters' in result)) return expect.unreachable(result.message);
  return { clusters: [...result.clusters].sort(), leftOut: [...result.leftOut].sort() };
}

describe('placement beside cordoned clusters', () => {
  const ofNamespace = fc.option(placement, { nil: undefined });

  it('is what it would be without them, but for what is left out, and says all that is', () => {
    fc.assert(
      fc.property(placement, clusters, ofNamespace, cordons, (own, all, namespace, over) => {
        const { clusters: given, leftOut } = placedBeside(own, all, over, namespace);
        expect([...given, ...leftOut].sort()).toEqual(placed(own, all, namespace));
      }),
    );
  });

  it('never takes anything away: nothing is left out of a cluster in which it is', () => {
    fc.assert(
      fc.property(placement, clusters, ofNamespace, cordons, (own, all, namespace, over) => {
        const { leftOut } = placedBeside(own, all, over, namespace);
        expect(leftOut.filter((each) => over.isIn.includes(each) || !over.cordoned.includes(each))).toEqual([]);
      }),
    );
  });

  it('brings nothing new by selectors, and whatever is named where the namespace is', () => {
    fc.assert(
      fc.property(placement, clusters, ofNamespace, cordons, (own, all, namespace, over) => {
        const { clusters: given, leftOut } = placedBeside(own, all, over, namespace);
        const fresh = given.filter((each) => over.cordoned.includes(each) && !over.isIn.includes(each));
        if (own.clusters === undefined) expect(fresh).toEqual([]);
        else if (namespace === undefined || namespace.clusters !== undefined) expect(leftOut).toEqual([]);
        else expect(leftOut.filter((each) => over.namespaceIsIn.includes(each))).toEqual([]);
      }),
    );
  });

  it('stands once it is carried out: where it was placed it stays', () => {
    fc.assert(
      fc.property(placement, clusters, ofNamespace, cordons, (own, all, namespace, over) => {
        const first = placedBeside(own, all, over, namespace);
        expect(placedBeside(own, all, { ...over, isIn: first.clusters }, namespace)).toEqual(first);
      }),
    );
  });
});

describe('placement', () => {
  it('never names a cluster that is not known', () => {
    fc.assert(
      fc.property(placement, clusters, (own, all) => {
        const known = new Set<string>(all.map((cluster) => cluster.name));
        expect(placed(own, all).filter((each) => !known.has(each))).toEqual([]);
      }),
    );
  });

  it('written down as names gives itself', () => {
    fc.assert(
      fc.property(placement, clusters, (own, all) => {
        const names = placed(own, all);
        expect(placed({ clusters: names.map((each) => ({ name: each })) }, all)).toEqual(names);
      }),
    );
  });

  it('of a namespaced object is the intersection of its own and that of its namespace', () => {
    fc.assert(
      fc.property(placement, placement, clusters, (own, ofNamespace, all) => {
        const allowed = new Set(placed(ofNamespace, all));
        expect(placed(own, all, ofNamespace)).toEqual(placed(own, all).filter((each) => allowed.has(each)));
        expect(placed(own, all, own)).toEqual(placed(own, all));
      }),
    );
  });

  it('decides for each cluster alone: another one that joins moves nothing', () => {
    fc.assert(
      fc.property(placement, clusters, (own, all) => {
        for (const cluster of all) {
          const alone = placed(own, [cluster]);
          expect(placed(own, all).includes(cluster.name)).toBe(alone.includes(cluster.name));
        }
      }),
    );
  });

  it('of a namespace does not depend on the order in which its FederatedNamespaces are seen', () => {
    const federatedNamespaces = fc.uniqueArray(
      fc.record({
        metadata: fc.record({ name: fc.constantFrom('demo', 'a', 'b', 'c'), namespace: fc.constant('demo') }),
        spec: fc.record({ placement }),
      }),
      { selector: (each) => each.metadata.name },
    );
    fc.assert(
      fc.property(federatedNamespaces, (all) => {
        expect(namespacePlacementOf(all.toReversed())).toEqual(namespacePlacementOf(all));
      }),
    );
  });

  it('of a namespace that is in every member is limited only by a FederatedNamespace that is there', () => {
    fc.assert(
      fc.property(fc.option(placement, { nil: undefined }), placement, clusters, (ofNamespace, own, all) => {
        const there =
          ofNamespace === undefined
            ? []
            : [{ metadata: { name: 'demo', namespace: 'demo' }, spec: { placement: ofNamespace } }];
        const limited = namespacePlacementOf(there, { inEveryMember: true });
        expect(limited.kind).toBe(ofNamespace === undefined ? 'unlimited' : 'placement');
        if (limited.kind !== 'placement') return;
        // Where there is one the scope makes no difference.
        expect(limited).toEqual(namespacePlacementOf(there));
        const narrowed = placed(own, all, limited.placement as Placement);
        expect(narrowed.every((each) => placed(own, all).includes(each))).toBe(true);
      }),
    );
  });

  it('that FederatedNamespaces agree on is the same for every set of clusters', () => {
    fc.assert(
      fc.property(placement, placement, clusters, (one, other, all) => {
        const metadata = { namespace: 'demo' };
        const result = namespacePlacementOf([
          { metadata: { ...metadata, name: 'a' }, spec: { placement: one } },
          { metadata: { ...metadata, name: 'b' }, spec: { placement: other } },
        ]);
        if (result.kind === 'placement') expect(placed(one, all)).toEqual(placed(other, all));
      }),
    );
  });
});
