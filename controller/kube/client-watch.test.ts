import { afterEach, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { ApiError, isExpired, isForbidden } from './errors.ts';
import type { Resource } from './resource.ts';
import { answerJson, endpointAt, startHttp, type WireServer } from './testing/wire.ts';

const PODS: Resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const toClose: { close(): Promise<void> }[] = [];
const signal = new AbortController().signal;
const options = { resourceVersion: '12', timeoutSeconds: 300, signal };

afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

async function earth(handler: Parameters<typeof startHttp>[0]) {
  const server: WireServer = await startHttp(handler);
  const client = createClient(endpointAt(`http://127.0.0.1:${server.port}`));
  toClose.push(server, client);
  return { server, client };
}

it('asks for everything since a version, with bookmarks, and streams what comes', async () => {
  let asked = '';
  const { client } = await earth((request, response) => {
    asked = `${request.url} ${request.headers.accept}`;
    response.write('{"type":"ADDED","object":{}}\n');
    setImmediate(() => response.end('{"type":"BOOKMARK","object":{}}\n'));
  });
  const stream = await client.watch(PODS, { ...options, namespace: 'shop', labelSelector: 'a=b' });
  let text = '';
  for await (const chunk of stream.body) text += chunk.toString();
  expect(text).toBe('{"type":"ADDED","object":{}}\n{"type":"BOOKMARK","object":{}}\n');
  expect(asked).toBe(
    '/api/v1/namespaces/shop/pods?labelSelector=a%3Db&watch=true&allowWatchBookmarks=true&resourceVersion=12&timeoutSeconds=300 application/json',
  );
});

it('asks for metadata alone', async () => {
  let accept: string | undefined;
  const { client } = await earth((request, response) => {
    accept = request.headers.accept;
    response.end();
  });
  await client.watch(PODS, { ...options, metadataOnly: true });
  expect(accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json');
});

it('rejects with what the server says when it refuses', async () => {
  const refusals = [
    { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old resource version' },
    { kind: 'Status', apiVersion: 'v1', code: 403, reason: 'Forbidden', message: 'pods is forbidden' },
  ];
  const { client } = await earth((_request, response) => {
    const next = refusals.shift();
    answerJson(response, next?.code ?? 200, next);
  });
  const expired: unknown = await client.watch(PODS, options).catch((error: unknown) => error);
  expect(isExpired(expired)).toBe(true);
  expect(String(expired)).toBe('ApiError: watch pods in cluster "earth": Expired: too old resource version');
  const forbidden: unknown = await client.watch(PODS, options).catch((error: unknown) => error);
  expect(isForbidden(forbidden)).toBe(true);
});

it('rejects with the status when the refusal itself breaks off, and keeps no socket', async () => {
  const { server, client } = await earth((_request, response) => {
    response.writeHead(500, { 'content-length': 1000 });
    response.write('etcd is', () => response.destroy());
  });
  const error: unknown = await client.watch(PODS, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(String(error)).toContain('InternalServerError: etcd is');
  await server.idle();
});

it('reads no more of an endless refusal than it can show', async () => {
  const { server, client } = await earth((_request, response) => {
    response.writeHead(500);
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', write);
    write();
  });
  const error: unknown = await client.watch(PODS, options).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 500 });
  await server.idle();
});
