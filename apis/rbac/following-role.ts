import type { Resource } from '../meta/resource.ts';
import { typeConfigFor } from '../types/v1beta1/federated-type.ts';
import { DEFAULT_TYPES } from '../types/v1beta1/known-types.ts';
import type { ClusterRole, PolicyRule } from './people-roles.ts';

/** ClusterRole, and RoleBinding in each followed namespace, of what the controller may do there beyond what it may everywhere. */
export const FOLLOWING_ROLE = 'fedmesh-following';

/** A kind that is followed. */
export interface FollowedType {
  readonly target: Pick<Resource, 'group' | 'plural'>;
  readonly federated: Pick<Resource, 'group' | 'plural'>;
}

/** To be bound in a followed namespace: plain objects of the federated kinds are read, their federated ones kept. No other kind is in it. */
export function followingRole(types: readonly FollowedType[]): ClusterRole {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: FOLLOWING_ROLE, labels: { 'app.kubernetes.io/part-of': 'fedmesh' } },
    rules: [
      ...rulesFor(
        types.map(({ target }) => target),
        ['get', 'list', 'watch'],
      ),
      ...rulesFor(
        types.map(({ federated }) => federated),
        ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      ),
    ],
  };
}

/** The role for what a new installation federates. */
export function defaultFollowingRole(): ClusterRole {
  const types = DEFAULT_TYPES.filter(({ target }) => target.namespaced).map(({ target }) => {
    const { group = '', pluralName: plural } = typeConfigFor(target).spec.federatedType;
    return { target, federated: { group, plural } };
  });
  return followingRole(types);
}

function rulesFor(kinds: readonly Pick<Resource, 'group' | 'plural'>[], verbs: string[]): PolicyRule[] {
  const byGroup = new Map<string, Set<string>>();
  for (const { group, plural } of kinds) byGroup.set(group, (byGroup.get(group) ?? new Set()).add(plural));
  return [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, plurals]) => ({ apiGroups: [group], resources: [...plurals].sort(), verbs }));
}
