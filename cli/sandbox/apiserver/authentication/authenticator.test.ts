import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../controller/kube/certificates.ts';
import { Access } from '../authorization/testing/access.ts';
import { StatusError } from '../errors/status-error.ts';

const access = new Access();
const authority = createCertificateAuthority('earth CA');
const stranger = createCertificateAuthority('mars CA');
const serving = authority.issue({ commonName: 'earth', usage: 'server', ipAddresses: ['127.0.0.1'] });
const server = createServer(
  { cert: serving.certPem, key: serving.keyPem, ca: authority.certPem, requestCert: true, rejectUnauthorized: false },
  (incoming, response) => {
    try {
      response.end(JSON.stringify(access.authenticator.authenticate(incoming)));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      response.end(JSON.stringify(error.code));
    }
  },
);

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

async function whoAmI(options: { cert?: string; key?: string; authorization?: string } = {}): Promise<unknown> {
  const { authorization, ...credentials } = options;
  const { port } = server.address() as AddressInfo;
  const headers = authorization === undefined ? {} : { authorization };
  const sent = request({ host: '127.0.0.1', port, ca: authority.certPem, agent: false, headers, ...credentials });
  sent.end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
}

function client(organizations: string[], by = authority, more: { notAfter?: Date; usage?: 'server' } = {}) {
  const { certPem, keyPem } = by.issue({ commonName: 'ann', organizations, usage: 'client', ...more });
  return { cert: certPem, key: keyPem };
}

it('the name and organizations of a client certificate are the user and its groups', async () => {
  access.nowMs = Date.now();
  expect(await whoAmI(client(['dev', 'ops']))).toEqual({
    username: 'ann',
    groups: ['dev', 'ops', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
  });
  expect(await whoAmI(client([]))).toMatchObject({ groups: ['system:authenticated'] });
});

it('a certificate of another authority, for servers, or out of date is refused unless a token speaks for its bearer', async () => {
  access.nowMs = Date.now();
  expect(await whoAmI(client(['ops'], stranger))).toBe(401);
  expect(await whoAmI(client(['ops'], authority, { usage: 'server' }))).toBe(401);
  const shortly = client(['ops'], authority, { notAfter: new Date(Date.now() + 3_600_000) });
  expect(await whoAmI(shortly)).toMatchObject({ username: 'ann' });
  access.nowMs += 2 * 3_600_000;
  expect(await whoAmI(shortly)).toBe(401);
  expect(await whoAmI({ ...shortly, authorization: 'Bearer admin-token' })).toMatchObject({ username: 'admin' });
});

it('a static token stands for its user, a wrong one is refused, and who shows none is anonymous', async () => {
  const admin = { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] };
  expect(await whoAmI({ authorization: 'Bearer admin-token' })).toEqual(admin);
  expect(await whoAmI({ authorization: 'bearer admin-token' })).toEqual(admin);
  expect(await whoAmI({ authorization: 'Bearer wrong' })).toBe(401);
  const anonymous = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
  expect(await whoAmI()).toEqual(anonymous);
  expect(await whoAmI({ authorization: 'Basic YTpi' })).toEqual(anonymous);
  expect(await whoAmI({ authorization: 'Bearer ' })).toEqual(anonymous);
});
