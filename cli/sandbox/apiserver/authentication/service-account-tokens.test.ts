import { expect, it } from 'vitest';
import { Access } from '../authorization/testing/access.ts';
import { InvalidToken, type TokenBinding } from '../resources/token-authentication.ts';
import { decodeToken } from './json-web-token.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';

const API = 'https://kubernetes.default.svc';

function issued(access: Access, boundTo: TokenBinding = {}, audiences: string[] = [API]): string {
  const serviceAccount =
    access.storage.get('serviceaccounts', 'web', 'bot')?.object ?? access.put('serviceaccounts', 'web', 'bot');
  return access.tokens.issue({
    serviceAccount,
    audiences,
    expirationSeconds: 600,
    boundTo,
    now: new Date(access.nowMs),
  });
}

/** What a TokenReview would tell. */
function verdict(access: Access, token: string, audiences?: string[]): string {
  try {
    return access.authenticator.authenticateToken(token, audiences).user.username;
  } catch (error) {
    if (error instanceof InvalidToken) return error.message;
    throw error;
  }
}

it('a token bears the claims of Kubernetes and stands for its ServiceAccount', () => {
  const access = new Access();
  const token = issued(access);
  const { header, claims } = decodeToken(token) ?? { header: {}, claims: { jti: undefined } };
  expect(header).toEqual({ alg: 'ES256', kid: access.tokens.jwks.keys[0]?.kid });
  const now = Math.floor(access.nowMs / 1000);
  expect(claims).toEqual({
    aud: [API],
    exp: now + 600,
    iat: now,
    iss: API,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'kubernetes.io': { namespace: 'web', serviceaccount: { name: 'bot', uid: 'uid-1' } },
    nbf: now,
    sub: 'system:serviceaccount:web:bot',
  });
  expect(access.authenticator.authenticateToken(token)).toEqual({
    user: {
      username: 'system:serviceaccount:web:bot',
      uid: 'uid-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${String(claims.jti)}`] },
    },
    audiences: [API],
  });
});

it('a token ends with its time, a minute for differing clocks apart', () => {
  const access = new Access();
  const token = issued(access);
  access.nowMs += 659_000;
  expect(verdict(access, token)).toBe('system:serviceaccount:web:bot');
  access.nowMs += 2_000;
  expect(verdict(access, token)).toBe('[invalid bearer token, service account token has expired]');
  access.nowMs -= 800_000;
  expect(verdict(access, token)).toBe('[invalid bearer token, service account token is not valid yet]');
});

it('a token dies with its ServiceAccount, and does not come back with another of the same name', () => {
  const access = new Access();
  const token = issued(access);
  access.delete('serviceaccounts', 'web', 'bot');
  expect(verdict(access, token)).toBe('[invalid bearer token, serviceaccounts "bot" not found]');
  access.put('serviceaccounts', 'web', 'bot');
  expect(verdict(access, token)).toBe(
    '[invalid bearer token, service account UID (uid-2) does not match claim (uid-1)]',
  );
});

it('a token bound to a Secret, a Pod or a Node dies with that', () => {
  for (const [kind, namespace] of [
    ['secret', 'web'],
    ['pod', 'web'],
    ['node', ''],
  ] as const) {
    const access = new Access();
    const bound = access.put(`${kind}s`, namespace, 'x');
    const ref = { name: 'x', uid: bound.metadata.uid ?? '' };
    const token = issued(access, kind === 'node' ? { node: ref } : { [kind]: bound });
    expect(verdict(access, token)).toBe('system:serviceaccount:web:bot');
    access.delete(`${kind}s`, namespace, 'x');
    expect(verdict(access, token)).toBe('[invalid bearer token, service account token has been invalidated]');
    access.put(`${kind}s`, namespace, 'x');
    expect(verdict(access, token)).toBe(
      `[invalid bearer token, ${kind} UID (uid-3) does not match service account ${kind} ref claim (uid-1)]`,
    );
  }
});

it('a Pod that its token is bound to is told of with its node', () => {
  const access = new Access();
  const pod = access.put('pods', 'web', 'p');
  const { user } = access.authenticator.authenticateToken(issued(access, { pod, node: { name: 'n', uid: 'nu' } }));
  expect(user.extra).toMatchObject({
    'authentication.kubernetes.io/pod-name': ['p'],
    'authentication.kubernetes.io/pod-uid': ['uid-1'],
    'authentication.kubernetes.io/node-name': ['n'],
    'authentication.kubernetes.io/node-uid': ['nu'],
  });
});

it('a token is for its audiences only', () => {
  const access = new Access();
  const token = issued(access, {}, ['q', 'r']);
  expect(verdict(access, token)).toBe(
    `[invalid bearer token, token audiences ["q" "r"] is invalid for the target audiences ["${API}"]]`,
  );
  expect(access.authenticator.authenticateToken(token, ['a', 'r']).audiences).toEqual(['r']);
});

it('what is signed by another, changed or no token at all is worth nothing', () => {
  const access = new Access();
  const token = issued(access);
  const other = new Access();
  expect(verdict(access, issued(other))).toBe('[invalid bearer token, invalid signature, no keys found]');
  expect(verdict(access, `${token}x`)).toMatch(/^\[invalid bearer token, /);
  const [header, , signature] = token.split('.');
  const claims = Buffer.from(JSON.stringify({ iss: API, sub: 'system:admin' })).toString('base64url');
  expect(verdict(access, `${header}.${claims}.${signature}`)).toBe(
    '[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]',
  );
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  expect(verdict(access, `${unsigned}.${claims}.`)).toMatch(/^\[invalid bearer token, /);
  for (const nonsense of ['x', 'a.b.c', '..', 'é.é.é', 'bnVsbA.bnVsbA.']) {
    expect(verdict(access, nonsense)).toBe('invalid bearer token');
  }
});

it('the token in a Secret is valid as long as the Secret holds it and its ServiceAccount lives', () => {
  const access = new Access();
  const account = access.put('serviceaccounts', 'web', 'bot');
  const secret = { metadata: { name: 'kept', namespace: 'web', uid: 's' } };
  const token = access.tokens.issueLegacy(account, secret);
  expect(verdict(access, token)).toBe('[invalid bearer token, Token has been invalidated]');
  access.put('secrets', 'web', 'kept', { data: { token: Buffer.from(token).toString('base64') } });
  expect(access.authenticator.authenticateToken(token)).toEqual({
    user: {
      username: 'system:serviceaccount:web:bot',
      uid: 'uid-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:web', 'system:authenticated'],
    },
    audiences: [API],
  });
  access.delete('secrets', 'web', 'kept');
  access.put('secrets', 'web', 'kept', { data: { token: 'AAAA' } });
  expect(verdict(access, token)).toBe("[invalid bearer token, Token does not match server's copy]");
});

it('a server that starts again with the same key takes the tokens that it issued before', () => {
  const access = new Access();
  const token = issued(access);
  const { storage, tokens } = access;
  const again = new ServiceAccountTokens({ storage, now: () => access.nowMs, privateKeyPem: tokens.privateKeyPem });
  expect(again.verify(token)?.user.username).toBe('system:serviceaccount:web:bot');
  expect(again.jwks).toEqual(tokens.jwks);
  expect(tokens.jwks.keys[0]).toMatchObject({ use: 'sig', kty: 'EC', crv: 'P-256', alg: 'ES256' });
});
