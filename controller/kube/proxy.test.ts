import type http from 'node:http';
import net, { type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';
import type { Endpoint } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { parseProxy, proxyFromEnvironment } from './proxy.ts';
import { endpointAt, startHttp, startHttps, startTcp, type WireServer } from './testing/wire.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

const authority = createCertificateAuthority('earth-ca');
const issued = authority.issue({
  commonName: 'kube-apiserver',
  usage: 'server',
  ipAddresses: ['127.0.0.1', '::1'],
  dnsNames: ['api.earth.internal'],
});
const secrets = { cert: issued.certPem, key: issued.keyPem };
const signal = new AbortController().signal;
const get = { method: 'GET', path: '/version', signal };
const toClose: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

function closing<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
  toClose.push(thing);
  return thing;
}

const api = () => startHttps(secrets, (_request, response) => response.end('{"gitVersion":"v1"}')).then(closing);

function through(proxyUrl: string, port: number, more: Partial<Endpoint> = {}, options?: TransportOptions): Transport {
  const tls = { ca: authority.certPem };
  return closing(createTransport(endpointAt(`https://127.0.0.1:${port}`, { tls, proxyUrl, ...more }), options));
}

interface FakeProxy extends WireServer {
  /** Of each tunnel that was asked for: where to, and who asked. */
  readonly asked: { target: string; authorization: string | undefined }[];
}

/** CONNECT, over http or https. Names are taken for this machine. */
async function httpProxy(options: { https?: boolean; user?: string } = {}): Promise<FakeProxy> {
  const asked: FakeProxy['asked'] = [];
  const onConnect = (request: http.IncomingMessage, client: Socket) => {
    const authorization = request.headers['proxy-authorization'];
    asked.push({ target: request.url ?? '', authorization });
    if (options.user !== undefined && authorization !== `Basic ${Buffer.from(options.user).toString('base64')}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const target = net.connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  };
  const none: http.RequestListener = (_request, response) => response.writeHead(405).end();
  const started = await (options.https ? startHttps(secrets, none, onConnect) : startHttp(none, onConnect));
  return closing(Object.assign(started, { asked }));
}

/** SOCKS5 with what RFC 1928 and 1929 demand and no more. */
async function socksProxy(options: { user?: string; reply?: number } = {}): Promise<FakeProxy> {
  const asked: FakeProxy['asked'] = [];
  const serve = async (client: Socket) => {
    const chunks = client[Symbol.asyncIterator]();
    const next = async (): Promise<Buffer> => (await chunks.next()).value;
    const methods = (await next()).subarray(2);
    const method = options.user === undefined ? 0 : 2;
    client.write(Buffer.from([5, methods.includes(method) ? method : 0xff]));
    let authorization: string | undefined;
    if (method === 2) {
      const answer = await next();
      const userLength = answer[1] ?? 0;
      authorization = `${answer.subarray(2, 2 + userLength)}:${answer.subarray(3 + userLength)}`;
      const isKnown = authorization === options.user;
      client.write(Buffer.from([1, isKnown ? 0 : 1]));
      if (!isKnown) return client.end();
    }
    const request = await next();
    const host =
      request[3] === 1
        ? request.subarray(4, 8).join('.')
        : request[3] === 3
          ? request.subarray(5, request.length - 2).toString()
          : request.subarray(4, 20).toString('hex');
    const port = request.readUInt16BE(request.length - 2);
    asked.push({ target: `${host}:${port}`, authorization });
    const bound = Buffer.from([5, options.reply ?? 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    if (options.reply !== undefined) return client.end(bound);
    const target = net.connect(port, '127.0.0.1', () => {
      // In two pieces, as a network may deliver it.
      client.write(bound.subarray(0, 3));
      setImmediate(() => client.write(bound.subarray(3)));
    });
    target.on('data', (data) => client.write(data));
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
    for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) target.write(chunk.value);
    return undefined;
  };
  const started = await startTcp((client) => void serve(client).catch(() => client.destroy()));
  return closing(Object.assign(started, { asked }));
}

async function rejection(promise: Promise<unknown>): Promise<ConnectionError> {
  const error = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof ConnectionError)) throw new Error(`expected a ConnectionError, got ${String(error)}`);
  return error;
}

describe('a proxy for http', () => {
  it('carries many requests over one tunnel', async () => {
    const [server, proxy] = [await api(), await httpProxy()];
    const transport = through(`http://127.0.0.1:${proxy.port}`, server.port);
    for (let i = 0; i < 10; i++) expect((await transport.request(get)).body.toString()).toBe('{"gitVersion":"v1"}');
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${server.port}`, authorization: undefined }]);
    expect(server.accepted).toBe(1);
  });

  it('is told who asks', async () => {
    const [server, proxy] = [await api(), await httpProxy({ user: 'jane:p@ss' })];
    const transport = through(`http://jane:p%40ss@127.0.0.1:${proxy.port}`, server.port);
    expect((await transport.request(get)).status).toBe(200);
  });

  it('that wants to know who asks is named, its password is not', async () => {
    const [server, proxy] = [await api(), await httpProxy({ user: 'jane:right' })];
    const error = await rejection(through(`http://jane:wrong@127.0.0.1:${proxy.port}`, server.port).request(get));
    expect([error.code, error.cluster]).toEqual(['PROXY', 'earth']);
    expect(error.message).toBe(
      `cluster "earth": no connection to 127.0.0.1:${server.port} through its proxy http://127.0.0.1:${proxy.port}: it answered 407 Proxy Authentication Required`,
    );
  });

  it('that is not there is named, its password is not', async () => {
    const proxy = await httpProxy();
    await proxy.close();
    const error = await rejection(through(`http://jane:secret@127.0.0.1:${proxy.port}`, 6443).request(get));
    expect([error.code, error.message.includes('secret')]).toEqual(['PROXY', false]);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('that never answers is given up in time', async () => {
    const silent = closing(await startTcp((socket) => socket.resume()));
    const transport = through(`http://127.0.0.1:${silent.port}`, 6443, {}, { connectTimeoutMs: 50 });
    const error = await rejection(transport.request(get));
    expect(error.code).toBe('ETIMEDOUT');
    expect(error.message).toContain(`no connection through the proxy http://127.0.0.1:${silent.port} within 0.05 s`);
    await silent.idle();
  });

  it('that never answers is let go at once by an abort', async () => {
    const controller = new AbortController();
    const silent = closing(await startTcp((socket) => socket.once('data', () => controller.abort(new Error('over')))));
    const transport = through(`http://127.0.0.1:${silent.port}`, 6443);
    await expect(transport.request({ ...get, signal: controller.signal })).rejects.toThrow('over');
    await silent.idle();
  });

  it('that never answers is let go at once by close', async () => {
    const silent = closing(await startTcp((socket) => socket.resume()));
    const transport = through(`http://127.0.0.1:${silent.port}`, 6443);
    const error = rejection(transport.request(get));
    await silent.connections(1);
    await transport.close();
    expect((await error).code).toBe('CLOSED');
    await silent.idle();
  });

  it('carries plain http too', async () => {
    const proxy = await httpProxy();
    const plain = closing(await startHttp((_request, response) => response.end('plain')));
    const endpoint = endpointAt(`http://127.0.0.1:${plain.port}`, { proxyUrl: `http://127.0.0.1:${proxy.port}` });
    const transport = closing(createTransport(endpoint));
    for (let i = 0; i < 3; i++) expect((await transport.request(get)).body.toString()).toBe('plain');
    expect(proxy.asked).toHaveLength(1);
  });

  it('does not see into the connection: the certificate is judged behind it', async () => {
    const [server, proxy] = [await api(), await httpProxy()];
    const other = createCertificateAuthority('other').certPem;
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    expect(await rejection(through(proxyUrl, server.port, { tls: { ca: other } }).request(get))).toMatchObject({
      code: 'TLS',
      tlsProblem: 'untrusted',
    });
    const skip = { validityPeriod: true };
    const lenient = through(proxyUrl, server.port, { tls: { ca: authority.certPem, skip } });
    expect((await lenient.request(get)).status).toBe(200);
    const notLenient = through(proxyUrl, server.port, { tls: { ca: other, skip } });
    expect(await rejection(notLenient.request(get))).toMatchObject({ tlsProblem: 'untrusted' });
  });

  it('resolves names that only it can resolve', async () => {
    const [server, proxy] = [await api(), await httpProxy()];
    const endpoint = endpointAt(`https://api.earth.internal:${server.port}`, {
      tls: { ca: authority.certPem },
      proxyUrl: `http://127.0.0.1:${proxy.port}`,
    });
    expect((await closing(createTransport(endpoint)).request(get)).status).toBe(200);
    expect(proxy.asked[0]?.target).toBe(`api.earth.internal:${server.port}`);
  });
});

it("a proxy over https, vouched for by the cluster's own authority, carries many requests over one tunnel", async () => {
  const [server, proxy] = [await api(), await httpProxy({ https: true })];
  const transport = through(`https://127.0.0.1:${proxy.port}`, server.port);
  for (let i = 0; i < 5; i++) expect((await transport.request(get)).status).toBe(200);
  expect(proxy.asked).toHaveLength(1);
});

describe('a SOCKS5 proxy', () => {
  it.each(['socks5', 'socks5h'])('called %s carries many requests over one connection', async (scheme) => {
    const [server, proxy] = [await api(), await socksProxy()];
    const transport = through(`${scheme}://127.0.0.1:${proxy.port}`, server.port);
    for (let i = 0; i < 5; i++) expect((await transport.request(get)).status).toBe(200);
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${server.port}`, authorization: undefined }]);
  });

  it('is told who asks, and resolves the name', async () => {
    const [server, proxy] = [await api(), await socksProxy({ user: 'jane:secret' })];
    const endpoint = endpointAt(`https://api.earth.internal:${server.port}`, {
      tls: { ca: authority.certPem },
      proxyUrl: `socks5://jane:secret@127.0.0.1:${proxy.port}`,
    });
    expect((await closing(createTransport(endpoint)).request(get)).status).toBe(200);
    expect(proxy.asked).toEqual([{ target: `api.earth.internal:${server.port}`, authorization: 'jane:secret' }]);
  });

  it('that refuses the password is named, the password is not', async () => {
    const [server, proxy] = [await api(), await socksProxy({ user: 'jane:right' })];
    const error = await rejection(through(`socks5://jane:wrong@127.0.0.1:${proxy.port}`, server.port).request(get));
    expect(error.message).toContain('it refused the user name or password');
    expect(error.message).not.toContain('wrong');
  });

  it('that says why it cannot connect is quoted', async () => {
    const proxy = await socksProxy({ reply: 4 });
    const error = await rejection(through(`socks5://127.0.0.1:${proxy.port}`, 6443).request(get));
    expect(error.message).toContain('it answered: host unreachable');
  });

  it('that speaks something else is named', async () => {
    const proxy = closing(await startHttp((_request, response) => response.end()));
    const error = await rejection(through(`socks5://127.0.0.1:${proxy.port}`, 6443).request(get));
    expect(error.message).toContain('it does not speak SOCKS5');
  });

  it('reaches an IPv6 address', async () => {
    const [server, proxy] = [await api(), await socksProxy()];
    const endpoint = endpointAt(`https://[::1]:${server.port}`, {
      tls: { ca: authority.certPem },
      proxyUrl: `socks5://127.0.0.1:${proxy.port}`,
    });
    expect((await closing(createTransport(endpoint)).request(get)).status).toBe(200);
    expect(proxy.asked[0]?.target).toBe(`${'0'.repeat(31)}1:${server.port}`);
  });

  it('that never answers is let go at once by an abort', async () => {
    const controller = new AbortController();
    const silent = closing(await startTcp((socket) => socket.once('data', () => controller.abort(new Error('over')))));
    const request = through(`socks5://127.0.0.1:${silent.port}`, 6443).request({ ...get, signal: controller.signal });
    await expect(request).rejects.toThrow('over');
    await silent.idle();
  });

  it('carries plain http too', async () => {
    const proxy = await socksProxy();
    const plain = closing(await startHttp((_request, response) => response.end('plain')));
    const endpoint = endpointAt(`http://127.0.0.1:${plain.port}`, { proxyUrl: `socks5://127.0.0.1:${proxy.port}` });
    const transport = closing(createTransport(endpoint));
    for (let i = 0; i < 3; i++) expect((await transport.request(get)).body.toString()).toBe('plain');
    expect(proxy.asked).toHaveLength(1);
  });
});

it('the URL of a proxy that cannot be used is not repeated: it may hold a password', () => {
  expect(() => parseProxy('ftp://jane:secret@proxy', 'earth')).toThrow(
    'cluster "earth": its proxy URL is not a http, https or socks5 URL',
  );
});

describe('the proxy that the environment names', () => {
  const proxy = 'http://proxy:3128';
  it.each<[string, Record<string, string>, string, string | undefined]>([
    ['nothing is set', {}, 'https://api.example', undefined],
    ['for https', { HTTPS_PROXY: proxy }, 'https://api.example', proxy],
    ['in lower case', { https_proxy: proxy }, 'https://api.example', proxy],
    ['not for http', { HTTPS_PROXY: proxy }, 'http://api.example', undefined],
    ['for http', { HTTP_PROXY: proxy }, 'http://api.example', proxy],
    ['never for loopback', { HTTPS_PROXY: proxy }, 'https://127.0.0.1:6443', undefined],
    ['never for localhost', { HTTPS_PROXY: proxy }, 'https://localhost:6443', undefined],
    ['excepted: all', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, 'https://api.example', undefined],
    ['excepted: the host', { HTTPS_PROXY: proxy, NO_PROXY: 'a.b, api.example' }, 'https://api.example', undefined],
    ['excepted: its domain', { HTTPS_PROXY: proxy, NO_PROXY: '.example' }, 'https://api.example', undefined],
    [
      'excepted: its domain without a dot',
      { HTTPS_PROXY: proxy, NO_PROXY: 'example' },
      'https://api.example',
      undefined,
    ],
    ['not excepted: the end of a word', { HTTPS_PROXY: proxy, NO_PROXY: 'xample' }, 'https://api.example', proxy],
    ['not excepted: the domain itself', { HTTPS_PROXY: proxy, NO_PROXY: '.api.example' }, 'https://api.example', proxy],
    ['excepted: the address', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.1' }, 'https://10.0.0.1:6443', undefined],
    ['excepted: the network', { HTTPS_PROXY: proxy, no_proxy: '10.0.0.0/8' }, 'https://10.1.2.3:6443', undefined],
    ['not excepted: another network', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, 'https://11.1.2.3', proxy],
    ['excepted: an IPv6 network', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, 'https://[fd00::1]:6443', undefined],
    ['excepted: an IPv6 address', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::1' }, 'https://[fd00::1]:6443', undefined],
    ['excepted: the port', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }, 'https://api.example:6443', undefined],
    ['not excepted: another port', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:1' }, 'https://api.example', proxy],
    ['not excepted: nonsense', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/99' }, 'https://10.0.0.1', proxy],
  ])('%s', (_what, environment, server, expected) => {
    expect(proxyFromEnvironment(environment, server)).toBe(expected);
  });
});
