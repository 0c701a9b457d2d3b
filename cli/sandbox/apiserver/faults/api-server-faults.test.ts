import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { type Client, createClient } from '../../../../controller/kube/client.ts';
import { isUnauthorized } from '../../../../controller/kube/errors.ts';
import { jsonLines } from '../../../../controller/kube/json-lines.ts';
import { endpointFor, loadKubeconfig } from '../../../../controller/kube/kubeconfig.ts';
import { type ApiServer, startApiServer } from '../api-server.ts';

const CONFIG_MAPS = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const SERVICE_ACCOUNTS = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};

let earth: ApiServer;
let client: Client;

beforeEach(async () => {
  earth = await startApiServer({ name: 'earth' });
  client = await clientWith(earth.adminToken);
});

afterEach(async () => {
  await client.close();
  await earth.close();
});

describe('an API server that is made to fail', () => {
  it('refuses connections, and answers on the same port when it is back', async () => {
    expect(await names()).toEqual([]);
    const mend = earth.faults.add({ effect: { kind: 'refuse' } });
    await expect(names()).rejects.toMatchObject({ name: 'ConnectionError' });
    mend();
    await answers();
    expect(await names()).toEqual([]);
  });

  it('hangs for those who are meant, and for nobody else', async () => {
    const mend = earth.faults.add({ match: { verb: 'create' }, effect: { kind: 'hang' } });
    const creating = create('a');
    expect(await names()).toEqual([]);
    mend();
    await creating;
    expect(await names()).toEqual(['a']);
  });

  it('is stormed by those whom it turned away, and takes them in later', async () => {
    earth.faults.add({
      match: { verb: 'create' },
      effect: { kind: 'status', code: 429, retryAfterSeconds: 0 },
      first: 2,
    });
    await create('a');
    expect(await names()).toEqual(['a']);
  });

  it.each([
    { kind: 'reset', afterBytes: 20 },
    { kind: 'truncate' },
    { kind: 'truncate', bytes: 0 },
    { kind: 'status', code: 500 },
    { kind: 'status', code: 503 },
  ] as const)('fails a request by %o, and the connection is of use afterwards', async (effect) => {
    await create('a');
    earth.faults.add({ match: { verb: 'list' }, effect, first: 1 });
    await expect(names()).rejects.toThrow();
    expect(await names()).toEqual(['a']);
  });

  it('breaks a connection that was kept open, as servers do: clients come again', async () => {
    await create('a');
    earth.faults.add({ match: { verb: 'list' }, effect: { kind: 'reset' }, first: 1 });
    expect(await names()).toEqual(['a']);
    expect(earth.faults.active()).toEqual([]);
  });

  it('shows old lists, and the new state of what it does not lie about', async () => {
    await create('a');
    earth.faults.add({ match: { verb: 'list' }, effect: { kind: 'stale', revisions: 1 }, first: 1 });
    await create('b');
    expect(await names()).toEqual(['a']);
    expect(await names()).toEqual(['a', 'b']);
  });

  it('lets watches miss an event, and tells them how far they have come', async () => {
    const list = await client.list(CONFIG_MAPS, { namespace: 'default', ...call() });
    const { resourceVersion = '' } = list.metadata;
    const stop = new AbortController();
    const watch = await client.watch(CONFIG_MAPS, {
      namespace: 'default',
      resourceVersion,
      timeoutSeconds: 60,
      signal: stop.signal,
    });
    earth.faults.add({ match: { verb: 'watch' }, effect: { kind: 'drop-watch-events' }, first: 1 });
    await create('a');
    await create('b');
    const seen: { type: string; object: KubeObject }[] = [];
    for await (const line of jsonLines(watch.body)) {
      seen.push(line as { type: string; object: KubeObject });
      if (seen.length === 2) break;
    }
    stop.abort();
    expect(seen.map(({ type, object }) => [type, object.kind, object.metadata.name])).toEqual([
      ['BOOKMARK', 'ConfigMap', undefined],
      ['ADDED', 'ConfigMap', 'b'],
    ]);
    const missed = await client.get(CONFIG_MAPS, { namespace: 'default', name: 'a' }, call());
    expect(seen[0]?.object.metadata.resourceVersion).toBe(missed.metadata.resourceVersion);
  });

  it('goes by a clock that is wrong', async () => {
    earth.faults.add({ effect: { kind: 'clock-offset', ms: -3_600_000 } });
    const { metadata } = await create('a');
    const behind = Date.now() - Date.parse(metadata.creationTimestamp ?? '');
    expect(behind).toBeGreaterThan(3_590_000);
    expect(behind).toBeLessThan(3_700_000);
  });

  it('takes tokens for expired until they are renewed', async () => {
    const old = await clientWith(await token());
    const listing = (using: Client) => using.raw('GET', '/version', call());
    expect((await listing(old)).status).toBe(200);
    earth.faults.add({ match: { user: 'system:serviceaccount:*' }, effect: { kind: 'expire-tokens' } });
    const refused = await listing(old).catch((error: unknown) => error);
    expect(isUnauthorized(refused)).toBe(true);
    const renewed = await clientWith(await token());
    expect((await listing(renewed)).status).toBe(200);
    await Promise.all([old.close(), renewed.close()]);
  });
});

async function clientWith(bearer: string): Promise<Client> {
  const { clusters, contexts, ...rest } = earth.kubeconfig() as Record<string, unknown>;
  const users = [{ name: 'earth', user: { token: bearer } }];
  const kubeconfig = await loadKubeconfig({ text: JSON.stringify({ ...rest, clusters, contexts, users }) });
  return createClient(endpointFor(kubeconfig, { cluster: 'earth' }));
}

async function token(): Promise<string> {
  const ref = { namespace: 'default', name: 'default' };
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } };
  const answer = await client.createSubresource<{ status: { token: string } }>(
    SERVICE_ACCOUNTS,
    ref,
    'token',
    request,
    call(),
  );
  return answer.status.token;
}

function create(name: string): Promise<KubeObject> {
  return client.create(
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } },
    call(),
  );
}

async function names(): Promise<(string | undefined)[]> {
  const { items } = await client.list(CONFIG_MAPS, { namespace: 'default', ...call() });
  return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
}

/** Listening again takes the operating system a moment. */
async function answers(): Promise<void> {
  while (
    !(await names().then(
      () => true,
      () => false,
    ))
  )
    await new Promise((resolve) => setImmediate(resolve));
}

function call(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(10_000) };
}
