import { expect, it } from 'vitest';
import { Access, person } from '../authorization/testing/access.ts';
import { StatusError } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { answerSelfSubjectReview, answerTokenReview } from './reviews.ts';
import { tokenRequestSubresource } from './token-request.ts';

async function request(access: Access, body: unknown, name = 'bot'): Promise<Record<string, unknown>> {
  if (tokenRequestSubresource.kind !== 'action') throw new Error('serviceaccounts/token is an action');
  const asked = {
    verb: 'create',
    definition: {} as ResourceDefinition,
    namespace: 'web',
    name,
    body,
    query: new URLSearchParams(),
  } as const;
  try {
    const answer = await tokenRequestSubresource.handle(asked, access.context());
    return answer.body as Record<string, unknown>;
  } catch (error) {
    if (error instanceof StatusError) return { code: error.code, message: error.message };
    throw error;
  }
}

function started(): Access {
  const access = new Access();
  access.put('serviceaccounts', 'web', 'bot');
  return access;
}

it('kubectl create token gets one that works, and reads when it ends', async () => {
  const access = started();
  const { spec, status, metadata } = await request(access, { spec: { expirationSeconds: 700 } });
  expect(metadata).toEqual({
    name: 'bot',
    namespace: 'web',
    uid: 'uid-1',
    creationTimestamp: '2026-03-04T05:06:07Z',
  });
  expect(spec).toEqual({
    audiences: ['https://kubernetes.default.svc'],
    expirationSeconds: 700,
    boundObjectRef: null,
  });
  expect(status).toMatchObject({ expirationTimestamp: '2026-03-04T05:17:47Z' });
  const { token } = status as { token: string };
  expect(access.authenticator.authenticateToken(token).user.username).toBe('system:serviceaccount:web:bot');
});

it('what cannot be issued is refused in the words of Kubernetes', async () => {
  const access = started();
  access.put('pods', 'web', 'other', { spec: { serviceAccountName: 'default' } });
  access.put('secrets', 'web', 's');
  const bound = (boundObjectRef: unknown) => request(access, { spec: { boundObjectRef } });
  const invalid = 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value:';
  for (const [answer, code, message] of [
    [
      await request(access, { spec: { expirationSeconds: 5 } }),
      422,
      `${invalid} 5: may not specify a duration less than 10 minutes`,
    ],
    [
      await request(access, { spec: { expirationSeconds: 5_000_000_000 } }),
      422,
      `${invalid} 5000000000: may not specify a duration larger than 2^32 seconds`,
    ],
    [
      await request(access, { metadata: { name: 'zz' } }),
      422,
      'TokenRequest.authentication.k8s.io "bot" is invalid: metadata.name: Invalid value: "zz": must match the service account name if specified',
    ],
    [
      await request(access, { metadata: { uid: 'zz' } }),
      409,
      'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "bot": the UID in the token request (zz) does not match the UID of the service account (uid-1)',
    ],
    [await request(access, {}, 'nobody'), 404, 'serviceaccounts "nobody" not found'],
    [await bound({ kind: 'Secret', apiVersion: 'v1', name: 'nope' }), 404, 'secrets "nope" not found'],
    [
      await bound({ kind: 'ConfigMap', apiVersion: 'v1', name: 'nope' }),
      400,
      'cannot bind token to object of type /v1, Kind=ConfigMap',
    ],
    [
      await bound({ kind: 'Deployment', apiVersion: 'apps/v1', name: 'nope' }),
      400,
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    ],
    [
      await bound({ kind: 'Pod', apiVersion: 'v1', name: 'other' }),
      400,
      'cannot bind token for serviceaccount "bot" to pod running with different serviceaccount name.',
    ],
    [
      await bound({ kind: 'Secret', apiVersion: 'v1', name: 's', uid: 'old' }),
      409,
      'Operation cannot be fulfilled on Secret "s": the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated',
    ],
  ] as const) {
    expect(answer).toEqual({ code, message });
  }
});

it('a TokenReview tells whom a token stands for, or why it is worth nothing', () => {
  const access = started();
  const review = (spec: unknown) => answerTokenReview({ metadata: {}, spec }, '', access.context()).status;
  expect(review({ token: 'admin-token' })).toEqual({
    authenticated: true,
    user: { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] },
    audiences: ['https://kubernetes.default.svc'],
  });
  expect(review({ token: 'x' })).toEqual({ user: {}, error: 'invalid bearer token' });
  expect(review({ token: 'admin-token', audiences: ['zz'] })).toEqual({ user: {}, error: 'invalid bearer token' });
  expect(() => review({})).toThrow('token is required for TokenReview in authentication');
});

it('kubectl auth whoami tells who one is', () => {
  const jane = { ...person('jane'), extra: { foo: ['b'] } };
  expect(answerSelfSubjectReview({ metadata: { name: 'x' } }, '', started().context(jane))).toEqual({
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: '2026-03-04T05:06:07Z' },
    status: { userInfo: { username: 'jane', groups: ['system:authenticated'], extra: { foo: ['b'] } } },
  });
});
