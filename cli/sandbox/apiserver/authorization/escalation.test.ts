import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StatusError } from '../errors/status-error.ts';
import type { PolicyRule } from '../resources/authorizer.ts';
import type { UserInfo } from '../user/user-info.ts';
import { admitClusterRole, admitClusterRoleBinding, admitRole, admitRoleBinding } from './escalation.ts';
import { Access, person } from './testing/access.ts';

const RBAC = 'rbac.authorization.k8s.io';
const WENDY: UserInfo = { username: 'wendy', groups: ['x"y', 'system:authenticated'] };

/** Wendy may write roles and bindings, and read roles of namespaces. */
function started(): Access {
  const access = new Access();
  const resources = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];
  access.role('writer', [{ verbs: ['get', 'create', 'update'], apiGroups: [RBAC], resources }]);
  access.bind('writer', 'ClusterRole writer', 'User wendy');
  return access;
}

function roleOf(name: string, rules: readonly PolicyRule[], namespace?: string): KubeObject {
  return { metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, rules };
}

function bindingOf(kind: string, name: string, namespace?: string): KubeObject {
  const metadata = { name: 'b1', ...(namespace === undefined ? {} : { namespace }) };
  return { metadata, roleRef: { apiGroup: RBAC, kind, name } };
}

function refusal(attempt: () => void): unknown {
  try {
    attempt();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  return undefined;
}

it('nobody writes rights into a role that they do not hold, and reads which ones these are', () => {
  const context = started().context(WENDY);
  const rules = [
    { apiGroups: ['apps', ''], resources: ['deployments', 'pods'], verbs: ['list', 'get'] },
    { apiGroups: ['z'], resources: ['a'], resourceNames: ['n1', 'n2'], verbs: ['get'] },
    { apiGroups: [RBAC], resources: ['roles'], verbs: ['get'] },
  ];
  expect(refusal(() => admitRole(roleOf('r1', rules, 'default'), undefined, context))).toMatchObject({
    code: 403,
    details: { name: 'r1', group: RBAC, kind: 'roles' },
    message: `roles.rbac.authorization.k8s.io "r1" is forbidden: user "wendy" (groups=["x\\"y" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["deployments"], Verbs:["list" "get"]}
{APIGroups:[""], Resources:["pods"], Verbs:["list" "get"]}
{APIGroups:["apps"], Resources:["deployments"], Verbs:["list" "get"]}
{APIGroups:["apps"], Resources:["pods"], Verbs:["list" "get"]}
{APIGroups:["z"], Resources:["a"], ResourceNames:["n1"], Verbs:["get"]}
{APIGroups:["z"], Resources:["a"], ResourceNames:["n2"], Verbs:["get"]}`,
  });
  const urls = [{ nonResourceURLs: ['/a', '/healthz'], verbs: ['get', 'post'] }];
  expect(refusal(() => admitClusterRole(roleOf('r1', urls), undefined, context))).toMatchObject({
    message: `clusterroles.rbac.authorization.k8s.io "r1" is forbidden: user "wendy" (groups=["x\\"y" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{NonResourceURLs:["/a"], Verbs:["get"]}
{NonResourceURLs:["/a"], Verbs:["post"]}
{NonResourceURLs:["/healthz"], Verbs:["post"]}`,
  });
});

it('who holds the rights, may escalate, or is in system:masters writes what they like', () => {
  const access = started();
  const all = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  const own = [{ verbs: ['get'], apiGroups: [RBAC], resources: ['roles'] }];
  expect(refusal(() => admitRole(roleOf('r', own, 'default'), undefined, access.context(WENDY)))).toBeUndefined();
  expect(refusal(() => admitClusterRole(roleOf('r', all), undefined, access.context()))).toBeUndefined();
  access.role('climber', [{ verbs: ['escalate'], apiGroups: [RBAC], resources: ['clusterroles'] }]);
  access.bind('climber', 'ClusterRole climber', 'User hillary');
  const hillary = access.context(person('hillary'));
  expect(refusal(() => admitClusterRole(roleOf('r', all), undefined, hillary))).toBeUndefined();
  expect(refusal(() => admitRole(roleOf('r', all, 'default'), undefined, hillary))).toMatchObject({ code: 403 });
});

it('a role that gathers others is for who may do everything', () => {
  const access = started();
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
  const role = { ...roleOf('r2', []), aggregationRule };
  const message =
    'clusterroles.rbac.authorization.k8s.io "r2" is forbidden: must have cluster-admin privileges to use the aggregationRule';
  expect(refusal(() => admitClusterRole(role, undefined, access.context(WENDY)))).toMatchObject({ message });
  expect(refusal(() => admitClusterRole(roleOf('r2', []), role, access.context(WENDY)))).toMatchObject({ message });
});

it('whoever cleans up changes finalizers and owners of a role without holding its rights', () => {
  const access = started();
  const stored = roleOf('r', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
  const finalized = { ...stored, metadata: { ...stored.metadata, finalizers: ['a.b/c'] } };
  expect(refusal(() => admitClusterRole(finalized, stored, access.context(WENDY)))).toBeUndefined();
  const labelled = { ...stored, metadata: { ...stored.metadata, labels: { a: 'b' } } };
  expect(refusal(() => admitClusterRole(labelled, stored, access.context(WENDY)))).toMatchObject({ code: 403 });
});

it('nobody binds a role with rights that they do not hold, unless they may bind it', () => {
  const access = started();
  const wendy = access.context(WENDY);
  const admin = bindingOf('ClusterRole', 'cluster-admin');
  expect(refusal(() => admitClusterRoleBinding(admin, undefined, wendy))).toMatchObject({
    details: { name: 'b1', group: RBAC, kind: 'clusterrolebindings' },
    message: `clusterrolebindings.rbac.authorization.k8s.io "b1" is forbidden: user "wendy" (groups=["x\\"y" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:["*"], Resources:["*"], Verbs:["*"]}
{NonResourceURLs:["*"], Verbs:["*"]}`,
  });
  const gone = bindingOf('Role', 'noo', 'default');
  expect(refusal(() => admitRoleBinding(gone, undefined, wendy))).toMatchObject({
    code: 404,
    message: 'rolebindings.rbac.authorization.k8s.io "noo" not found',
  });
  const odd = bindingOf('Foo', '', 'default');
  expect(refusal(() => admitRoleBinding(odd, undefined, wendy))).toMatchObject({
    code: 500,
    message: 'unsupported role reference kind: "Foo"',
  });
  const names = { resourceNames: ['cluster-admin'] };
  access.role('binder', [{ verbs: ['bind'], apiGroups: [RBAC], resources: ['clusterroles'], ...names }]);
  access.bind('binder', 'ClusterRole binder', 'User wendy', 'default');
  const inDefault = bindingOf('ClusterRole', 'cluster-admin', 'default');
  expect(refusal(() => admitRoleBinding(inDefault, undefined, wendy))).toBeUndefined();
  expect(refusal(() => admitClusterRoleBinding(admin, undefined, wendy))).toMatchObject({ code: 403 });
});

it('roles that are missing are told of beside the rights that are', () => {
  const access = started();
  access.bind('lost', 'Role none', 'User wendy', 'default');
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  expect(refusal(() => admitRole(roleOf('r', rules, 'default'), undefined, access.context(WENDY)))).toMatchObject({
    message: expect.stringMatching(
      /Verbs:\["get"]}; resolution errors: \[roles\.rbac\.authorization\.k8s\.io "none" not found]$/,
    ),
  });
});
