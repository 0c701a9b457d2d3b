import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, type IssuedCertificate } from './certificates.ts';
import type { Credential } from './credentials.ts';
import type { Endpoint, EndpointTls } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { endpointAt, startHttp, startHttps, startTcp, type WireServer } from './testing/wire.ts';
import { createTransport } from './transport.ts';

const DAY_MS = 24 * 3600 * 1000;
const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS);

const authority = createCertificateAuthority('earth-ca');
const otherAuthority = createCertificateAuthority('other-ca');
const server = { commonName: 'kube-apiserver', usage: 'server' as const };
const names = { ipAddresses: ['127.0.0.1'], dnsNames: ['earth.example'] };
const expiry = { notBefore: daysFromNow(-10), notAfter: daysFromNow(-1) };

/** One server per kind of certificate; each answers with the path that was asked for. */
const certificates = {
  good: authority.issue({ ...server, ...names }),
  otherName: authority.issue({ ...server, dnsNames: ['vulcan.example'], ipAddresses: ['10.96.0.1'] }),
  expired: authority.issue({ ...server, ...names, ...expiry }),
  notYetValid: authority.issue({ ...server, ...names, notBefore: daysFromNow(1), notAfter: daysFromNow(10) }),
  expiredAndOtherName: authority.issue({ ...server, dnsNames: ['vulcan.example'], ...expiry }),
  untrusted: otherAuthority.issue({ ...server, ...names }),
  expiredAndUntrusted: otherAuthority.issue({ ...server, ...names, ...expiry }),
  expiredClient: authority.issue({ ...server, usage: 'client', ...names, ...expiry }),
};
type Kind = keyof typeof certificates;

const servers = new Map<Kind, WireServer>();
const toClose: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  for (const [kind, { certPem, keyPem }] of Object.entries(certificates)) {
    servers.set(
      kind as Kind,
      await startHttps({ cert: certPem, key: keyPem }, (request, response) => response.end(request.url)),
    );
  }
});

afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

afterAll(async () => {
  for (const running of servers.values()) await running.close();
});

/** `ok`, or the problem. Two requests, so that a resumed session is judged as well. */
async function connect(kind: Kind, tls: EndpointTls, more: Partial<Endpoint> = {}): Promise<string> {
  const running = servers.get(kind);
  const transport = createTransport(endpointAt(`https://127.0.0.1:${running?.port}`, { tls, ...more }));
  toClose.push(transport);
  const signal = new AbortController().signal;
  try {
    const { body } = await transport.request({ method: 'GET', path: '/healthz', signal });
    await transport.stream({ method: 'GET', path: '/watch', signal });
    return body.toString() === '/healthz' ? 'ok' : 'another answer';
  } catch (error) {
    if (!(error instanceof ConnectionError) || error.code !== 'TLS') throw error;
    return `${error.tlsProblem}`;
  }
}

async function failure(kind: Kind, tls: EndpointTls): Promise<ConnectionError> {
  const running = servers.get(kind);
  const transport = createTransport(endpointAt(`https://127.0.0.1:${running?.port}`, { tls }));
  toClose.push(transport);
  const signal = new AbortController().signal;
  const error = await transport.request({ method: 'GET', path: '/', signal }).catch((reason: unknown) => reason);
  if (!(error instanceof ConnectionError)) throw new Error(`expected a ConnectionError, got ${String(error)}`);
  return error;
}

const ca = authority.certPem;

describe('what a certificate must be', () => {
  it.each<[string, Kind, EndpointTls, string]>([
    ['good for the address and signed by the authority', 'good', { ca }, 'ok'],
    ['made for the name that is asked for', 'good', { ca, serverName: 'earth.example' }, 'ok'],
    ['made for the address that is asked for', 'good', { ca, serverName: '127.0.0.1' }, 'ok'],
    ['not made for another name that is asked for', 'good', { ca, serverName: 'vulcan.example' }, 'name'],
    ['not made for another address that is asked for', 'good', { ca, serverName: '10.1.1.1' }, 'name'],
    ['not made for other names', 'otherName', { ca }, 'name'],
    ['made for others where the name is given', 'otherName', { ca, serverName: 'vulcan.example' }, 'ok'],
    ['signed by somebody who is trusted', 'untrusted', { ca }, 'untrusted'],
    ['signed by a public authority when no other is given', 'good', {}, 'untrusted'],
    ['not expired', 'expired', { ca }, 'expired'],
    ['valid already', 'notYetValid', { ca }, 'notYetValid'],
  ])('%s', async (_what, kind, tls, expected) => {
    expect(await connect(kind, tls)).toBe(expected);
  });
});

describe('disabled validations take away just what they say', () => {
  it.each<[string, Kind, EndpointTls['skip'] & object, string]>([
    ['everything: another name', 'otherName', { all: true }, 'ok'],
    ['everything: untrusted and expired', 'expiredAndUntrusted', { all: true }, 'ok'],
    ['everything, and more words beside it', 'expiredAndUntrusted', { all: true, validityPeriod: true }, 'ok'],
    ['subject name: another name', 'otherName', { subjectName: true }, 'ok'],
    ['subject name, not who signed it', 'untrusted', { subjectName: true }, 'untrusted'],
    ['subject name, not the time', 'expired', { subjectName: true }, 'expired'],
    ['validity period: expired', 'expired', { validityPeriod: true }, 'ok'],
    ['validity period: not yet valid', 'notYetValid', { validityPeriod: true }, 'ok'],
    ['validity period: nothing wrong at all', 'good', { validityPeriod: true }, 'ok'],
    ['validity period, not who signed it', 'untrusted', { validityPeriod: true }, 'untrusted'],
    ['validity period, not who signed an expired one', 'expiredAndUntrusted', { validityPeriod: true }, 'untrusted'],
    ['validity period, not the name', 'otherName', { validityPeriod: true }, 'name'],
    ['validity period, not the name of an expired one', 'expiredAndOtherName', { validityPeriod: true }, 'name'],
    ['validity period, not what it is for', 'expiredClient', { validityPeriod: true }, 'untrusted'],
    ['both: expired, another name', 'expiredAndOtherName', { validityPeriod: true, subjectName: true }, 'ok'],
    ['both, not who signed it', 'expiredAndUntrusted', { validityPeriod: true, subjectName: true }, 'untrusted'],
    ['both, nothing but the name is wrong', 'otherName', { validityPeriod: true, subjectName: true }, 'ok'],
  ])('%s', async (_what, kind, skip, expected) => {
    expect(await connect(kind, { ca, skip })).toBe(expected);
  });

  it('sends no byte of a request, and so no token, to a server that is then refused', async () => {
    const seen: unknown[] = [];
    const { certPem, keyPem } = certificates.expiredAndUntrusted;
    const running = await startHttps({ cert: certPem, key: keyPem }, (request) => seen.push(request.headers));
    toClose.push(running);
    const endpoint = endpointAt(`https://127.0.0.1:${running.port}`, { tls: { ca, skip: { validityPeriod: true } } });
    const transport = createTransport(endpoint);
    toClose.push(transport);
    const signal = new AbortController().signal;
    await expect(transport.request({ method: 'GET', path: '/', signal })).rejects.toThrow(
      'authority that is not trusted',
    );
    await running.idle();
    expect(seen).toEqual([]);
  });
});

describe('an error says in words', () => {
  it('which names the certificate has', async () => {
    const error = await failure('otherName', { ca });
    expect(error.certificateNames).toEqual(['vulcan.example', '10.96.0.1']);
    expect(error.message).toMatch(
      /^cluster "earth" at https:\/\/127\.0\.0\.1:\d+: its certificate is not valid for 127\.0\.0\.1; it is made for vulcan\.example, 10\.96\.0\.1$/,
    );
  });

  it('that nobody trusted signed it', async () => {
    expect((await failure('untrusted', { ca })).message).toContain('signed by an authority that is not trusted');
  });

  it('that it has expired, or is not valid yet', async () => {
    expect((await failure('expired', { ca })).message).toContain('its certificate has expired');
    expect((await failure('notYetValid', { ca })).message).toContain('not valid yet (compare the clocks)');
  });

  it('that the server speaks plain http', async () => {
    const plain = await startHttp((_request, response) => response.end());
    toClose.push(plain);
    const transport = createTransport(endpointAt(`https://127.0.0.1:${plain.port}`, { tls: { ca } }));
    toClose.push(transport);
    const error: unknown = await transport
      .request({ method: 'GET', path: '/', signal: new AbortController().signal })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TLS', tlsProblem: 'notTls' });
    expect(String(error)).toContain('does not speak TLS on this port (is it plain http?)');
  });

  it('that the CA is none', async () => {
    const error = await failure('good', { ca: 'bm90IGEgY2VydGlmaWNhdGU=' });
    expect([error.code, error.message]).toEqual([
      'TLS',
      'cluster "earth": its CA certificate cannot be read: there is no PEM certificate in it',
    ]);
  });

  it('that the server shakes no hands', async () => {
    const silent = await startTcp((socket) => socket.resume());
    toClose.push(silent);
    const transport = createTransport(endpointAt(`https://127.0.0.1:${silent.port}`), { connectTimeoutMs: 50 });
    toClose.push(transport);
    const request = transport.request({ method: 'GET', path: '/', signal: new AbortController().signal });
    await expect(request).rejects.toThrow(/no connection within 0.05 s/);
    await silent.idle();
  });
});

describe('a client certificate', () => {
  const client = (commonName: string, from = authority): IssuedCertificate =>
    from.issue({ commonName, usage: 'client' });

  async function mutual(credential: () => Credential) {
    const { certPem, keyPem } = certificates.good;
    const running = await startHttps(
      { cert: certPem, key: keyPem, ca, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const peer = (request.socket as TLSSocket).getPeerCertificate();
        if (request.url === '/watch') response.write(String(peer.subject.CN));
        else response.end(String(peer.subject.CN));
      },
    );
    toClose.push(running);
    const credentials = { get: async () => credential(), invalidate: () => undefined };
    const transport = createTransport(endpointAt(`https://127.0.0.1:${running.port}`, { tls: { ca }, credentials }));
    toClose.push(transport);
    const signal = new AbortController().signal;
    return {
      running,
      ask: async () => (await transport.request({ method: 'GET', path: '/', signal })).body.toString(),
      watch: async () => {
        for await (const chunk of (await transport.stream({ method: 'GET', path: '/watch', signal })).body) {
          return chunk.toString();
        }
        return 'nothing';
      },
    };
  }

  it('says who asks, and its successor takes its place at once on connections of its own', async () => {
    const [first, second] = [client('first'), client('second')];
    let current: Credential = { cert: first.certPem, key: first.keyPem };
    const { running, ask, watch } = await mutual(() => current);
    expect([await ask(), await ask(), await watch()]).toEqual(['first', 'first', 'first']);
    current = { cert: second.certPem, key: second.keyPem };
    expect([await ask(), await ask(), await watch()]).toEqual(['second', 'second', 'second']);
    // The idle connection made with the first one is gone; the second's is kept.
    await running.connections(4);
    while (running.open.size > 1) await new Promise((resolve) => setImmediate(resolve));
  });

  it('that is no certificate is named as the reason', async () => {
    const { ask } = await mutual(() => ({ cert: 'none', key: 'none' }));
    await expect(ask()).rejects.toThrow('cluster "earth": the client certificate or its key cannot be used');
  });
});
