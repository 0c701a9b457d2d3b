import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { createHealthServer, type HealthServerOptions, parseListenAddress } from './http-server.ts';

const { signal } = new AbortController();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function started(options: Partial<HealthServerOptions> = {}) {
  const server = createHealthServer({ address: '127.0.0.1:0', ready: () => true, ...options });
  await server.start(signal);
  cleanups.push(() => server.close());
  return { server, port: server.address?.port ?? 0 };
}

async function ask(port: number, path: string, agent?: Agent) {
  const [response] = (await once(get({ port, path, ...(agent && { agent }) }), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

describe('parseListenAddress', () => {
  it('reads addresses as Go writes them', () => {
    expect(parseListenAddress(':8080')).toEqual({ port: 8080 });
    expect(parseListenAddress('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
    expect(parseListenAddress('[::1]:8080')).toEqual({ host: '::1', port: 8080 });
    expect(parseListenAddress('localhost:9090')).toEqual({ host: 'localhost', port: 9090 });
  });

  it.each(['', '8080', 'localhost', '::1:8080', ':70000', ':http', 'http://a:1'])(
    'refuses %j and says how',
    (address) => {
      expect(() => parseListenAddress(address)).toThrow(/is not an address to listen on: write ":8080"/);
    },
  );
});

describe('the health server', () => {
  it('answers that it lives, and that it is ready only once it is', async () => {
    let ready = false;
    const { port } = await started({ ready: () => ready });
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200, body: 'ok' });
    expect((await ask(port, '/readyz')).status).toBe(503);
    ready = true;
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: 'ok' });
  });

  it('serves metrics in the type that they are in, and only what it was given', async () => {
    const contentType = 'text/plain; version=0.0.4; charset=utf-8';
    const { port } = await started({ metrics: { contentType, text: async () => 'up 1\n' } });
    const { headers, body } = await ask(port, '/metrics');
    expect([headers['content-type'], body, headers['x-powered-by']]).toEqual([contentType, 'up 1\n', undefined]);
    const { port: other } = await started();
    expect((await ask(other, '/metrics')).status).toBe(404);
  });

  it('says which address it cannot have', async () => {
    const { port } = await started();
    const second = createHealthServer({ address: `127.0.0.1:${port}` });
    await expect(second.start(signal)).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`);
    await second.close();
  });

  it('closes at once although a client keeps its connection', async () => {
    const { server, port } = await started({ clock: new FakeClock() });
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    await ask(port, '/healthz', agent);
    await Promise.all([server.close(), server.close()]);
    expect(server.address).toBeUndefined();
  });

  it('does not wait long for a client that never finishes its request', async () => {
    const clock = new FakeClock();
    const { server, port } = await started({ clock });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    cleanups.push(() => socket.destroy());
    await once(socket, 'connect');
    socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n');
    await ask(port, '/healthz');
    const closing = server.close();
    clock.advance(500);
    await closing;
  });
});
