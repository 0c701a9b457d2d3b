import { expect, it } from 'vitest';
import { forbiddenRequest } from './forbidden.ts';
import { Access, asking, person } from './testing/access.ts';

it('a group of the cluster, a user of a namespace and a ServiceAccount each get what their bindings give, and no more', () => {
  const access = new Access();
  access.bind('ops-view', 'ClusterRole view', 'Group ops');
  access.role('deployer', [{ verbs: ['create'], apiGroups: ['apps'], resources: ['deployments'] }], 'web');
  access.bind('jane-deploys', 'Role deployer', 'User jane', 'web');
  access.bind('bot-views', 'ClusterRole view', 'ServiceAccount web/bot', 'web');
  const may = (user: string, question: string, ...groups: string[]) =>
    access.authorizer.authorize(asking(person(user, ...groups), question));

  expect(may('otto', 'list pods', 'ops')).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by ClusterRoleBinding "ops-view" of ClusterRole "view" to Group "ops"',
  });
  expect(may('otto', 'delete pods in web', 'ops').allowed).toBe(false);
  expect(may('jane', 'create deployments.apps in web')).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "jane-deploys/web" of Role "deployer" to User "jane"',
  });
  expect(may('jane', 'create deployments.apps in db').allowed).toBe(false);
  expect(may('jane', 'create deployments in web').allowed).toBe(false);
  expect(may('system:serviceaccount:web:bot', 'get pods/log named a in web')).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "bot-views/web" of ClusterRole "view" to ServiceAccount "bot/web"',
  });
  expect(may('system:serviceaccount:db:bot', 'get pods in web').allowed).toBe(false);
});

it('system:masters may do everything, and everybody who logged in may look around', () => {
  const access = new Access();
  const { authorizer } = access;
  expect(authorizer.authorize(asking(person('root', 'system:masters'), 'delete nodes named a'))).toEqual({
    allowed: true,
    reason: '',
  });
  expect(authorizer.authorize(asking(person('jane'), 'get /apis/apps/v1')).allowed).toBe(true);
  expect(authorizer.authorize(asking(person('jane'), 'get /metrics')).allowed).toBe(false);
  const nobody = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
  expect(authorizer.authorize(asking(nobody, 'get /version')).allowed).toBe(true);
  expect(authorizer.authorize(asking(nobody, 'get /api')).allowed).toBe(false);
});

it('names of resources, all subresources of a name and prefixes of paths are matched as Kubernetes does', () => {
  const access = new Access();
  access.role('odd', [
    { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'] },
    { verbs: ['update'], apiGroups: ['*'], resources: ['*/scale'] },
    { verbs: ['get'], nonResourceURLs: ['/debug/*'] },
  ]);
  access.bind('odd', 'ClusterRole odd', 'User jane');
  const allowed = (question: string) => access.authorizer.authorize(asking(person('jane'), question)).allowed;
  expect(allowed('get secrets named mine in a')).toBe(true);
  expect(allowed('get secrets named other in a')).toBe(false);
  expect(allowed('get secrets in a')).toBe(false);
  expect(allowed('update deployments.apps/scale named web in a')).toBe(true);
  expect(allowed('update deployments.apps named web in a')).toBe(false);
  expect(allowed('get /debug/pprof')).toBe(true);
  expect(allowed('get /debug')).toBe(false);
});

it('a change of a role or a binding counts with the next request', () => {
  const access = new Access();
  const jane = person('jane');
  const may = () => access.authorizer.authorize(asking(jane, 'get pods in web')).allowed;
  expect(may()).toBe(false);
  access.bind('jane-views', 'ClusterRole late', 'User jane', 'web');
  expect(may()).toBe(false);
  access.role('late', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]);
  expect(may()).toBe(true);
  access.delete('rolebindings.rbac.authorization.k8s.io', 'web', 'jane-views');
  expect(may()).toBe(false);
});

it('a refusal tells in the words of Kubernetes who may not do what where, and which roles are missing', () => {
  const access = new Access();
  access.bind('a', 'Role gone', 'User jane', 'web');
  access.bind('b', 'ClusterRole away', 'User jane', 'web');
  const refused = (question: string, user = 'jane') => {
    const attributes = asking(person(user), question);
    return forbiddenRequest(attributes, access.authorizer.authorize(attributes).reason).status;
  };
  expect(refused('list deployments.apps in y')).toMatchObject({
    code: 403,
    reason: 'Forbidden',
    details: { group: 'apps', kind: 'deployments' },
    message:
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" in the namespace "y"',
  });
  expect(refused('get deployments.apps/status named foo in y', 'ja<n>&e')).toMatchObject({
    details: { name: 'foo', group: 'apps', kind: 'deployments' },
    message:
      'deployments.apps "foo" is forbidden: User "ja&lt;n&gt;&amp;e" cannot get resource "deployments/status" in API group "apps" in the namespace "y"',
  });
  expect(refused('list pods')).toMatchObject({
    details: { kind: 'pods' },
    message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope',
  });
  expect(refused('get /metrics')).toMatchObject({
    details: {},
    message: 'forbidden: User "jane" cannot get path "/metrics"',
  });
  expect(refused('list pods in web').message).toBe(
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "web": RBAC: [role.rbac.authorization.k8s.io "gone" not found, clusterrole.rbac.authorization.k8s.io "away" not found]',
  );
});
