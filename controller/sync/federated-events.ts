import { enumerate } from '../../apis/enumeration.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { keyOf } from '../kube/resource.ts';
import type { Operation } from './ledger.ts';
import type { FederatedType } from './member-object.ts';
import type { ClusterState } from './status/propagation-status.ts';
import type { ObjectProblem } from './status/status.ts';
import type { Subject } from './subject.ts';

/**
 * What events tell about federated objects: KubeFed v0.10.0's reasons and sentences (`dispatch/managed.go`,
 * `dispatch/unmanaged.go`, `sync/controller.go`), with the cause after a colon where KubeFed has one.
 */
export interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The component that events about objects of a type come from. */
export function sourceOf(type: FederatedType): string {
  return `${type.federated.kind.toLowerCase()}-controller`;
}

const WORDS: Readonly<Record<Operation, { readonly reason: string; readonly doing: string; readonly todo: string }>> = {
  create: { reason: 'CreateInCluster', doing: 'Creating', todo: 'create' },
  update: { reason: 'UpdateInCluster', doing: 'Updating', todo: 'update' },
  verify: { reason: 'UpdateInCluster', doing: 'Updating', todo: 'update' },
  remove: { reason: 'DeleteInCluster', doing: 'Deleting', todo: 'delete' },
  release: {
    reason: 'RemoveManagedLabelFromInCluster',
    doing: 'Removing managed label from',
    todo: 'remove managed label from',
  },
};

/** A write in a cluster that begins. */
export function beginning(operation: Operation, type: FederatedType, subject: Subject, cluster: string): Telling {
  const { reason, doing } = WORDS[operation];
  return { type: 'Normal', reason, message: `${doing} ${copyOf(type, subject, cluster)}` };
}

/** One that failed. */
export function failing(
  operation: Operation,
  type: FederatedType,
  subject: Subject,
  cluster: string,
  why: string,
): Telling {
  const { reason, todo } = WORDS[operation];
  const message = `Failed to ${todo} ${copyOf(type, subject, cluster)}: ${why}`;
  return { type: 'Warning', reason: `${reason}Failed`, message };
}

/** What KubeFed says, as a failure, of a name that is taken and may be taken over. */
export const ADOPTING = 'An update will be attempted instead of a creation due to an existing resource';

export function finalizerFailed(why: string): Telling {
  return { type: 'Warning', reason: 'EnsureFinalizerError', message: `Failed to ensure finalizer: ${why}` };
}

/** A FederatedNamespace that is ignored because it bears another name, where a control plane keeps to that rule of KubeFed's. */
export const INVALID_NAME: Telling = {
  type: 'Warning',
  reason: 'InvalidName',
  message: 'The name of a federated namespace must match the name of its containing namespace.',
};

/** What an object as a whole suffers from, when its status does not say so yet. */
export function aboutProblem(federated: DeepReadonly<FederatedObject>, problem: ObjectProblem): Telling[] {
  const known = federated.status?.conditions?.find(({ type }) => type === 'Propagation');
  if (problem.reason !== 'ComputePlacementFailed' || known?.reason === problem.reason) return [];
  const message = `Failed to compute placement: ${problem.message}`;
  return [{ type: 'Warning', reason: problem.reason, message }];
}

/** How clusters stand, as far as the status does not say so yet. */
export function aboutClusters(subject: Subject, shown: readonly ClusterState[]): Telling[] {
  const before = new Map(subject.federated.status?.clusters?.map(({ name, status }) => [name, status ?? '']));
  const news = shown.filter(({ cluster, status }) => status !== '' && before.get(cluster) !== status);
  const tellings = news.flatMap(({ cluster, status, message = '' }): Telling[] => {
    const told = status === 'ClusterNotReady' ? 'Cluster not ready' : undefined;
    const cached = status === 'CachedRetrievalFailed' ? 'Failed to retrieve cached cluster object' : told;
    return cached === undefined
      ? []
      : [{ type: 'Warning', reason: status, message: `${cached}: ${cluster}: ${message}` }];
  });
  const late = news.filter(({ status }) => status.endsWith('TimedOut')).map(({ cluster }) => cluster);
  if (late.length > 0) {
    const message = `Failed to finish ${late.length} operations in time: ${inWords(late)}`;
    tellings.push({ type: 'Warning', reason: 'OperationTimeoutError', message });
  }
  if (subject.deleting && news.length > 0) tellings.push(waiting(shown));
  return tellings;
}

/** Clusters that a message names. */
const SHOWN_CLUSTERS = 20;

function waiting(shown: readonly ClusterState[]): Telling {
  const clusters = inWords(shown.filter(({ status }) => status !== '').map(({ cluster }) => cluster));
  const message = `Waiting for managed resources to be removed from the following clusters: ${clusters}`;
  return { type: 'Normal', reason: 'WaitForRemovalInCluster', message };
}

function inWords(clusters: readonly string[]): string {
  return enumerate(clusters, SHOWN_CLUSTERS);
}

function copyOf(type: FederatedType, subject: Subject, cluster: string): string {
  return `${type.target.kind} "${keyOf(subject.target)}" in cluster "${cluster}"`;
}
