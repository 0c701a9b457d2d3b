/** Small objects for the scenarios. `extra` goes over the metadata. */

type Extra = Readonly<Record<string, unknown>>;

export const CONFIG_MAPS = '/api/v1/namespaces/{ns}/configmaps';
export const SECRETS = '/api/v1/namespaces/{ns}/secrets';
export const SERVICES = '/api/v1/namespaces/{ns}/services';
export const SERVICE_ACCOUNTS = '/api/v1/namespaces/{ns}/serviceaccounts';
export const PODS = '/api/v1/namespaces/{ns}/pods';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/{ns}/deployments';
export const REPLICA_SETS = '/apis/apps/v1/namespaces/{ns}/replicasets';
export const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles';
export const ROLE_BINDINGS = '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings';
export const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export function configMap(name: string, data: Extra = { colour: 'blue' }, extra: Extra = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...extra }, data };
}

export function secret(name: string, fields: Extra = { stringData: { password: 'hush' } }, extra: Extra = {}): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...extra }, ...fields };
}

export function service(name: string, spec: Extra = {}, extra: Extra = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...extra },
    spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
  };
}

export function podTemplate(app: string, spec: Extra = {}): object {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27' }], ...spec },
  };
}

export function pod(name: string, spec: Extra = {}, extra: Extra = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...extra },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27' }], ...spec },
  };
}

export function deployment(name: string, spec: Extra = {}, extra: Extra = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...extra },
    spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
  };
}

export function replicaSet(name: string, spec: Extra = {}, extra: Extra = {}): object {
  return { ...deployment(name, spec, extra), kind: 'ReplicaSet' };
}

export function job(name: string, spec: Extra = {}, extra: Extra = {}): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, ...extra },
    spec: { template: podTemplate(name, { restartPolicy: 'Never' }), ...spec },
  };
}

export function role(name: string, rules: readonly object[], extra: Extra = {}): object {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name, ...extra }, rules };
}

export function roleBinding(name: string, roleName: string, user: string, extra: Extra = {}): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, ...extra },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: roleName },
  };
}

/** A CRD of the group `{group}.example.com`; scenarios save or choose the group so that none meets another's. */
export function crd(group: string, spec: Extra = {}, kind = 'Widget'): object {
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: `${singular}s`, singular, kind, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: WIDGET_SCHEMA } }],
      ...spec,
    },
  };
}

export const WIDGET_SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10, default: 3 },
        colour: { type: 'string', enum: ['red', 'green', 'blue'] },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 12 },
        parts: { type: 'array', items: { type: 'string' }, maxItems: 3 },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' }, replicas: { type: 'integer' } } },
  },
};
