import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Changes, ObjectList, ObjectSummary, Session } from '../../apis/dashboard/v1.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { freePort } from './free-port.ts';
import { CONFIG_MAPS, federatedKindOf } from './kinds.ts';

const NAMES = ['host', 'earth'] as const;
const ON = ['earth'] as const;
const READER = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules:
  - { apiGroups: [types.kubefed.io], resources: ['*'], verbs: [get, list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: reader, namespace: shop }]
`;

describe.runIf(inject('kubeconfig') !== '')('the dashboard', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let port: number;
  let token: string;

  beforeAll(async () => {
    port = await freePort();
    federation = await startFederation({
      names: NAMES,
      planes: { controllers: 'minimal' },
      controllerArgs: [`--dashboard-addr=127.0.0.1:${port}`],
    });
    host = new Cluster(federation.clients.host);
    for (const namespace of ['shop', 'lab']) {
      await federateNamespace(host, namespace, ON);
      const ref = { name: `in-${namespace}`, namespace };
      await host.create(federatedKindOf(CONFIG_MAPS), federated(CONFIG_MAPS, { ...ref, template: {}, on: ON }));
      await untilPropagated(host, CONFIG_MAPS, ref, ON);
    }
    await federation.apply('host', READER);
    token = (await federation.kubectl('host', 'create', 'token', 'reader', '-n', 'shop')).trim();
  });

  afterAll(() => federation?.close());

  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' });

  async function read<T>(path: string, headers: Record<string, string>): Promise<T> {
    const response = await ask(path, headers);
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.json()) as T;
  }

  const withToken = () => ({ authorization: `Bearer ${token}` });
  const namesIn = ({ items }: ObjectList) => items.map(({ namespace, name }) => `${namespace}/${name}`).toSorted();
  const configMaps = `/api/v1/objects?type=${federatedKindOf(CONFIG_MAPS).plural}.types.kubefed.io`;

  it('shows nothing to who is not signed in, and says how to', async () => {
    const response = await ask(configMaps);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ hint: expect.stringContaining('fedctl dashboard') });
    expect((await ask(configMaps, { authorization: 'Bearer nonsense' })).status).toBe(401);
  });

  it('lets in once who opens the link that fedctl prints, with the rights of who asked for it', async () => {
    const { code, stdout } = await federation.fedctl('dashboard', '--cluster', '--port', `${port}`, '-o', 'json');
    expect(code).toBe(0);
    const { url, forward } = JSON.parse(stdout) as { url: string; forward: string };
    expect(forward).toContain('port-forward --context host');
    const { pathname } = new URL(url);
    const entered = await ask(pathname);
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    const set = entered.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/HttpOnly/i);
    const cookie = set.split(';')[0] ?? '';
    expect(await read<Session>('/api/v1/session', { cookie })).toMatchObject({ by: 'link' });
    await until(
      'both objects on the dashboard',
      () => read<ObjectList>(configMaps, { cookie }),
      (list) => list.total === 2 && list.states.ok === 2,
    );
    const again = await ask(pathname);
    expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null]);
  });

  it('shows a person with a token the objects that they may list, and tells of no others', async () => {
    const list = await until(
      'the object on the dashboard',
      () => read<ObjectList>(configMaps, withToken()),
      ({ total }) => total > 0,
    );
    expect([namesIn(list), list.total]).toEqual([['shop/in-shop'], 1]);
    expect(await read(`${configMaps}&search=in-lab`, withToken())).toMatchObject({ items: [], total: 0 });
    const hidden = await ask(
      `/api/v1/objects/${federatedKindOf(CONFIG_MAPS).plural}.types.kubefed.io/lab/in-lab`,
      withToken(),
    );
    expect(hidden.status).toBe(404);
    expect(await read('/api/v1/clusters', withToken())).toMatchObject({ items: [], total: 0 });
  });

  it('tells a page that is open of each change, and ends when the token is revoked', async () => {
    const response = await ask('/api/v1/events', withToken());
    expect(response.status).toBe(200);
    const heard: ObjectSummary[] = [];
    let ended = false;
    const listening = (async () => {
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        const messages = text.split('\n\n');
        text = messages.pop() ?? '';
        for (const message of messages) {
          const data = /^event: changes\n[\s\S]*^data: (.*)$/m.exec(message)?.[1];
          if (data !== undefined) heard.push(...(JSON.parse(data) as Changes).objects);
        }
      }
      ended = true;
    })();
    for (const namespace of ['lab', 'shop']) {
      const ref = { name: `in-${namespace}`, namespace };
      await host.patch(federatedKindOf(CONFIG_MAPS), ref, { spec: { template: { data: { changed: 'yes' } } } });
      await untilPropagated(host, CONFIG_MAPS, ref, ON);
    }
    await until(
      'the change on the page',
      () => Promise.resolve(heard),
      (objects) => objects.some(({ name, state }) => name === 'in-shop' && state === 'ok'),
    );
    expect(heard.filter(({ namespace }) => namespace !== 'shop')).toEqual([]);
    await federation.kubectl('host', 'delete', 'serviceaccount', 'reader', '-n', 'shop');
    await until(
      'the end of the stream',
      () => Promise.resolve(ended),
      (done) => done,
    );
    await listening;
    expect((await ask('/api/v1/session', withToken())).status).toBe(401);
  });
});
