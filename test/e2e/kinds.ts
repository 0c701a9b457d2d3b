import { federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';

/** The kinds that the tests on real API servers speak of. */

export const NAMESPACES = kind('', 'Namespace', 'namespaces', false);
export const CONFIG_MAPS = kind('', 'ConfigMap', 'configmaps');
export const SECRETS = kind('', 'Secret', 'secrets');
export const SERVICE_ACCOUNTS = kind('', 'ServiceAccount', 'serviceaccounts');
export const SERVICES = kind('', 'Service', 'services');
export const PODS = kind('', 'Pod', 'pods');
export const VOLUME_CLAIMS = kind('', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const VOLUMES = kind('', 'PersistentVolume', 'persistentvolumes', false);
export const EVENTS = kind('', 'Event', 'events');
export const DEPLOYMENTS = kind('apps', 'Deployment', 'deployments');
export const REPLICA_SETS = kind('apps', 'ReplicaSet', 'replicasets');
export const STATEFUL_SETS = kind('apps', 'StatefulSet', 'statefulsets');
export const JOBS = kind('batch', 'Job', 'jobs');
export const ROLE_BINDINGS = kind('rbac.authorization.k8s.io', 'RoleBinding', 'rolebindings');
export const CLUSTER_ROLES = kind('rbac.authorization.k8s.io', 'ClusterRole', 'clusterroles', false);
export const INGRESSES = kind('networking.k8s.io', 'Ingress', 'ingresses');
export const ENDPOINTS = kind('', 'Endpoints', 'endpoints');
export const ENDPOINT_SLICES = kind('discovery.k8s.io', 'EndpointSlice', 'endpointslices');
export const PRIORITY_CLASSES = kind('scheduling.k8s.io', 'PriorityClass', 'priorityclasses', false);

function kind(group: string, name: string, plural: string, namespaced = true): Resource {
  return { group, version: 'v1', kind: name, plural, namespaced };
}

/** The kind whose objects are propagated as this one. */
export function federatedKindOf(target: Resource): Resource {
  return federatedResourceOf(typeConfigFor(target));
}
