import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { ClusterReport, ControllerReport, FederationStatus, ObjectReport } from './model.ts';

/** Everything that is wrong, a sentence each: first what hinders all, then clusters, types and objects. */
export function findProblems(seen: {
  controller: ControllerReport;
  clusters: readonly ClusterReport[];
  types: readonly FederatedTypeConfig[];
  objects: readonly ObjectReport[];
  /** Kinds whose objects could not be listed, and why. */
  unreadable: readonly string[];
}): string[] {
  const { controller, clusters, types, objects, unreadable } = seen;
  return [
    ...(controller.running
      ? []
      : [`no controller is running (${controller.detail}): nothing is propagated or repaired`]),
    ...(clusters.length === 0 ? ['no cluster has joined: `fedctl join`'] : []),
    ...clusters.filter((cluster) => cluster.ready !== 'True').map(describeCluster),
    ...(controller.running ? types.filter(isStopped).map(describeType) : []),
    ...unreadable,
    ...objects.flatMap(describeObject),
  ];
}

/** Whether there is nothing left to do: no problem, and every object where it should be. */
export function isWell(status: FederationStatus): boolean {
  return (
    status.problems.length === 0 &&
    status.objects.every(({ propagation }) => propagation === 'True' || propagation === 'Disabled')
  );
}

function describeCluster(cluster: ClusterReport): string {
  const why = [cluster.reason, cluster.message].filter((text) => text !== undefined && text !== '').join(': ');
  const verdict = cluster.ready === 'False' ? 'is not ready' : 'is perhaps not ready';
  return `cluster ${cluster.name} ${verdict}${why === '' ? '' : `: ${why}`}`;
}

function isStopped(config: FederatedTypeConfig): boolean {
  return config.spec.propagation === 'Enabled' && config.status?.propagationController === 'NotRunning';
}

function describeType(config: FederatedTypeConfig): string {
  return `${config.metadata.name ?? ''} is enabled, but the controller does not sync it: see its log`;
}

function describeObject(object: ObjectReport): string[] {
  const name = `${object.kind} ${nameOf(object)}`;
  const own = object.reason === undefined ? [] : [sentence(name, object.reason, object.message)];
  // While it is being deleted, copies that are still there are no fault.
  const inClusters = object.clusters
    .filter((cluster) => !cluster.ok && cluster.status !== 'WaitingForRemoval')
    .map((cluster) => sentence(`${name} in ${cluster.name}`, cluster.status, cluster.message));
  return [...own, ...inClusters];
}

export function nameOf(object: { namespace?: string; name: string }): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
}

function sentence(subject: string, word: string | undefined, message: string | undefined): string {
  return [subject, word, message].filter((part) => part !== undefined && part !== '').join(': ');
}
