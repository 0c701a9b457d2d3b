import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerJson, bodyOf, startHttp, type WireServer } from '../../../../controller/kube/testing/wire.ts';
import { type ApiServer, startApiServer } from '../api-server.ts';
import { Wire } from '../testing/wire.ts';

const PODS = '/api/v1/namespaces/default/pods';

describe('pods/proxy', () => {
  let inside: WireServer;
  let server: ApiServer;
  let wire: Wire;

  beforeAll(async () => {
    inside = await startHttp(async (request, response) => {
      const { method, url, headers } = request;
      answerJson(response, 200, {
        method,
        url,
        authorization: headers.authorization ?? 'none',
        body: await bodyOf(request),
      });
    });
    server = await startApiServer({
      name: 'earth',
      // 10.1.0.9 is a Pod whose port nobody listens on.
      podNetwork: (address, port) =>
        port === 8080 && address === '10.1.0.1'
          ? { host: '127.0.0.1', port: inside.port }
          : { host: '127.0.0.1', port: 1 },
    });
    wire = new Wire(server);
    await pod('answers', '10.1.0.1');
    await pod('silent', '10.1.0.9');
    await pod('nowhere');
    await pod('intruder', '127.0.0.1');
  });

  afterAll(async () => {
    wire.close();
    await server.close();
    await inside.close();
  });

  async function pod(name: string, podIP?: string): Promise<void> {
    const containers = [{ name: 'c', image: 'x', ports: [{ containerPort: 8080 }] }];
    await wire.call('POST', PODS, {
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } },
    });
    if (podIP === undefined) return;
    const headers = { 'content-type': 'application/merge-patch+json' };
    await wire.call('PATCH', `${PODS}/${name}/status`, {
      headers,
      body: { status: { podIP, podIPs: [{ ip: podIP }] } },
    });
  }

  it.each(['answers:8080', 'answers', 'http:answers:8080'])(
    '%s: brings what the Pod answers, and keeps who asks to itself',
    async (name) => {
      const { code, body } = await wire.call('GET', `${PODS}/${name}/proxy/results?after=1`);

      expect(code).toBe(200);
      expect(body).toEqual({ method: 'GET', url: '/results?after=1', authorization: 'none', body: '' });
    },
  );

  it('sends a body on, and a path that says proxy too', async () => {
    const { body } = await wire.call('POST', `${PODS}/answers/proxy/a/proxy/b`, { body: { hello: 1 } });

    expect(body).toMatchObject({ method: 'POST', url: '/a/proxy/b', body: '{"hello":1}' });
  });

  // What kube-apiserver 1.36.3 answered.
  it.each([
    ['nope:8080/proxy/x', 404, 'pods "nope" not found'],
    ['nowhere/proxy/x', 400, 'address not allowed'],
    ['intruder:8080/proxy/x', 400, 'address not allowed'],
    ['a:b:c:d/proxy/', 400, 'invalid pod request "a:b:c:d"'],
    ['silent:8080/proxy/x', 503, 'error trying to reach service: dial tcp 10.1.0.9:8080: connect: connection refused'],
    ['silent:99999/proxy/', 503, 'error trying to reach service: dial tcp: address 99999: invalid port'],
  ])('%s: says in the words of Kubernetes what cannot be', async (path, code, message) => {
    expect(await wire.call('GET', `${PODS}/${path}`)).toMatchObject({ code, body: { kind: 'Status', message } });
  });

  it('sends a person who leaves out the last slash there', async () => {
    const { code, headers } = await wire.call('GET', `${PODS}/answers:8080/proxy?a=b`);

    expect([code, headers.location]).toEqual([301, `${PODS}/answers:8080/proxy/?a=b`]);
  });
});
