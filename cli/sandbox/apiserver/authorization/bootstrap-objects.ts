import { createHash } from 'node:crypto';
import isEqual from 'lodash/isEqual.js';
import type { KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import type { PolicyRule } from '../resources/authorizer.ts';
import type { Stored } from '../storage/storage.ts';
import { StoredObject, withRevision } from '../storage/stored-object.ts';
import { type BootstrapSubject, CLUSTER_BINDINGS, NAMESPACE_BINDINGS, NAMESPACE_ROLES } from './bootstrap-bindings.ts';
import { BOOTSTRAP_CLUSTER_ROLES, type BootstrapClusterRole } from './bootstrap-cluster-roles.ts';
import { CONTROLLER_ROLES } from './bootstrap-controller-roles.ts';
import { RBAC_GROUP } from './rbac-authorizer.ts';

const AGGREGATE_TO = `${RBAC_GROUP}/aggregate-to-`;
const BOOTSTRAPPING = 'kubernetes.io/bootstrapping';
const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const CONTROLLER = 'system:controller:';

let made: readonly Stored[] | undefined;

/**
 * The roles and bindings that every cluster has from the start, for `MemoryStorage`'s `initial`: the same frozen objects,
 * UIDs and revisions (from 1) for all servers of the process.
 */
export function bootstrapRbac(): readonly Stored[] {
  made ??= Object.freeze(
    make(rfc3339(Date.now())).map((object, index) => {
      const { namespace = '', name = '' } = object.metadata;
      const storageKey = `${object.kind?.toLowerCase()}s.${RBAC_GROUP}`;
      return new StoredObject(storageKey, namespace, name, withRevision(object, index + 1), index + 1);
    }),
  );
  return made;
}

function make(time: string): KubeObject[] {
  const clusterRole = (role: BootstrapClusterRole) =>
    objectOf('ClusterRole', '', role.name, time, contentOf(role), role.aggregateTo);
  const controllers = CONTROLLER_ROLES.map(({ name, rules }) => ({ name: `${CONTROLLER}${name}`, rules }));
  const controllerBindings = CONTROLLER_ROLES.map(({ name }) => ({
    name: `${CONTROLLER}${name}`,
    subjects: [['ServiceAccount', name, 'kube-system']] as const,
  }));
  return [
    ...[...BOOTSTRAP_CLUSTER_ROLES, ...controllers].map(clusterRole),
    ...[...CLUSTER_BINDINGS, ...controllerBindings].map(({ name, subjects }) =>
      objectOf('ClusterRoleBinding', '', name, time, bindingOf('ClusterRole', name, subjects)),
    ),
    ...NAMESPACE_ROLES.map(({ namespace, name, rules }) => objectOf('Role', namespace, name, time, { rules })),
    ...NAMESPACE_BINDINGS.map(({ namespace, name, role = name, subjects }) =>
      objectOf('RoleBinding', namespace, name, time, bindingOf('Role', role, subjects)),
    ),
  ];
}

function objectOf(
  kind: string,
  namespace: string,
  name: string,
  time: string,
  content: Readonly<Record<string, unknown>>,
  aggregateTo?: string,
): KubeObject {
  const labels = {
    [BOOTSTRAPPING]: 'rbac-defaults',
    ...(aggregateTo === undefined ? {} : { [`${AGGREGATE_TO}${aggregateTo}`]: 'true' }),
  };
  return {
    kind,
    apiVersion: `${RBAC_GROUP}/v1`,
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      uid: uidOf(kind, namespace, name),
      creationTimestamp: time,
      labels,
      annotations: { [AUTOUPDATE]: 'true' },
      managedFields: managersOf(labels, content, time),
    },
    ...content,
  };
}

/** The rules of roles that gather others are their controller's, all else is the API server's. */
function managersOf(labels: object, content: object, time: string): ManagedFieldsEntry[] {
  const common = { apiVersion: `${RBAC_GROUP}/v1`, time, fieldsType: 'FieldsV1' };
  const aggregates = 'aggregationRule' in content;
  const fields = Object.keys(content).sort();
  const own = fields.filter((field) => !(aggregates && field === 'rules'));
  const named = Object.keys(labels).map((label) => [`f:${label}`, {}] as const);
  const fieldsV1 = {
    ...Object.fromEntries(own.filter((field) => field === 'aggregationRule').map((field) => [`f:${field}`, GATHERING])),
    'f:metadata': {
      'f:annotations': { '.': {}, [`f:${AUTOUPDATE}`]: {} },
      'f:labels': { '.': {}, ...Object.fromEntries(named) },
    },
    ...Object.fromEntries(own.filter((field) => field !== 'aggregationRule').map((field) => [`f:${field}`, {}])),
  };
  const server = { manager: 'kube-apiserver', operation: 'Update', ...common, fieldsV1 };
  if (!aggregates) return [server];
  const aggregation = { manager: 'clusterrole-aggregation-controller', operation: 'Apply', ...common };
  return [{ ...aggregation, fieldsV1: { 'f:rules': {} } }, server];
}

const GATHERING = { '.': {}, 'f:clusterRoleSelectors': {} };

function contentOf(role: BootstrapClusterRole): Record<string, unknown> {
  if (role.aggregatesFrom === undefined) return { rules: role.rules ?? [] };
  const matchLabels = { [`${AGGREGATE_TO}${role.aggregatesFrom}`]: 'true' };
  return { rules: rulesOf(role), aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
}

/** Gathered in the order of the roles' names, as the controller does. */
function rulesOf(role: BootstrapClusterRole): readonly PolicyRule[] {
  if (role.aggregatesFrom === undefined) return role.rules ?? [];
  const sources = BOOTSTRAP_CLUSTER_ROLES.filter(({ aggregateTo }) => aggregateTo === role.aggregatesFrom);
  const gathered: PolicyRule[] = [];
  for (const source of sources.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    for (const rule of rulesOf(source)) {
      if (!gathered.some((known) => isEqual(known, rule))) gathered.push(rule);
    }
  }
  return gathered;
}

function bindingOf(kind: string, name: string, subjects: readonly BootstrapSubject[]): Record<string, unknown> {
  const written = subjects.map(([subjectKind, subject, namespace]) => ({
    kind: subjectKind,
    ...(subjectKind === 'ServiceAccount' ? {} : { apiGroup: RBAC_GROUP }),
    name: subject,
    ...(namespace === undefined ? {} : { namespace }),
  }));
  return { ...(written.length === 0 ? {} : { subjects: written }), roleRef: { apiGroup: RBAC_GROUP, kind, name } };
}

function uidOf(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('/')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
