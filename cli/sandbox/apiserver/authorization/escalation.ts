import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { bareFailure, forbidden, notFound, StatusError } from '../errors/status-error.ts';
import type { PolicyRule, RoleRef } from '../resources/authorizer.ts';
import type { Strategy, WriteContext } from '../resources/resource-definition.ts';
import type { UserInfo } from '../user/user-info.ts';
import { describeRights, missingRights, quoteAll } from './policy-rule.ts';
import { aggregate, RBAC_GROUP, roleRefIn, rulesIn } from './rbac-authorizer.ts';

type Admit = NonNullable<Strategy['admit']>;

const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** `admit` of Roles: nobody writes rights into a role that they do not hold, unless they may `escalate`. */
export const admitRole: Admit = (role, stored, context) => {
  if (isSuperuser(context.user) || isHousekeeping(role, stored) || mayEscalate('roles', role, stored, context)) return;
  confirmHeld('roles', role, rulesIn(role), context);
};

/** `admit` of ClusterRoles: as of Roles; an aggregationRule, which can gather anything, is for who may do everything. */
export const admitClusterRole: Admit = (role, stored, context) => {
  if (isSuperuser(context.user) || mayEscalate('clusterroles', role, stored, context)) return;
  if (isHousekeeping(role, stored)) return;
  confirmHeld('clusterroles', role, rulesIn(role), context);
  if ((aggregates(role) || (stored !== undefined && aggregates(stored))) && !holds(FULL_AUTHORITY, '', context)) {
    const why = 'must have cluster-admin privileges to use the aggregationRule';
    throw forbidden({ group: RBAC_GROUP, plural: 'clusterroles' }, role.metadata.name ?? '', why);
  }
};

/** `admit` of RoleBindings: nobody binds a role with rights that they do not hold, unless they may `bind` it. */
export const admitRoleBinding: Admit = (binding, stored, context) => {
  admitBinding('rolebindings', binding, stored, context);
};

/** `admit` of ClusterRoleBindings. */
export const admitClusterRoleBinding: Admit = (binding, stored, context) => {
  admitBinding('clusterrolebindings', binding, stored, context);
};

function admitBinding(
  plural: string,
  binding: DeepReadonly<KubeObject>,
  stored: DeepReadonly<KubeObject> | undefined,
  context: WriteContext,
): void {
  if (isSuperuser(context.user) || isHousekeeping(binding, stored)) return;
  const roleRef = roleRefIn(binding);
  const namespace = binding.metadata.namespace ?? '';
  if (mayBind(roleRef, namespace, context)) return;
  if (roleRef.kind !== 'ClusterRole' && roleRef.kind !== 'Role') throw unsupportedKind(roleRef.kind);
  confirmHeld(plural, binding, rulesOf(roleRef, namespace, plural, context), context);
}

function rulesOf(
  roleRef: RoleRef,
  namespace: string,
  plural: string,
  { cluster }: WriteContext,
): readonly PolicyRule[] {
  try {
    return cluster.authorizer.rulesOf(roleRef, namespace);
  } catch (error) {
    // Kubernetes names the resource of the request, not the role's.
    if (error instanceof StatusError && error.code === 404) throw notFound({ group: RBAC_GROUP, plural }, roleRef.name);
    throw error;
  }
}

function confirmHeld(
  plural: string,
  object: DeepReadonly<KubeObject>,
  wanted: readonly PolicyRule[],
  { user, cluster }: WriteContext,
): void {
  const { rules: held, errors } = cluster.authorizer.rulesFor(user, object.metadata.namespace ?? '');
  const missing = missingRights(held, wanted);
  if (missing.length === 0) return;
  const who = `user ${JSON.stringify(user.username)} (groups=${quoteAll(user.groups)})`;
  const rights = describeRights(missing).join('\n');
  // Roles that are missing are told of by the resource of the request, here as above.
  const unfollowed = aggregate(errors.map((error) => error.replace(/^(cluster)?role\./, `${plural}.`)));
  const unresolved = errors.length === 0 ? '' : `; resolution errors: [${unfollowed}]`;
  const message = `${who} is attempting to grant RBAC permissions not currently held:\n${rights}${unresolved}`;
  throw forbidden({ group: RBAC_GROUP, plural }, object.metadata.name ?? '', message);
}

function holds(rules: readonly PolicyRule[], namespace: string, { user, cluster }: WriteContext): boolean {
  return missingRights(cluster.authorizer.rulesFor(user, namespace).rules, rules).length === 0;
}

function isSuperuser(user: UserInfo): boolean {
  return user.groups.includes('system:masters');
}

function mayEscalate(
  resource: string,
  role: DeepReadonly<KubeObject>,
  stored: DeepReadonly<KubeObject> | undefined,
  { user, cluster }: WriteContext,
): boolean {
  return cluster.authorizer.authorize({
    user,
    verb: 'escalate',
    group: RBAC_GROUP,
    version: '*',
    resource,
    subresource: '',
    namespace: role.metadata.namespace ?? '',
    name: stored === undefined ? '' : (role.metadata.name ?? ''), // the path of a create names nothing
    resourceRequest: true,
  }).allowed;
}

function mayBind(roleRef: RoleRef, namespace: string, { user, cluster }: WriteContext): boolean {
  if (roleRef.kind !== 'ClusterRole' && roleRef.kind !== 'Role') return false;
  return cluster.authorizer.authorize({
    user,
    verb: 'bind',
    group: roleRef.apiGroup,
    version: '*',
    resource: roleRef.kind === 'Role' ? 'roles' : 'clusterroles',
    subresource: '',
    namespace,
    name: roleRef.name,
    resourceRequest: true,
  }).allowed;
}

/** Finalizers and owner references alone change: whoever cleans up needs no rights of the role. */
function isHousekeeping(object: DeepReadonly<KubeObject>, stored: DeepReadonly<KubeObject> | undefined): boolean {
  if (stored === undefined) return false;
  return isEqual(withoutHousekeeping(object), withoutHousekeeping(stored));
}

function withoutHousekeeping({ metadata, ...content }: DeepReadonly<KubeObject>): unknown {
  const { finalizers, ownerReferences, managedFields, resourceVersion, generation, ...rest } = metadata;
  return { ...content, metadata: rest };
}

function aggregates(role: DeepReadonly<KubeObject>): boolean {
  const rule = role.aggregationRule as { readonly clusterRoleSelectors?: readonly unknown[] } | undefined | null;
  return (rule?.clusterRoleSelectors ?? []).length > 0;
}

function unsupportedKind(kind: string): StatusError {
  const message = `unsupported role reference kind: ${JSON.stringify(kind)}`;
  return bareFailure(message);
}
