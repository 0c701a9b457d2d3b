import { DEFAULT_FEDERATED_GROUP, typeConfigFor } from '../types/v1beta1/federated-type.ts';
import { type KnownType, KUBEFED_TYPES } from '../types/v1beta1/known-types.ts';

export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

export interface ClusterRole {
  apiVersion: 'rbac.authorization.k8s.io/v1';
  kind: 'ClusterRole';
  metadata: { name: string; labels: Record<string, string> };
  rules: PolicyRule[];
}

/** A ClusterRole to bind people to, and what they should know who bind it. */
export interface PeopleRole {
  name: 'view' | 'edit' | 'admin';
  clusterRole: ClusterRole;
  /** One entry per line. */
  comment: string[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/**
 * Whoever may write a Federated kind acts in the members with the controller's rights, not with their own. So nothing that writes is
 * added to Kubernetes' own `edit` and `admin`; only what can be seen without harm is added to `view`.
 */
export function peopleRoles(): PeopleRole[] {
  return [viewRole(), editRole(), adminRole()];
}

function viewRole(): PeopleRole {
  return {
    name: 'view',
    comment: [
      'For people who look. Added to the built-in ClusterRole "view", and so to "edit" and "admin".',
      'FederatedSecrets and FederatedClusterRoles are left out, as Secrets and RBAC are left out of "view".',
    ],
    clusterRole: clusterRole('view', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }, [
      { apiGroups: [DEFAULT_FEDERATED_GROUP], resources: pluralsOf(isReadableByAll), verbs: READ },
      { apiGroups: ['core.kubefed.io'], resources: ['*'], verbs: READ },
      { apiGroups: ['scheduling.kubefed.io'], resources: ['*'], verbs: READ },
      { apiGroups: ['fedmesh.io'], resources: ['*'], verbs: READ },
    ]),
  };
}

function editRole(): PeopleRole {
  return {
    name: 'edit',
    comment: [
      'For people who say what runs where in a namespace. Bind it with a RoleBinding in that namespace.',
      '',
      'NOT added to the built-in ClusterRole "edit", on purpose: whoever may write a Federated kind acts in every member that',
      "it is placed on with the rights of the federation's controller there, whatever their own rights in that member are.",
      'FederatedNamespaces are left out: the labels of a namespace decide on its Pod Security and network policies.',
      'Kinds that are enabled later are not in here: add a role for each, once you know what writing them means.',
    ],
    clusterRole: clusterRole('edit', {}, [
      { apiGroups: [DEFAULT_FEDERATED_GROUP], resources: pluralsOf(isReadableByAll), verbs: READ },
      { apiGroups: [DEFAULT_FEDERATED_GROUP], resources: pluralsOf(isOwnWorkload), verbs: [...READ, ...WRITE] },
      {
        apiGroups: ['scheduling.kubefed.io'],
        resources: ['replicaschedulingpreferences'],
        verbs: [...READ, ...WRITE],
      },
      { apiGroups: ['core.kubefed.io'], resources: ['federatedservicestatuses', 'propagatedversions'], verbs: READ },
    ]),
  };
}

function adminRole(): PeopleRole {
  return {
    name: 'admin',
    comment: [
      'For people who run the federation. Bind it with a ClusterRoleBinding, to few.',
      '',
      'NOT added to the built-in ClusterRole "admin", on purpose: it says which clusters are members, which kinds are',
      'federated and what runs where, and so amounts to the rights of the controller in all members.',
    ],
    clusterRole: clusterRole('admin', {}, [
      { apiGroups: [DEFAULT_FEDERATED_GROUP], resources: ['*'], verbs: [...READ, ...WRITE] },
      { apiGroups: ['core.kubefed.io'], resources: ['*'], verbs: [...READ, ...WRITE] },
      { apiGroups: ['scheduling.kubefed.io'], resources: ['*'], verbs: [...READ, ...WRITE] },
      { apiGroups: ['fedmesh.io'], resources: ['*'], verbs: [...READ, ...WRITE] },
    ]),
  };
}

function clusterRole(name: PeopleRole['name'], labels: Record<string, string>, rules: PolicyRule[]): ClusterRole {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: `fedmesh-${name}`, labels: { 'app.kubernetes.io/part-of': 'fedmesh', ...labels } },
    rules,
  };
}

function isReadableByAll({ target }: KnownType): boolean {
  return target.kind !== 'Secret' && target.group !== 'rbac.authorization.k8s.io';
}

function isOwnWorkload({ target }: KnownType): boolean {
  return target.namespaced;
}

function pluralsOf(belongs: (type: KnownType) => boolean): string[] {
  return KUBEFED_TYPES.filter(belongs).map(({ target }) => typeConfigFor(target).spec.federatedType.pluralName);
}
