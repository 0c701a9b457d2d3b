import type http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../time/clock.ts';
import { CachedCredentials } from './cached-credentials.ts';
import { bearerToken, type Credential } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { answerJson, bodyOf, endpointAt, startHttp, startTcp, type WireServer } from './testing/wire.ts';
import { createTransport, type Transport, type TransportOptions, type TransportRequest } from './transport.ts';

const signal = new AbortController().signal;
const toClose: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of toClose.splice(0).reverse()) await thing.close();
});

function transportTo(endpoint: Endpoint, options?: TransportOptions): Transport {
  const transport = createTransport(endpoint, options);
  toClose.push(transport);
  return transport;
}

async function serverOf(handler: http.RequestListener): Promise<WireServer> {
  const server = await startHttp(handler);
  toClose.push(server);
  return server;
}

async function transportToServer(handler: http.RequestListener, options?: TransportOptions, more?: Partial<Endpoint>) {
  const server = await serverOf(handler);
  return { server, transport: transportTo(endpointAt(`http://127.0.0.1:${server.port}`, more), options) };
}

const get = (path: string, more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: 'GET',
  path,
  signal,
  ...more,
});

async function rejection(promise: Promise<unknown>): Promise<ConnectionError> {
  const error = await promise.then(
    () => new Error('it was expected to reject'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  return error as ConnectionError;
}

describe('a request', () => {
  it('carries method, path with query, headers and body, and brings back status, headers and body', async () => {
    const { transport } = await transportToServer(
      async (request, response) => {
        const { method, url, headers } = request;
        const { accept, authorization, 'content-length': length } = headers;
        answerJson(response, 201, { method, url, accept, authorization, length, body: await bodyOf(request) });
      },
      {},
      { credentials: bearerToken('abc') },
    );
    const answer = await transport.request({
      method: 'PUT',
      path: '/api/v1/namespaces/shop/configmaps/a?fieldManager=x',
      headers: { accept: 'application/json' },
      body: '{"name":"Ω"}',
      signal,
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([201, 'application/json']);
    expect(JSON.parse(answer.body.toString())).toEqual({
      method: 'PUT',
      url: '/api/v1/namespaces/shop/configmaps/a?fieldManager=x',
      accept: 'application/json',
      authorization: 'Bearer abc',
      length: '13',
      body: '{"name":"Ω"}',
    });
  });

  it('says for whom it acts when the endpoint impersonates somebody', async () => {
    const seen: string[][] = [];
    const { transport } = await transportToServer(
      (request, response) => {
        seen.push(request.rawHeaders);
        response.end();
      },
      {},
      { headers: { 'impersonate-user': 'jane', 'impersonate-group': ['dev', 'ops'] } },
    );
    await transport.request(get('/'));
    const pairs = seen[0]?.flatMap((name, index, all) =>
      name.startsWith('impersonate') ? [[name, all[index + 1]]] : [],
    );
    expect(pairs).toEqual([
      ['impersonate-user', 'jane'],
      ['impersonate-group', 'dev'],
      ['impersonate-group', 'ops'],
    ]);
  });

  it('asks for no compression on loopback', async () => {
    const { transport } = await transportToServer((request, response) => {
      response.end(String(request.headers['accept-encoding']));
    });
    expect((await transport.request(get('/api'))).body.toString()).toBe('undefined');
  });

  it('is one of many on a kept connection', async () => {
    const { server, transport } = await transportToServer((_request, response) => response.end('ok'));
    for (let i = 0; i < 20; i++) await transport.request(get('/'));
    expect(server.accepted).toBe(1);
  });

  it('waits when as many as allowed are under way, and all are served', async () => {
    const held: http.ServerResponse[] = [];
    let most = 0;
    const { server, transport } = await transportToServer(
      (_request, response) => {
        most = Math.max(most, held.push(response));
        if (held.length === 4) setImmediate(() => held.splice(0).map((waiting) => waiting.end('ok')));
      },
      { maxSockets: 4 },
    );
    const answers = await Promise.all(Array.from({ length: 60 }, () => transport.request(get('/'))));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    expect([most, server.accepted]).toEqual([4, 4]);
  });

  it('shares its signal with a hundred others without a warning of Node', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const { transport } = await transportToServer((_request, response) => response.end());
    await Promise.all(Array.from({ length: 100 }, () => transport.request(get('/'))));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});

describe('a server that does not do its part', () => {
  it('accepts and never answers: the request ends in time, and so does its socket', async () => {
    const server = await startTcp((socket) => socket.resume());
    toClose.push(server);
    const transport = transportTo(endpointAt(`http://127.0.0.1:${server.port}`));
    const error = await rejection(transport.request(get('/', { timeoutMs: 50 })));
    expect([error.code, error.cluster]).toEqual(['ETIMEDOUT', 'earth']);
    expect(error.message).toBe(`cluster "earth" at http://127.0.0.1:${server.port}: no answer within 0.05 s`);
    await server.idle();
  });

  it('stops in the middle of a body', async () => {
    const { server, transport } = await transportToServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x'.repeat(40));
    });
    const error = await rejection(transport.request(get('/', { timeoutMs: 50 })));
    expect(error.code).toBe('ETIMEDOUT');
    expect(error.message).toContain('not complete within 0.05 s (40 bytes came)');
    await server.idle();
  });

  it('cuts the connection in the middle of a body', async () => {
    const { transport } = await transportToServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x'.repeat(40), () => response.destroy());
    });
    const error = await rejection(transport.request(get('/')));
    expect([error.code, error.message.includes('closed before the answer was complete')]).toEqual(['ECONNRESET', true]);
  });

  it('makes what waits behind it end in time too', async () => {
    const { transport } = await transportToServer(() => undefined, { maxSockets: 1 });
    const first = rejection(
      transport.request(get('/', { timeoutMs: 10_000, signal: AbortSignal.timeout(200) })).catch((e) => {
        throw new ConnectionError(String(e), { code: 'aborted' });
      }),
    );
    const error = await rejection(transport.request(get('/', { timeoutMs: 50 })));
    expect(error.message).toContain('not sent within 0.05 s');
    await first;
  });

  it('is not there', async () => {
    const server = await startHttp(() => undefined);
    await server.close();
    const error = await rejection(transportTo(endpointAt(`http://127.0.0.1:${server.port}`)).request(get('/')));
    expect(error.code).toBe('ECONNREFUSED');
    expect(error.message).toContain('nothing listens there (connection refused)');
  });

  it('has a name that nobody knows', async () => {
    const error = await rejection(transportTo(endpointAt('https://nowhere.invalid')).request(get('/')));
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(error.code);
    expect(error.message).toContain('https://nowhere.invalid');
  });

  it('is named by something that is no URL', async () => {
    const error = await rejection(transportTo(endpointAt('ftp://user:secret@earth')).request(get('/')));
    expect([error.code, error.message]).toEqual(['ENDPOINT', 'cluster "earth": its server is not a http or https URL']);
  });
});

describe('a kept connection that the server closes as it is used again', () => {
  /** Answers the first request on each connection and cuts at the second, without a byte. */
  function cutsAtTheSecond(): http.RequestListener {
    const served = new WeakSet<object>();
    return (request, response) => {
      if (served.has(request.socket)) {
        request.socket.resetAndDestroy();
        return;
      }
      served.add(request.socket);
      response.end('ok');
    };
  }

  it('costs a GET nothing', async () => {
    const { server, transport } = await transportToServer(cutsAtTheSecond());
    await transport.request(get('/'));
    expect((await transport.request(get('/'))).status).toBe(200);
    expect(server.accepted).toBe(2);
  });

  it('fails a POST, which may have taken effect', async () => {
    const { server, transport } = await transportToServer(cutsAtTheSecond());
    await transport.request(get('/'));
    const error = await rejection(transport.request({ method: 'POST', path: '/', body: '{}', signal }));
    expect([error.code, server.accepted]).toEqual(['ECONNRESET', 1]);
  });

  it('is not tried for ever', async () => {
    let requests = 0;
    const { transport } = await transportToServer((request, response) => {
      if (++requests === 1) response.end('ok');
      else request.socket.resetAndDestroy();
    });
    await transport.request(get('/'));
    expect((await rejection(transport.request(get('/')))).code).toBe('ECONNRESET');
    expect(requests).toBe(3);
  });
});

describe('an abort', () => {
  it('before anything happened connects to nobody', async () => {
    const { server, transport } = await transportToServer((_request, response) => response.end());
    const reason = new Error('not any more');
    await expect(transport.request(get('/', { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(server.accepted).toBe(0);
  });

  it('while the answer is awaited frees the socket at once', async () => {
    const controller = new AbortController();
    const reason = new Error('not any more');
    const { server, transport } = await transportToServer(() => controller.abort(reason));
    await expect(transport.request(get('/', { signal: controller.signal }))).rejects.toBe(reason);
    await server.idle();
  });

  it('in the middle of a body frees the socket at once', async () => {
    const controller = new AbortController();
    const reason = new Error('not any more');
    const { server, transport } = await transportToServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x', () => setImmediate(() => controller.abort(reason)));
    });
    await expect(transport.request(get('/', { signal: controller.signal }))).rejects.toBe(reason);
    await server.idle();
  });

  it('while waiting for its turn gives the turn to the next', async () => {
    const held: http.ServerResponse[] = [];
    const { server, transport } = await transportToServer((_request, response) => held.push(response), {
      maxSockets: 1,
    });
    const first = transport.request(get('/'));
    const controller = new AbortController();
    const second = transport.request(get('/second', { signal: controller.signal }));
    const third = transport.request(get('/third'));
    await server.connections(1);
    controller.abort(new Error('not any more'));
    await expect(second).rejects.toThrow('not any more');
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    held[0]?.end('one');
    expect((await first).body.toString()).toBe('one');
    while (held.length === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(held[1]?.req.url).toBe('/third');
    held[1]?.end('three');
    expect((await third).body.toString()).toBe('three');
  });
});

describe('a stream', () => {
  it('brings chunks as they come and ends when the server ends it', async () => {
    const { transport } = await transportToServer((_request, response) => {
      response.write('one');
      setImmediate(() => response.end('two'));
    });
    const stream = await transport.stream(get('/watch'));
    let text = '';
    for await (const chunk of stream.body) text += chunk.toString();
    expect([stream.status, text]).toEqual([200, 'onetwo']);
  });

  it('outlives the timeout, which is for its headers alone', async () => {
    const responses: http.ServerResponse[] = [];
    const { transport } = await transportToServer((_request, response) => {
      response.flushHeaders();
      responses.push(response);
    });
    const stream = await transport.stream(get('/watch', { timeoutMs: 60 }));
    // Another request times out after the stream would have.
    await rejection(transport.request(get('/never', { timeoutMs: 120 })));
    responses[0]?.end('still here');
    const chunks: string[] = [];
    for await (const chunk of stream.body) chunks.push(chunk.toString());
    expect(chunks).toEqual(['still here']);
  });

  it('that never gets headers ends in time', async () => {
    const { server, transport } = await transportToServer(() => undefined);
    const error = await rejection(transport.stream(get('/watch', { timeoutMs: 50 })));
    expect(error.message).toContain('no answer within 0.05 s');
    await server.idle();
  });

  it('says so when the connection breaks', async () => {
    const { transport } = await transportToServer((_request, response) => {
      response.write('one', () => response.destroy());
    });
    const stream = await transport.stream(get('/watch'));
    const read = async () => {
      for await (const chunk of stream.body) expect(chunk.toString()).toBe('one');
    };
    expect((await rejection(read())).code).toBe('ECONNRESET');
  });

  it('ends with the reason of its signal, and its socket with it', async () => {
    const { server, transport } = await transportToServer((_request, response) => response.write('one'));
    const controller = new AbortController();
    const reason = new Error('stopped');
    const stream = await transport.stream(get('/watch', { signal: controller.signal }));
    const read = async () => {
      for await (const _chunk of stream.body) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    await server.idle();
  });

  it('that is not read to its end closes its socket', async () => {
    const { server, transport } = await transportToServer((_request, response) => response.write('one'));
    for await (const _chunk of (await transport.stream(get('/watch'))).body) break;
    await server.idle();
  });

  it('neither starves requests nor is starved by them', async () => {
    const { transport } = await transportToServer(
      (request, response) => {
        if (request.url === '/watch') response.write('open');
        else if (request.url === '/quick') response.end('ok');
      },
      { maxSockets: 1 },
    );
    const streams = await Promise.all(Array.from({ length: 10 }, () => transport.stream(get('/watch'))));
    expect((await transport.request(get('/quick'))).status).toBe(200);
    const controller = new AbortController();
    const hanging = transport.request(get('/hang', { signal: controller.signal }));
    const queued = transport.request(get('/hang', { signal: controller.signal }));
    expect((await transport.stream(get('/watch'))).status).toBe(200);
    expect(streams).toHaveLength(10);
    controller.abort(new Error('over'));
    await expect(hanging).rejects.toThrow('over');
    await expect(queued).rejects.toThrow('over');
  });
});

describe('a refused credential', () => {
  function renewable(first: string) {
    let token = first;
    let reads = 0;
    const credentials = new CachedCredentials({
      clock: systemClock,
      read: async () => {
        reads++;
        return { credential: { authorization: `Bearer ${token}` } };
      },
    });
    return {
      credentials,
      renew: (next: string) => {
        token = next;
      },
      reads: () => reads,
    };
  }

  const onlyFor =
    (token: string): http.RequestListener =>
    (request, response) =>
      answerJson(response, request.headers.authorization === `Bearer ${token}` ? 200 : 401, {});

  it('is read again once for a hundred requests, and none of them fails', async () => {
    const source = renewable('old');
    const { transport } = await transportToServer(onlyFor('new'), {}, { credentials: source.credentials });
    expect((await transport.request(get('/'))).status).toBe(401);
    const before = source.reads();
    source.renew('new');
    const answers = await Promise.all(Array.from({ length: 100 }, () => transport.request(get('/'))));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 100 }, () => 200));
    expect(source.reads() - before).toBe(1);
  });

  it('that is still the same when read again is not sent again', async () => {
    let requests = 0;
    const source = renewable('old');
    const { transport } = await transportToServer(
      (request, response) => {
        requests++;
        onlyFor('new')(request, response);
      },
      {},
      { credentials: source.credentials },
    );
    expect((await transport.request(get('/'))).status).toBe(401);
    expect([requests, source.reads()]).toEqual([1, 2]);
  });

  it('is renewed for a stream as well', async () => {
    const source = renewable('old');
    const { server, transport } = await transportToServer(onlyFor('new'), {}, { credentials: source.credentials });
    await source.credentials.get(signal);
    source.renew('new');
    const stream = await transport.stream(get('/watch'));
    expect(stream.status).toBe(200);
    for await (const chunk of stream.body) expect(chunk.toString()).toBe('{}');
    expect(server.accepted).toBeGreaterThan(0);
  });

  it('that cannot be renewed leaves no refused stream behind', async () => {
    let reads = 0;
    const credentials = new CachedCredentials({
      clock: systemClock,
      read: async () => {
        if (++reads > 1) throw new ConnectionError('no token any more', { code: 'CREDENTIALS' });
        return { credential: { authorization: 'Bearer old' } };
      },
    });
    const { server, transport } = await transportToServer(
      (_request, response) => {
        response.writeHead(401);
        response.write('endless');
      },
      {},
      { credentials },
    );
    expect((await rejection(transport.stream(get('/watch')))).code).toBe('CREDENTIALS');
    await server.idle();
  });

  it('that cannot be read says whose it is', async () => {
    const credentials = {
      get: async (): Promise<Credential> => {
        throw new ConnectionError('cluster "earth": no token', { code: 'CREDENTIALS', cluster: 'earth' });
      },
      invalidate: () => undefined,
    };
    const transport = transportTo(endpointAt('http://127.0.0.1:1', { credentials }));
    expect((await rejection(transport.request(get('/')))).code).toBe('CREDENTIALS');
  });
});

describe('close', () => {
  it('ends what is under way, what waits and what streams, and leaves no socket', async () => {
    const { server, transport } = await transportToServer(
      (request, response) => {
        if (request.url === '/watch') response.write('open');
      },
      { maxSockets: 1 },
    );
    const stream = await transport.stream(get('/watch'));
    const pending = [rejection(transport.request(get('/a'))), rejection(transport.request(get('/b')))];
    await server.connections(2);
    await transport.close();
    await transport.close();
    const read = async () => {
      for await (const chunk of stream.body) expect(chunk.toString()).toBe('open');
    };
    const errors = [...(await Promise.all(pending)), await rejection(read())];
    expect(errors.map((error) => error.code)).toEqual(['CLOSED', 'CLOSED', 'CLOSED']);
    expect((await rejection(transport.request(get('/c')))).code).toBe('CLOSED');
    await server.idle();
  });

  it('of a transport that was never used does nothing', async () => {
    await createTransport(endpointAt('https://127.0.0.1:1')).close();
  });
});
