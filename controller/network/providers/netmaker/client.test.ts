import { afterEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../kube/certificates.ts';
import { answerJson, startHttp, startHttps, startTcp, type WireServer } from '../../../kube/testing/wire.ts';
import { MeshError } from '../mesh-error.ts';
import { NetmakerClient, type NetmakerClientOptions } from './client.ts';

const signal = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function clientAt(server: string, more: Partial<NetmakerClientOptions> = {}): NetmakerClient {
  const client = new NetmakerClient({ server, token: async () => 'secret-token', timeoutMs: 2_000, ...more });
  closing.push(() => client.close());
  return client;
}

async function served(starting: Promise<WireServer>): Promise<number> {
  const server = await starting;
  closing.push(() => server.close());
  return server.port;
}

/** Answers everything alike. */
function answering(status: number, content: unknown): Promise<number> {
  return served(startHttp((_request, response) => answerJson(response, status, content)));
}

async function errorOf(done: Promise<unknown>): Promise<MeshError> {
  const error = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof MeshError) return error;
  throw new Error(`expected a MeshError, got ${String(error)}`);
}

describe('asking a Netmaker server', () => {
  it('takes answers in an envelope and bare ones alike, and null for an empty list', async () => {
    const list = [{ id: 'x' }];
    expect(await clientAt(`http://127.0.0.1:${await answering(200, list)}`).egresses('fed', signal)).toEqual(list);
    const wrapped = { Code: 200, Message: 'fetched', Response: list };
    expect(await clientAt(`http://127.0.0.1:${await answering(200, wrapped)}`).egresses('fed', signal)).toEqual(list);
    expect(await clientAt(`http://127.0.0.1:${await answering(200, null)}`).hosts(signal)).toEqual([]);
    expect(
      (await errorOf(clientAt(`http://127.0.0.1:${await answering(200, { a: 1 })}`).hosts(signal))).message,
    ).toMatch(/something else than a list/);
  });

  it('takes what is not there for missing, by 404, and by 400 or 500 with the words of older versions', async () => {
    for (const [status, words] of [
      [404, 'record not found'],
      [500, 'no result found'],
      [400, 'could not find any records'],
    ] as const) {
      const port = await answering(status, { Code: status, Message: words, Response: null });
      const client = clientAt(`http://127.0.0.1:${port}`);
      expect(await client.network('fed', signal)).toBeUndefined();
      await client.deleteEgress('x', signal);
    }
  });

  it('goes below a path, and writes names into it safely', async () => {
    const seen: string[] = [];
    const port = await served(
      startHttp((request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
        answerJson(response, 200, []);
      }),
    );
    await clientAt(`http://127.0.0.1:${port}/netmaker/`).egresses('a/b?c', signal);
    expect(seen).toEqual(['GET /netmaker/api/v1/egress?network=a%2Fb%3Fc Bearer secret-token']);
  });

  it('trusts the authority that it is given, and says what to give when it has none', async () => {
    const authority = createCertificateAuthority('mesh-ca');
    const { certPem, keyPem } = authority.issue({
      commonName: 'netmaker',
      usage: 'server',
      ipAddresses: ['127.0.0.1'],
    });
    const port = await served(
      startHttps({ cert: certPem, key: keyPem }, (_request, response) => answerJson(response, 200, [])),
    );
    const server = `https://127.0.0.1:${port}`;
    expect(await clientAt(server, { ca: authority.certPem }).hosts(signal)).toEqual([]);
    const error = await errorOf(clientAt(server).hosts(signal));
    expect(error).toMatchObject({ code: 'Unreachable' });
    expect(error.message).toMatch(
      /^Netmaker at https:\/\/127\.0\.0\.1:\d+: GET \/api\/hosts: its certificate is .*spec\.netmaker\.caBundle/,
    );
  });

  it('says that nothing listens, or that the address is none', async () => {
    const gone = await startTcp(() => undefined);
    const { port } = gone;
    await gone.close();
    expect((await errorOf(clientAt(`http://127.0.0.1:${port}`).hosts(signal))).message).toMatch(
      /nothing listens there/,
    );
    expect((await errorOf(clientAt('ftp://nowhere').hosts(signal))).message).toMatch(
      /Write spec\.netmaker\.server as https/,
    );
  });

  it('never shows the token or a key, even when the server quotes them', async () => {
    const port = await answering(403, {
      Code: 403,
      Message: 'token secret-token with key KEYVALUE may not',
      Response: null,
    });
    const client = clientAt(`http://127.0.0.1:${port}`);
    for (const done of [client.hosts(signal), client.deleteEnrollmentKey('KEYVALUE', signal)]) {
      const error = await errorOf(done);
      expect(error).toMatchObject({ code: 'Forbidden', status: 403 });
      expect(error.message).toMatch(/use one of an administrator/);
      expect(error.message).not.toContain('secret-token');
    }
    expect((await errorOf(client.deleteEnrollmentKey('KEYVALUE', signal))).message).not.toContain('KEYVALUE');
  });

  it('passes on no page of a proxy, and no long speech', async () => {
    const port = await served(startHttp((_request, response) => response.writeHead(502).end('<html>nginx</html>')));
    expect((await errorOf(clientAt(`http://127.0.0.1:${port}`).hosts(signal))).message).not.toContain('nginx');
    const long = await answering(400, { Code: 400, Message: 'x'.repeat(5_000), Response: null });
    expect((await errorOf(clientAt(`http://127.0.0.1:${long}`).hosts(signal))).message.length).toBeLessThan(500);
  });

  it('says when the token cannot be read, in the words of who keeps it', async () => {
    const client = clientAt('http://127.0.0.1:9', {
      token: () => Promise.reject(new Error('there is no Secret mesh/token')),
    });
    expect(await errorOf(client.hosts(signal))).toMatchObject({
      code: 'Credentials',
      message: 'the token for Netmaker cannot be read: there is no Secret mesh/token',
    });
  });
});
