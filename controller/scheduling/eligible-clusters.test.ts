import { describe, expect, test } from 'vitest';
import type { Placement } from '../../apis/types/v1beta1/federated-object.ts';
import { eligibleClusters } from './eligible-clusters.ts';

const members = [
  { name: 'earth', labels: { tier: 'gold' } },
  { name: 'vulcan', labels: { tier: 'gold' } },
  { name: 'risa', labels: {} },
];
const gold = { matchLabels: { tier: 'gold' } };
const notFederated = { kind: 'notFederated' } as const;

function eligible(placement: Placement, intersectWithClusterSelector = false, namespace?: Placement) {
  const ofNamespace = namespace === undefined ? notFederated : ({ kind: 'placement', placement: namespace } as const);
  return eligibleClusters(
    members,
    { metadata: {}, spec: { placement } },
    { intersectWithClusterSelector },
    ofNamespace,
  );
}

describe('replicas may go', () => {
  test('to every member that counts, whatever the object says about its placement', () => {
    for (const placement of [{}, { clusterSelector: gold }, { clusters: [{ name: 'earth' }] }]) {
      expect(eligible(placement)).toEqual({ clusters: ['earth', 'vulcan', 'risa'] });
    }
  });

  test("to those that the object's selector selects, when that is asked for: the list of clusters is the plan's own", () => {
    const placement = { clusterSelector: gold, clusters: [{ name: 'risa' }] };
    expect(eligible(placement, true)).toEqual({ clusters: ['earth', 'vulcan'] });
  });

  test('only to where the namespace goes', () => {
    const namespace = { clusters: [{ name: 'earth' }, { name: 'risa' }] };
    expect(eligible({}, false, namespace)).toEqual({ clusters: ['earth', 'risa'] });
    expect(eligible({ clusterSelector: gold }, true, namespace)).toEqual({ clusters: ['earth'] });
  });

  test('nowhere, and somebody is told, when nothing is selected', () => {
    expect(eligible({}, true)).toEqual({ fault: expect.stringContaining('clusterSelector') });
    expect(eligible({}, false, { clusters: [] })).toEqual({ fault: expect.stringContaining('namespace') });
  });

  test('nowhere while FederatedNamespaces disagree or a selector does not parse', () => {
    const conflict = { kind: 'conflict', names: ['a', 'b'] } as const;
    expect(eligibleClusters(members, { metadata: {}, spec: {} }, {}, conflict)).toEqual({
      fault: 'the FederatedNamespaces a and b disagree on where the namespace goes',
    });
    const clusterSelector = { matchExpressions: [{ key: 'tier', operator: 'In' as const }] };
    expect(eligible({ clusterSelector }, true)).toHaveProperty('fault');
  });

  test('to nobody, in silence, while no member counts', () => {
    expect(eligibleClusters([], { metadata: {}, spec: {} }, {}, notFederated)).toEqual({ clusters: [] });
  });
});
