import {
  CLUSTER_CONDITIONS,
  isCordoned,
  isDraining,
  type KubeFedCluster,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Accessor } from '../clusters/accessor.ts';
import { isLeaving } from '../clusters/leaving.ts';
import type { MemberClusters } from '../sync/environment.ts';
import type { PlacementCluster } from '../sync/placement/placement.ts';
import type { Attendance, Readiness } from './attendance.ts';
import { isPlacedOn, type PlannedObject } from './planned-object.ts';
import type { PlannedType } from './planned-type.ts';
import { least } from './soonest.ts';

/** The members that count when one object's replicas are shared out. */
export type CountingMembers =
  | {
      readonly members: readonly PlacementCluster[];
      /** Those of them that get no more than they have, and whether that is to leave them. */
      readonly cordoned: ReadonlyMap<string, 'held' | 'draining'>;
      /** When that changes although nothing happens. */
      readonly changesInMs: number | undefined;
    }
  /** One of them has not been looked at yet. */
  | { readonly members: undefined; readonly changesInMs: number };

export interface CountingOptions {
  readonly key: string;
  readonly type: PlannedType;
  readonly object: DeepReadonly<PlannedObject>;
  readonly clusters: MemberClusters;
  readonly attendance: Attendance;
}

const LOOK_AGAIN_MS = 250;

export function countingMembers(options: CountingOptions): CountingMembers {
  const { clusters, attendance, object } = options;
  const members: PlacementCluster[] = [];
  const cordoned = new Map<string, 'held' | 'draining'>();
  let changesInMs: number | undefined;
  for (const cluster of clusters.objects.values()) {
    const { name = '', labels } = cluster.metadata;
    if (isLeaving(cluster)) continue;
    attendance.observe(name, readinessOf(clusters.get(name)), awaySince(cluster));
    const verdict = attendance.verdict(name, isPlacedOn(object, name));
    if (verdict.counts === 'unknown') return { members: undefined, changesInMs: verdict.inMs };
    changesInMs = least([changesInMs, verdict.inMs]);
    if (!verdict.counts) continue;
    if (isCordoned(cluster)) {
      const holds = has(options, name);
      if (holds === undefined) return { members: undefined, changesInMs: LOOK_AGAIN_MS };
      if (!holds) continue;
      cordoned.set(name, isDraining(cluster) ? 'draining' : 'held');
    }
    members.push({ name, labels });
  }
  return { members, cordoned, changesInMs };
}

/**
 * Whether a cordoned member has the workload already: by the object's list of clusters, which a plan writes, or where it
 * has none yet, by sight. `undefined` until it has been listed.
 */
function has({ key, type, object }: CountingOptions, cluster: string): boolean | undefined {
  if (object.spec.placement?.clusters) return isPlacedOn(object, cluster);
  const look = type.workloadIn(cluster, key);
  if (look.state === 'starting') return undefined;
  return look.state === 'known' && look.workload !== undefined;
}

function readinessOf(accessor: Accessor | undefined): Readiness {
  if (accessor === undefined || !accessor.judged) return 'unknown';
  return accessor.ready ? 'ready' : 'notReady';
}

/** As the host has it written down, milliseconds since the epoch. */
function awaySince({ status }: DeepReadonly<KubeFedCluster>): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === CLUSTER_CONDITIONS.ready);
  const since = ready?.status === 'False' ? Date.parse(ready.lastTransitionTime ?? '') : Number.NaN;
  return Number.isNaN(since) ? undefined : since;
}
