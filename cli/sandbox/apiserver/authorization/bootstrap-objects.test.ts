import { expect, it } from 'vitest';
import { bootstrapRbac } from './bootstrap-objects.ts';
import { aggregatedRules } from './cluster-role-aggregation.ts';
import { CLUSTER_ROLES } from './rbac-authorizer.ts';
import { Access, asking, person } from './testing/access.ts';

it('a thousand servers share the roles that every cluster has', () => {
  expect(bootstrapRbac()).toBe(bootstrapRbac());
  expect(Object.isFrozen(bootstrapRbac()[0]?.object.rules)).toBe(true);
  const keys = bootstrapRbac().map(({ storageKey, namespace, name }) => `${storageKey}/${namespace}/${name}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(bootstrapRbac().map(({ object }) => object.metadata.uid)).size).toBe(keys.length);
  expect(bootstrapRbac().map(({ revision }) => revision)).toEqual(keys.map((_, index) => index + 1));
});

it('view, edit and admin hold from the start what their labels gather, and a new role with the label joins them', () => {
  const access = new Access();
  const named = (name: string) => access.storage.get(CLUSTER_ROLES, '', name)?.object ?? { metadata: {} };
  for (const name of ['view', 'edit', 'admin']) expect(aggregatedRules(named(name), access.storage)).toBeUndefined();
  expect(aggregatedRules(named('cluster-admin'), access.storage)).toBeUndefined();

  const rules = [{ verbs: ['get'], apiGroups: ['types.kubefed.io'], resources: ['*'] }];
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  const metadata = { name: 'fedmesh-view', uid: 'u', labels };
  access.storage.create(CLUSTER_ROLES, '', 'fedmesh-view', { metadata, rules });
  expect(aggregatedRules(named('view'), access.storage)?.[0]).toEqual(rules[0]); // by the names of the roles
  expect(aggregatedRules(named('edit'), access.storage)).toBeUndefined();
});

it('kubectl auth can-i works for whoever logged in', () => {
  const { authorizer } = new Access();
  for (const question of [
    'create selfsubjectaccessreviews.authorization.k8s.io',
    'create selfsubjectrulesreviews.authorization.k8s.io',
    'create selfsubjectreviews.authentication.k8s.io',
  ]) {
    expect(authorizer.authorize(asking(person('jane'), question)).allowed).toBe(true);
  }
});
