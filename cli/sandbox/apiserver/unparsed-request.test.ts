import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';
import { Wire } from './testing/wire.ts';

let server: ApiServer;
let wire: Wire;

beforeAll(async () => {
  server = await startApiServer({ name: 'earth' });
  wire = new Wire(server);
});

afterAll(() => server.close());

it.each([
  ['/api/v1/pods', 405],
  ['/nothing', 404],
])('a method that nobody knows is refused where it was sent, not hung up on: %s', async (path, code) => {
  expect((await wire.call('NONSENSE', path)).code).toBe(code);
  expect((await wire.call('NONSENSE', path, { token: 'wrong' })).code).toBe(401);
  expect((await wire.call('GET', '/version')).code).toBe(200);
});

it('what is no HTTP is told so', async () => {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', ca: server.caPem });
  await once(socket, 'secureConnect');
  socket.write('hello\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

it('takes as many headers as Kubernetes does, and says when there are more', async () => {
  expect((await wire.call('GET', '/version', { headers: { x: 'y'.repeat(500_000) } })).code).toBe(200);
  expect((await wire.call('GET', '/version', { headers: { x: 'y'.repeat(1_200_000) } })).code).toBe(431);
});

it('says that it does not watch over WebSockets', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' };
  const { code, body } = await wire.call('GET', '/api/v1/pods?watch=true', { headers });
  expect(code).toBe(501);
  expect(body.message).toContain('watches over WebSockets');
});
