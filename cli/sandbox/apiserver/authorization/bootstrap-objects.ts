import { createHash } from 'node:crypto';
import isEqual from 'lodash/isEqual.js';
import type { KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import type { Stored } from '../storage/storage.ts';
import { StoredObject, withRevision } from '../storage/stored-object.ts';
import type { PolicyRule } from './authorizer.ts';
import { BOOTSTRAP_CLUSTER_ROLES, type BootstrapClusterRole } from './bootstrap-cluster-roles.ts';
import { RBAC_GROUP } from './rbac-authorizer.ts';

type SubjectList = readonly (readonly [kind: 'User' | 'Group' | 'ServiceAccount', name: string, namespace?: string])[];

const AGGREGATE_TO = `${RBAC_GROUP}/aggregate-to-`;

/** ClusterRoleBindings of the roles that bear their names. */
const CLUSTER_ROLE_BINDINGS: Readonly<Record<string, SubjectList>> = {
  'cluster-admin': [['Group', 'system:masters']],
  'system:basic-user': [['Group', 'system:authenticated']],
  'system:discovery': [['Group', 'system:authenticated']],
  'system:kube-controller-manager': [['User', 'system:kube-controller-manager']],
  'system:kube-dns': [['ServiceAccount', 'kube-dns', 'kube-system']],
  'system:kube-scheduler': [['User', 'system:kube-scheduler']],
  'system:monitoring': [['Group', 'system:monitoring']],
  'system:node': [],
  'system:node-proxier': [['User', 'system:kube-proxy']],
  'system:public-info-viewer': [
    ['Group', 'system:authenticated'],
    ['Group', 'system:unauthenticated'],
  ],
  'system:service-account-issuer-discovery': [['Group', 'system:serviceaccounts']],
  'system:volume-scheduler': [['User', 'system:kube-scheduler']],
};

let made: readonly Stored[] | undefined;

/**
 * The roles and bindings that every cluster has from the start, for `MemoryStorage`'s `initial`: the same frozen objects,
 * UIDs and revisions (from 1) for all servers of the process.
 */
export function bootstrapRbac(): readonly Stored[] {
  made ??= Object.freeze(
    make(`${new Date().toISOString().slice(0, 19)}Z`).map((object, index) => {
      const { namespace = '', name = '' } = object.metadata;
      const storageKey = `${object.kind?.toLowerCase()}s.${RBAC_GROUP}`;
      return new StoredObject(storageKey, namespace, name, withRevision(object, index + 1), index + 1);
    }),
  );
  return made;
}

function make(creationTimestamp: string): KubeObject[] {
  const object = (kind: string, name: string, content: Record<string, unknown>, more: ObjectMeta = {}): KubeObject => ({
    kind,
    apiVersion: `${RBAC_GROUP}/v1`,
    metadata: {
      name,
      ...(more.namespace === undefined ? {} : { namespace: more.namespace }),
      uid: uidOf(kind, more.namespace ?? '', name),
      creationTimestamp,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...more.labels },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
    ...content,
  });
  const reader = 'extension-apiserver-authentication-reader';
  const inSystem = { namespace: 'kube-system' };
  const readsConfig = {
    verbs: ['get', 'list', 'watch'],
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['extension-apiserver-authentication'],
  };
  return [
    ...BOOTSTRAP_CLUSTER_ROLES.map((role) => {
      const labels = role.aggregateTo === undefined ? {} : { [`${AGGREGATE_TO}${role.aggregateTo}`]: 'true' };
      return object('ClusterRole', role.name, contentOf(role), { labels });
    }),
    object('Role', reader, { rules: [readsConfig] }, inSystem),
    ...Object.entries(CLUSTER_ROLE_BINDINGS).map(([name, subjects]) => {
      return object('ClusterRoleBinding', name, binding('ClusterRole', name, subjects));
    }),
    object(
      'RoleBinding',
      `system::${reader}`,
      binding('Role', reader, [
        ['User', 'system:kube-controller-manager'],
        ['User', 'system:kube-scheduler'],
      ]),
      inSystem,
    ),
  ];
}

function contentOf(role: BootstrapClusterRole): Record<string, unknown> {
  if (role.aggregatesFrom === undefined) return { rules: role.rules ?? [] };
  const matchLabels = { [`${AGGREGATE_TO}${role.aggregatesFrom}`]: 'true' };
  return { rules: rulesOf(role), aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
}

function rulesOf(role: BootstrapClusterRole): readonly PolicyRule[] {
  if (role.aggregatesFrom === undefined) return role.rules ?? [];
  const gathered: PolicyRule[] = [];
  for (const source of BOOTSTRAP_CLUSTER_ROLES) {
    if (source.aggregateTo !== role.aggregatesFrom) continue;
    for (const rule of rulesOf(source)) {
      if (!gathered.some((known) => isEqual(known, rule))) gathered.push(rule);
    }
  }
  return gathered;
}

function binding(kind: string, name: string, subjects: SubjectList): Record<string, unknown> {
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
