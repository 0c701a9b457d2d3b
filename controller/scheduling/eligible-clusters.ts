import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { ReplicaSchedulingPreferenceSpec } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import { type NamespacePlacement, type PlacementCluster, placementOf } from '../sync/placement/placement.ts';
import type { PlannedObject } from './planned-object.ts';

export type Eligible = { readonly clusters: readonly string[] } | { readonly fault: string };

/**
 * Which of the members that count may get replicas: all, or with `intersectWithClusterSelector` those that the object's own
 * clusterSelector selects, for its list of clusters is the plan's to write. Where the namespace is federated it has to be
 * there too: replicas in a member without the namespace would run nowhere.
 */
export function eligibleClusters(
  members: readonly PlacementCluster[],
  object: DeepReadonly<PlannedObject>,
  spec: Pick<DeepReadonly<ReplicaSchedulingPreferenceSpec>, 'intersectWithClusterSelector'>,
  namespacePlacement: NamespacePlacement,
): Eligible {
  if (namespacePlacement.kind === 'conflict') {
    const [one, other] = namespacePlacement.names;
    return { fault: `the FederatedNamespaces ${one} and ${other} disagree on where the namespace goes` };
  }
  const narrowed = spec.intersectWithClusterSelector === true;
  const clusterSelector = narrowed ? object.spec.placement?.clusterSelector : {};
  const selected = placementOf(
    { metadata: object.metadata, spec: { placement: clusterSelector === undefined ? {} : { clusterSelector } } },
    {
      clusters: members,
      ...(namespacePlacement.kind === 'placement' ? { namespacePlacement: namespacePlacement.placement } : {}),
    },
  );
  if (!('clusters' in selected)) return { fault: selected.message };
  if (selected.clusters.size > 0 || members.length === 0) return { clusters: [...selected.clusters] };
  const by = narrowed ? "the object's clusterSelector and its namespace's placement" : "its namespace's placement";
  return { fault: `none of the ready clusters is selected by ${by}` };
}
