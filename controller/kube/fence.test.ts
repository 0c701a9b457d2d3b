import type http from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';
import { createClient } from './client.ts';
import { type Fence, FencedError } from './fence.ts';
import type { Resource } from './resource.ts';
import { bodyOf, endpointAt, startHttp, startHttps, startTcp } from './testing/wire.ts';
import { createTransport, type TransportRequest } from './transport.ts';

const signal = new AbortController().signal;
const toClose: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

function closing<T extends { close(): Promise<void> }>(thing: T): T {
  toClose.push(thing);
  return thing;
}

class Gate implements Fence {
  readonly #closing = new AbortController();
  readonly signal = this.#closing.signal;
  /** Times at which a write asked. */
  asked = 0;
  closed = false;

  check(): void {
    this.asked += 1;
    if (this.closed) throw new FencedError('closed');
  }

  /** As a timer does. */
  close(): void {
    this.closed = true;
    this.#closing.abort(new FencedError('closed'));
  }
}

const post = (more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: 'POST',
  path: '/',
  body: '{}',
  signal,
  ...more,
});

/** A server that notes what reached it, and a transport to it that asks `gate`. */
async function fenced(handler: http.RequestListener, options: { maxSockets?: number } = {}) {
  const gate = new Gate();
  const reached: string[] = [];
  const server = closing(
    await startHttp((request, response) => {
      reached.push(request.method ?? '');
      handler(request, response);
    }),
  );
  const transport = closing(
    createTransport(endpointAt(`http://127.0.0.1:${server.port}`), { fence: gate, ...options }),
  );
  return { gate, reached, server, transport };
}

describe('a fence', () => {
  it('that is open lets everything through, on new connections and on kept ones', async () => {
    const { gate, reached, server, transport } = await fenced(async (request, response) => {
      response.end(await bodyOf(request));
    });
    for (const body of ['{"a":1}', '{"a":2}']) {
      expect((await transport.request(post({ body }))).body.toString()).toBe(body);
    }
    expect((await transport.request({ method: 'GET', path: '/', signal })).status).toBe(200);
    expect([reached, server.accepted, gate.asked > 0]).toEqual([['POST', 'POST', 'GET'], 1, true]);
  });

  it('that has closed lets no write out, although no timer has said so yet; reads go on', async () => {
    const { gate, reached, server, transport } = await fenced((_request, response) => response.end());
    gate.closed = true;
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      await expect(transport.request(post({ method }))).rejects.toBeInstanceOf(FencedError);
    }
    expect(server.accepted).toBe(0);
    expect((await transport.request({ method: 'GET', path: '/', signal })).status).toBe(200);
    expect(reached).toEqual(['GET']);
  });

  it('gives up what is under way when it closes, and frees its socket', async () => {
    const { gate, reached, server, transport } = await fenced(() => gate.close());
    await expect(transport.request(post())).rejects.toBeInstanceOf(FencedError);
    await server.idle();
    expect(reached).toEqual(['POST']);
  });

  it('keeps back what had still waited for its turn', async () => {
    const held: http.ServerResponse[] = [];
    const { gate, reached, transport } = await fenced((_request, response) => held.push(response), { maxSockets: 1 });
    const reading = transport.request({ method: 'GET', path: '/', signal });
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const writing = expect(transport.request(post())).rejects.toBeInstanceOf(FencedError);
    while (gate.asked === 0) await new Promise((resolve) => setImmediate(resolve));
    gate.closed = true;
    held[0]?.end();
    await reading;
    await writing;
    expect(reached).toEqual(['GET']);
  });

  it('is asked once more when the handshake is done: a write waits inside of it for as long as the process is stopped', async () => {
    const authority = createCertificateAuthority('earth-ca');
    const { certPem, keyPem } = authority.issue({
      commonName: 'earth',
      usage: 'server',
      ipAddresses: ['127.0.0.1'],
    });
    const reached: string[] = [];
    const server = closing(
      await startHttps({ cert: certPem, key: keyPem }, (request, response) => {
        reached.push(request.method ?? '');
        response.end();
      }),
    );
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = closing(
      await startTcp((socket) => {
        void opened.then(() => {
          const onwards = connect(server.port, '127.0.0.1');
          onwards.on('error', () => socket.destroy());
          socket.on('close', () => onwards.destroy());
          socket.pipe(onwards).pipe(socket);
        });
      }),
    );
    const gate = new Gate();
    const endpoint = endpointAt(`https://127.0.0.1:${slow.port}`, { tls: { ca: authority.certPem } });
    const transport = closing(createTransport(endpoint, { fence: gate }));
    const writing = transport.request(post());
    await slow.connections(1);
    gate.closed = true;
    open();
    await expect(writing).rejects.toBeInstanceOf(FencedError);
    expect(reached).toEqual([]);
    gate.closed = false;
    expect((await transport.request(post())).status).toBe(200);
  });

  it('holds for every verb of a client that changes something', async () => {
    const gate = new Gate();
    const reached: string[] = [];
    const server = closing(
      await startHttp((request, response) => {
        reached.push(request.method ?? '');
        response.setHeader('content-type', 'application/json').end('{"metadata":{},"items":[]}');
      }),
    );
    const client = closing(createClient(endpointAt(`http://127.0.0.1:${server.port}`), { fence: gate }));
    gate.closed = true;
    const resource: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
    const ref = { namespace: 'shop', name: 'a' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref };
    const writes = [
      client.create(resource, object, { signal }),
      client.replace(resource, object, { signal }),
      client.patch(resource, ref, { type: 'merge', body: {} }, { signal }),
      client.delete(resource, ref, { signal }),
      client.createSubresource(resource, ref, 'token', {}, { signal }),
      client.raw('POST', '/', { signal }),
    ];
    for (const write of writes) await expect(write).rejects.toBeInstanceOf(FencedError);
    expect(reached).toEqual([]);
    await client.get(resource, ref, { signal });
    await client.listAll(resource, { signal });
    expect([reached, client.fence]).toEqual([['GET', 'GET'], gate]);
  });
});
