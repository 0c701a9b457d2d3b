import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from './log.ts';
import { startTraceExport } from './trace-export.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

interface Received {
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly token: string | undefined;
  readonly body: string;
}

async function collector(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { headers, url: path } = request;
    received.push({
      path,
      type: headers['content-type'],
      token: String(headers['x-token']),
      body: await text(request),
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

function start(env: Record<string, string>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return startTraceExport({ env: process.env, version: '1.2.3', instance: 'host-a_1', log: silentLog });
}

describe('traces', () => {
  it.each([
    ['http/json', 'application/json'],
    ['http/protobuf', 'application/x-protobuf'],
  ])('go to the collector that OpenTelemetry’s variables name, as %s', async (protocol, type) => {
    const { url, received } = await collector();
    const tracing = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-token=letmein',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
    });
    const change = tracing?.tracer.begin('propagate FederatedWidget', {});
    change?.step('write', { 'k8s.cluster.name': 'earth' }).end();
    change?.settle();
    await tracing?.close();
    expect(received.map(({ path, type: sent, token }) => [path, sent, token])).toEqual([
      ['/v1/traces', type, 'letmein'],
    ]);
    const words = ['propagate FederatedWidget', 'earth', 'fedmesh-controller', '1.2.3', 'host-a_1', 'lab'];
    for (const word of words) expect(received[0]?.body).toContain(word);
  });

  it('bear the name that the operator gives', async () => {
    const { url, received } = await collector();
    const tracing = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/custom`,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'federation-eu',
    });
    tracing?.tracer.begin('propagate', {}).settle();
    await tracing?.close();
    expect(received.map(({ path }) => path)).toEqual(['/custom']);
    expect(received[0]?.body).toContain('federation-eu');
    expect(received[0]?.body).not.toContain('fedmesh-controller');
  });

  it.each([
    ['by default', {}],
    ['when they are turned off', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }],
    ['when all of OpenTelemetry is', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }],
  ])('are none %s', async (_, env) => {
    expect(await start(env)).toBeUndefined();
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'jaeger' }, /no exporter "jaeger"; use otlp, console or none/],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /"grpc" is not spoken; use http\/protobuf/],
  ])('are refused where they cannot be sent as %o says', async (env, message) => {
    await expect(start(env)).rejects.toThrow(message);
  });

  it('hold nobody up whose collector does not answer', async () => {
    const tracing = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    tracing?.tracer.begin('propagate', {}).settle();
    await expect(tracing?.close()).resolves.toBeUndefined();
  });
});
