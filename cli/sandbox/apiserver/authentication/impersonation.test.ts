import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Access, asking, person } from '../authorization/testing/access.ts';
import { StatusError } from '../errors/status-error.ts';
import type { UserInfo } from '../user/user-info.ts';
import { impersonatedUser } from './impersonation.ts';

const ROOT = person('root', 'system:masters');

function withHeaders(headers: Record<string, string | string[]>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  for (const [name, values] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    message.headers[lower] = Array.isArray(values) ? values.join(', ') : values;
    message.headersDistinct[lower] = [values].flat();
  }
  return message;
}

function acting(headers: Record<string, string | string[]>, user = ROOT, access = new Access()): unknown {
  try {
    return impersonatedUser(withHeaders(headers), asking(user, 'list pods in web'), access.authorizer);
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

it('who may do everything acts as anybody, with the groups that this one has', () => {
  expect(acting({})).toBeUndefined();
  expect(acting({ 'Impersonate-User': 'jane' })).toEqual({ username: 'jane', groups: ['system:authenticated'] });
  const full = {
    'Impersonate-User': 'jane',
    'Impersonate-Group': ['dev', 'ops'],
    'Impersonate-Uid': '7',
    'Impersonate-Extra-Example.com%2fScope': ['a', 'b'],
    'Impersonate-Extra-Constructor': 'c',
  };
  expect(acting(full)).toEqual({
    username: 'jane',
    uid: '7',
    groups: ['dev', 'ops', 'system:authenticated'],
    extra: { 'example.com/scope': ['a', 'b'], constructor: ['c'] },
  } satisfies UserInfo);
  expect(acting({ 'Impersonate-User': 'system:serviceaccount:web:bot' })).toMatchObject({
    groups: ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated'],
  });
  expect(acting({ 'Impersonate-User': 'system:anonymous' })).toMatchObject({ groups: ['system:unauthenticated'] });
  expect(acting({ 'Impersonate-User': 'system:node:n1' })).toMatchObject({
    groups: ['system:nodes', 'system:authenticated'],
  });
});

it('who may not is told which right was asked for first', () => {
  const refused = (name: string) => acting({ 'Impersonate-User': name }, person('otto'));
  const missing = (mode: string) =>
    `pods is forbidden: User "otto" cannot impersonate-on:${mode}:list resource "pods" in API group "" in the namespace "web"`;
  expect(refused('jane')).toBe(missing('user-info'));
  expect(refused('system:serviceaccount:web:bot')).toBe(missing('serviceaccount'));
  expect(refused('system:node:n1')).toBe(missing('arbitrary-node'));
});

it('the right to impersonate one user, as of old, is for that user only', () => {
  const access = new Access();
  access.role('as-jane', [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['jane'] }]);
  access.bind('as-jane', 'ClusterRole as-jane', 'User otto');
  expect(acting({ 'Impersonate-User': 'jane' }, person('otto'), access)).toMatchObject({ username: 'jane' });
  expect(acting({ 'Impersonate-User': 'john' }, person('otto'), access)).toMatch(/is forbidden/);
  expect(acting({ 'Impersonate-User': 'jane', 'Impersonate-Group': 'ops' }, person('otto'), access)).toMatch(
    /is forbidden/,
  );
});

it('the right to act as a user for one verb alone suffices for that verb', () => {
  const access = new Access();
  access.role('lists-as', [{ verbs: ['impersonate-on:user-info:list'], apiGroups: [''], resources: ['pods'] }]);
  access.bind('lists-as', 'ClusterRole lists-as', 'User otto');
  const rule = { verbs: ['impersonate:user-info'], apiGroups: ['authentication.k8s.io'], resources: ['users'] };
  access.role('is-jane', [{ ...rule, resourceNames: ['jane'] }]);
  access.bind('is-jane', 'ClusterRole is-jane', 'User otto');
  expect(acting({ 'Impersonate-User': 'jane' }, person('otto'), access)).toMatchObject({ username: 'jane' });
  expect(acting({ 'Impersonate-User': 'jane', 'Impersonate-Group': 'system:masters' }, person('otto'), access)).toBe(
    'groups.authentication.k8s.io "system:masters" is forbidden: User "otto" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
  );
});

it('groups without a user are a mistake that is named', () => {
  const headers = { 'Impersonate-Group': 'x', 'Impersonate-Uid': '1', 'Impersonate-Extra-Foo': 'bar' };
  expect(acting(headers)).toBe(
    'requested &user.DefaultInfo{Name:"", UID:"1", Groups:[]string{"x"}, Extra:map[string][]string{"foo":[]string{"bar"}}} without impersonating a user name',
  );
});
