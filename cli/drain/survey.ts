import { federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import {
  REPLICA_SCHEDULING_PREFERENCES,
  type ReplicaSchedulingPreference,
} from '../../apis/scheduling/v1alpha1/replica-scheduling-preference.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { PAUSED_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { isPlacedOn, toldReplicas } from '../../controller/scheduling/planned-object.ts';
import { namespacePlacementOf } from '../../controller/sync/placement/placement.ts';
import { isRecordedIn } from '../../controller/sync/subject.ts';
import { listIfServed } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';
import { readTypeConfigs } from '../federation/type-configs.ts';
import { estimateDrain } from './estimate.ts';
import type { DrainSurvey, Staying } from './model.ts';

const LISTS_AT_A_TIME = 8;
/** What runs Pods, and could run them elsewhere. A DaemonSet belongs to the nodes that it is on. */
const WORKLOADS: readonly string[] = [
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'Pod',
  'ReplicationController',
];

interface Listed {
  /** Of the federated object. */
  readonly federatedKind: string;
  readonly kind: string;
  readonly objects: readonly FederatedObject[];
}

/** What is in a member, by what the host says: what a drain moves, and what it does not. */
export async function surveyForDrain(
  context: CliContext,
  host: Client,
  cluster: string,
  members: readonly KubeFedCluster[],
): Promise<DrainSurvey> {
  const { signal } = context;
  const types = await readTypeConfigs(context, host);
  const [preferences, lists] = await Promise.all([
    listIfServed<ReplicaSchedulingPreference>(host, REPLICA_SCHEDULING_PREFERENCES, { signal }),
    mapConcurrently(types, LISTS_AT_A_TIME, async (config): Promise<Listed> => {
      const resource = federatedResourceOf(config);
      const objects = await listIfServed<FederatedObject>(host, resource, { signal });
      return { federatedKind: resource.kind, kind: config.spec.targetType.kind, objects };
    }),
  ]);
  const namespaces = lists.find(({ kind }) => kind === 'Namespace')?.objects ?? [];
  const byTarget = new Map(preferences.map((each) => [targetOf(each), each]));
  const survey: DrainSurvey = { moves: [], stays: [], others: {} };
  for (const { federatedKind, kind, objects } of lists) {
    for (const object of objects.filter((each) => isIn(each, cluster))) {
      const { name = '', namespace } = object.metadata;
      const preference = byTarget.get(`${federatedKind}/${namespace ?? ''}/${name}`);
      const ref = { kind, ...(namespace === undefined ? {} : { namespace }), name };
      const why = WORKLOADS.includes(kind) ? obstacle(object, preference) : undefined;
      if (why !== undefined) survey.stays.push({ ...ref, ...why });
      else if (preference === undefined) survey.others[kind] = (survey.others[kind] ?? 0) + 1;
      else {
        const ofNamespace = namespacePlacementOf(namespaces.filter((each) => each.metadata.namespace === namespace));
        const estimate = estimateDrain({ object, preference, cluster, members, ofNamespace });
        if (estimate.replicas > 0) survey.moves.push({ ...ref, ...estimate });
      }
    }
  }
  return survey;
}

function targetOf({ spec, metadata }: ReplicaSchedulingPreference): string {
  return `${spec.targetKind}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

function isIn(object: FederatedObject, cluster: string): boolean {
  if (object.status?.clusters?.some(({ name }) => name === cluster)) return true;
  return isRecordedIn(object, cluster) || (isPlacedOn(object, cluster) && (toldReplicas(object, cluster) ?? 0) > 0);
}

/** Why a workload does not leave by itself, and what makes it. */
function obstacle(
  object: FederatedObject,
  preference: ReplicaSchedulingPreference | undefined,
): Pick<Staying, 'why' | 'wayOut'> | undefined {
  if (preference === undefined) {
    const why = object.spec.placement?.clusters
      ? 'its placement names the cluster'
      : 'its placement selects the cluster';
    return {
      why: `${why}, and nothing schedules it`,
      wayOut: 'change its spec.placement, or let a ReplicaSchedulingPreference share out its replicas',
    };
  }
  if ([object, preference].some(({ metadata }) => metadata.annotations?.[PAUSED_ANNOTATION] === 'true')) {
    return { why: 'it is paused', wayOut: `take off the annotation ${PAUSED_ANNOTATION}` };
  }
  if (object.spec.retainReplicas === true) {
    return { why: 'spec.retainReplicas lets each cluster keep its own number', wayOut: 'scale it down in the cluster' };
  }
  return undefined;
}
