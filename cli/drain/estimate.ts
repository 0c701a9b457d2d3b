import {
  CLUSTER_CONDITIONS,
  isCordoned,
  isDraining,
  type KubeFedCluster,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { ReplicaSchedulingPreference } from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { planBesideCordons } from '../../controller/scheduling/cordoned-plan.ts';
import { eligibleClusters } from '../../controller/scheduling/eligible-clusters.ts';
import { isPlacedOn, toldReplicas } from '../../controller/scheduling/planned-object.ts';
import { preferencesOf } from '../../controller/scheduling/planner.ts';
import type { NamespacePlacement } from '../../controller/sync/placement/placement.ts';
import type { DrainEstimate } from './model.ts';

export interface EstimateInput {
  readonly object: FederatedObject;
  readonly preference: ReplicaSchedulingPreference;
  /** The one that is to be drained. */
  readonly cluster: string;
  readonly members: readonly KubeFedCluster[];
  readonly ofNamespace: NamespacePlacement;
}

/**
 * What the controller would do with one workload, by the host's records alone: how much room there is in the members is for
 * the controller to see.
 */
export function estimateDrain({ object, preference, cluster, members, ofNamespace }: EstimateInput): DrainEstimate {
  const told = (name: string) => (isPlacedOn(object, name) ? (toldReplicas(object, name) ?? 0) : 0);
  const replicas = told(cluster);
  const others = members.filter(
    ({ metadata }) => metadata.name !== cluster && metadata.deletionTimestamp === undefined,
  );
  const open = others.filter((each) => isReady(each) && !isDraining(each));
  const candidates = open.map(({ metadata }) => ({ name: metadata.name ?? '', labels: metadata.labels }));
  const eligible = eligibleClusters(candidates, object, preference.spec, ofNamespace);
  const cordoned = new Set(open.filter(isCordoned).map(({ metadata }) => metadata.name ?? ''));
  const clusters = ('fault' in eligible ? [] : eligible.clusters).filter(
    (name) => !cordoned.has(name) || told(name) > 0,
  );
  const { replicas: planned, unplaced } = planBesideCordons({
    ...preferencesOf(preference.spec),
    clusters,
    current: new Map(clusters.map((name) => [name, told(name)])),
    capacity: new Map(),
    held: new Map(clusters.filter((name) => cordoned.has(name)).map((name) => [name, told(name)])),
    draining: new Map([[cluster, replicas]]),
    ready: new Map(),
    key: `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`,
  });
  const gains = clusters.map((name) => [name, (planned.get(name) ?? 0) - told(name)] as const);
  return {
    replicas,
    to: Object.fromEntries(gains.filter(([, gain]) => gain > 0)),
    unplaced: Math.min(replicas, unplaced),
  };
}

function isReady({ status }: KubeFedCluster): boolean {
  return (
    status?.conditions?.some(({ type, status: word }) => type === CLUSTER_CONDITIONS.ready && word === 'True') ?? false
  );
}
