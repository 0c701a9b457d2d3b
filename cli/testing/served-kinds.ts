import type { Resource } from '../../controller/kube/resource.ts';

export interface ServedKind extends Resource {
  readonly shortNames?: readonly string[];
  readonly verbs?: readonly string[];
  readonly subresources?: readonly string[];
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export const BUILT_IN: readonly ServedKind[] = [
  kind('v1', 'Namespace', 'namespaces', { namespaced: false, shortNames: ['ns'] }),
  kind('v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  kind('v1', 'Event', 'events', { shortNames: ['ev'] }),
  kind('v1', 'Node', 'nodes', { namespaced: false, shortNames: ['no'] }),
  kind('v1', 'Pod', 'pods', { shortNames: ['po'] }),
  kind('v1', 'Secret', 'secrets'),
  kind('v1', 'Service', 'services', { shortNames: ['svc'] }),
  kind('v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  kind('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', {
    namespaced: false,
  }),
  kind('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', {
    namespaced: false,
  }),
  kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', {
    namespaced: false,
    shortNames: ['crd', 'crds'],
  }),
  kind('apps/v1', 'Deployment', 'deployments', { shortNames: ['deploy'], subresources: ['scale', 'status'] }),
  kind('apps/v1', 'DaemonSet', 'daemonsets', { shortNames: ['ds'], subresources: ['status'] }),
  kind('apps/v1', 'ReplicaSet', 'replicasets', { shortNames: ['rs'], subresources: ['scale', 'status'] }),
  kind('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', { namespaced: false, verbs: ['create'] }),
  kind('batch/v1', 'Job', 'jobs'),
  kind('coordination.k8s.io/v1', 'Lease', 'leases'),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', { namespaced: false }),
  kind('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', { namespaced: false }),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
];

export function kind(apiVersion: string, name: string, plural: string, rest: Partial<ServedKind> = {}): ServedKind {
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: name,
    plural,
    namespaced: true,
    ...rest,
  };
}

/** The answer to a discovery request, in the form that every Kubernetes serves (no aggregated discovery); undefined for other paths. */
export function toDiscovery(kinds: readonly ServedKind[], path: string): object | undefined {
  if (path === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.3' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  const groups = [...new Set(kinds.map((each) => each.group))].filter((group) => group !== '');
  if (path === '/apis')
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupOf(kinds, group)) };
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (match === null) return undefined;
  const [, group = '', version = ''] = match;
  const served = kinds.filter((each) => each.group === group && each.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: served.flatMap(resourcesOf),
  };
}

function groupOf(kinds: readonly ServedKind[], name: string): object {
  const versions = [...new Set(kinds.filter((each) => each.group === name).map(({ version }) => version))];
  const named = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: named, preferredVersion: named[0] };
}

function resourcesOf({
  plural,
  kind: name,
  namespaced,
  verbs = ALL_VERBS,
  shortNames = [],
  subresources = [],
}: ServedKind) {
  const resource = { name: plural, singularName: name.toLowerCase(), kind: name, namespaced, verbs, shortNames };
  return [
    resource,
    ...subresources.map((each) => ({ ...resource, name: `${plural}/${each}`, verbs: ['get', 'update'] })),
  ];
}
