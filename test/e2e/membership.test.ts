import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { endpointOf, type Secret, tokenOf } from '../../controller/clusters/endpoint.ts';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from '../../controller/kube/core-kinds.ts';
import { isForbidden } from '../../controller/kube/errors.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { optional } from '../../controller/kube/optional.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from '../../controller/membership/kinds.ts';
import { requestToken } from '../../controller/membership/token.ts';
import { eventually } from '../kube/eventually.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from './kinds.ts';
import { differences, type Listing, listEverything, tracesIn } from './listing.ts';
import { ControllerProcess, type Finished, fedctl, succeed } from './processes.ts';

const NAMESPACE = 'kube-federation-system';
const never = new AbortController().signal;
type Name = 'host' | 'earth' | 'vulcan';

describe.runIf(inject('kubeconfig') !== '')('membership on real API servers', () => {
  let planes: ControlPlanes<Name>;
  let clients: Record<Name, Client>;
  let untouched: Listing;

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['host', 'earth', 'vulcan'] });
    const kubeconfig = await loadKubeconfig({ path: planes.kubeconfigPath });
    const client = (name: Name) => createClient(endpointFor(kubeconfig, { context: name, cluster: name }), {});
    clients = { host: client('host'), earth: client('earth'), vulcan: client('vulcan') };
    await succeed(run('init'));
    await rested(clients.vulcan, ['default', 'kube-public', 'kube-system', 'kube-node-lease']);
    untouched = await listEverything(clients.vulcan, never);
  });

  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) await client.close();
    await planes?.close();
  });

  function run(...args: string[]): Promise<Finished> {
    return fedctl(planes.kubeconfigPath, [...args, '--host-cluster-context', 'host']);
  }

  async function memberOf(name: string): Promise<KubeFedCluster | undefined> {
    return optional(
      clients.host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { namespace: NAMESPACE, name }, { signal: never }),
    );
  }

  /** A client with the rights that join gave. */
  async function asMember(name: string): Promise<Client> {
    const cluster = await memberOf(name);
    if (cluster === undefined) throw new Error(`${name} is no member`);
    const ref = { namespace: NAMESPACE, name: cluster.spec.secretRef.name };
    const secret = await clients.host.get<Secret>(SECRETS, ref, { signal: never });
    const authorization = `Bearer ${tokenOf(secret) ?? ''}`;
    return createClient(endpointOf(cluster, { get: async () => ({ authorization }), invalidate: () => undefined }), {});
  }

  async function vulcanIsAsItWas(): Promise<void> {
    await eventually(
      'vulcan is as it was before it joined',
      async () => differences(untouched, await listEverything(clients.vulcan, never)),
      (found) => found.length === 0,
      { withinMs: 120_000 },
    );
  }

  /** A kubeconfig in which one context is changed. */
  async function kubeconfigWith(change: (config: KubeconfigFile) => void): Promise<string> {
    const { readFile } = await import('node:fs/promises');
    const config = parse(await readFile(planes.kubeconfigPath, 'utf8')) as KubeconfigFile;
    change(config);
    const path = join(planes.dir, `changed-${changed++}.kubeconfig`);
    await writeFile(path, stringify(config));
    return path;
  }
  let changed = 0;

  it('grants what is federated and nothing else, with a token that ends', async () => {
    await succeed(run('join', 'vulcan'));
    const member = await asMember('vulcan');
    try {
      await expect(member.listAll(DEPLOYMENTS, { signal: never })).resolves.toBeDefined();
      for (const refused of [
        () => member.listAll(SECRETS, { signal: never }),
        () => member.get(SECRETS, { namespace: NAMESPACE, name: 'any' }, { signal: never }),
        () => member.listAll(CLUSTER_ROLES, { signal: never }),
        () =>
          member.patch(
            CLUSTER_ROLES,
            { name: 'kubefed-controller-manager:vulcan-host' },
            { type: 'merge', body: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] } },
            { signal: never },
          ),
        () => requestToken(member, { namespace: NAMESPACE, name: 'default' }, { now: 0, signal: never }),
      ]) {
        await expect(refused()).rejects.toSatisfy(isForbidden);
      }
      const own = { namespace: NAMESPACE, name: 'vulcan-host' };
      const renewed = await requestToken(member, own, { now: Date.now(), signal: never });
      const days = (Date.parse(renewed.expires) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(6.9);
      expect(days).toBeLessThan(7.1);
    } finally {
      await member.close();
    }
    await succeed(run('unjoin', 'vulcan'));
    await vulcanIsAsItWas();
    expect(tracesIn(await listEverything(clients.vulcan, never))).toEqual([]);
  });

  it('says what is in the way of a join, with the exit code for it, and changes nothing', async () => {
    await succeed(run('join', 'earth'));
    const server = (config: KubeconfigFile) => config.clusters.find(({ name }) => name === 'vulcan')?.cluster ?? {};
    const gone = await kubeconfigWith((config) => Object.assign(server(config), { server: 'https://127.0.0.1:1' }));
    const misnamed = await kubeconfigWith((config) =>
      Object.assign(server(config), { 'tls-server-name': 'nobody.example' }),
    );
    const stranger = await kubeconfigWith((config) => {
      const user = config.users.find(({ name }) => name === userOf(config, 'vulcan'));
      if (user !== undefined) user.user = { token: 'of-a-stranger' };
    });
    const attempts: [string[], number, RegExp, RegExp][] = [
      [['Vulcan_1', '--cluster-context', 'vulcan'], 2, /is not a name for a cluster/, /--cluster-context/],
      [['mars'], 1, /no context "mars"/, /host, earth, vulcan/],
      [['vulcan', '--cluster-kubeconfig', gone], 5, /unreachable from here.*127\.0\.0\.1:1/, /runs/],
      [
        ['vulcan', '--cluster-kubeconfig', misnamed],
        1,
        /not valid for "nobody.example".*127\.0\.0\.1/,
        /--tls-server-name/,
      ],
      [['vulcan', '--cluster-kubeconfig', stranger], 1, /does not accept/, /--cluster-context/],
      [['earth', '--cluster-context', 'vulcan'], 4, /another cluster has joined as "earth"/, /another name/],
      [['terra', '--cluster-context', 'earth'], 4, /has joined already, as "earth"/, /unjoin earth/],
      [['earth', '--error-on-existing'], 4, /has joined already/, /mends/],
      [['vulcan', '--labels', 'burst=a=b'], 2, /burst=a=b/, /key=value/],
    ];
    for (const [args, code, message, hint] of attempts) {
      const finished = await run('join', ...args);
      const { stderr } = finished;
      expect({ args, code: finished.code }).toEqual({ args, code });
      expect(stderr.split('\n').find((line) => line.startsWith('error:'))).toMatch(message);
      expect(stderr.split('\n').find((line) => line.startsWith('hint:'))).toMatch(hint);
    }
    await vulcanIsAsItWas();
    expect(await memberOf('vulcan')).toBeUndefined();
  });

  it('turns a second control plane away, whoever holds the member', async () => {
    const held = async (uid: string) => {
      const body = { metadata: { annotations: { 'fedmesh.io/control-plane': uid } } };
      const name = 'kubefed-controller-manager:earth-host';
      await clients.earth.patch(CLUSTER_ROLES, { name }, { type: 'merge', body }, { signal: never });
    };
    const ours = await clients.host.get<KubeObject>(NAMESPACES, { name: NAMESPACE }, { signal: never });
    await held('somebody-else');
    const second = await run('join', 'earth');
    await held(ours.metadata.uid ?? '');
    expect([second.code, second.stderr]).toEqual([4, expect.stringContaining('managed by another control plane')]);
    await succeed(run('join', 'earth'));
    const role = { metadata: { name: 'kubefed-controller-manager:vulcan-elsewhere' }, rules: [] };
    await clients.vulcan.create<KubeObject>(CLUSTER_ROLES, role, { signal: never });
    const third = await run('join', 'vulcan');
    expect([third.code, third.stderr]).toEqual([4, expect.stringContaining(role.metadata.name)]);
    await clients.vulcan.delete(CLUSTER_ROLES, { name: role.metadata.name }, { signal: never });
  });

  it('takes back what it had made when a right is missing half-way, and names verb and resource', async () => {
    const rules = [
      { apiGroups: [''], resources: ['namespaces', 'serviceaccounts'], verbs: ['get', 'create', 'delete'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['get', 'list'] },
    ];
    const { vulcan } = clients;
    const account = { namespace: 'default', name: 'half' };
    await vulcan.create<KubeObject>(SERVICE_ACCOUNTS, { metadata: account }, { signal: never });
    await vulcan.create<KubeObject>(CLUSTER_ROLES, { metadata: { name: 'half' }, rules }, { signal: never });
    const binding = {
      metadata: { name: 'half' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'half' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    };
    await vulcan.create<KubeObject>(CLUSTER_ROLE_BINDINGS, binding, { signal: never });
    const { token } = await requestToken(vulcan, account, { now: Date.now(), signal: never });
    const limited = await kubeconfigWith((config) => {
      const user = config.users.find(({ name }) => name === userOf(config, 'vulcan'));
      if (user !== undefined) user.user = { token };
    });
    const { code, stderr } = await run('join', 'vulcan', '--cluster-kubeconfig', limited);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: ClusterRole kubefed-controller-manager:vulcan-host: .*cannot create.*clusterroles/);
    expect(stderr).toMatch(/hint: .*rights of a cluster administrator.*taken back/);
    await vulcan.delete(CLUSTER_ROLE_BINDINGS, { name: 'half' }, { signal: never });
    await vulcan.delete(CLUSTER_ROLES, { name: 'half' }, { signal: never });
    await vulcan.delete(SERVICE_ACCOUNTS, account, { signal: never });
    await vulcanIsAsItWas();
    expect(await memberOf('vulcan')).toBeUndefined();
  });

  it('leaves a namespace that was there before, with all that is in it', async () => {
    const { vulcan } = clients;
    await vulcan.create<KubeObject>(NAMESPACES, { metadata: { name: NAMESPACE } }, { signal: never });
    const note = { metadata: { name: 'note', namespace: NAMESPACE }, data: { mine: 'yes' } };
    await vulcan.create<KubeObject>(CONFIG_MAPS, note, { signal: never });
    await rested(vulcan, [NAMESPACE]);
    const before = await listEverything(vulcan, never);
    await succeed(run('join', 'vulcan', '--rbac', 'full'));
    const { stdout } = await run('unjoin', 'vulcan');
    expect(stdout).toContain(`kept namespaces ${NAMESPACE}: it was there before`);
    await eventually(
      'nothing but the namespace is left',
      async () => differences(before, await listEverything(vulcan, never)),
      (found) => found.length === 0,
      { withinMs: 120_000 },
    );
    await vulcan.delete(NAMESPACES, { name: NAMESPACE }, { signal: never });
    await vulcanIsAsItWas();
  });

  it('lets the host be a member and leave again without harm to its control plane', async () => {
    const before = await listEverything(clients.host, never);
    await succeed(run('join', 'host'));
    await succeed(run('unjoin', 'host'));
    await eventually(
      'the host is as it was, but for the receipt',
      async () =>
        differences(before, await listEverything(clients.host, never)).filter(
          (line) => !line.startsWith('too much: unjoinreceipts.fedmesh.io'),
        ),
      (found) => found.length === 0,
      { withinMs: 120_000 },
    );
  });

  it("cleans a member that KubeFed's own tool had joined", async () => {
    const { vulcan, host } = clients;
    const names = { serviceAccount: 'vulcan-host', role: 'kubefed-controller-manager:vulcan-host' };
    await vulcan.create<KubeObject>(NAMESPACES, { metadata: { name: NAMESPACE } }, { signal: never });
    await vulcan.create<KubeObject>(
      SERVICE_ACCOUNTS,
      { metadata: { name: names.serviceAccount, namespace: NAMESPACE } },
      { signal: never },
    );
    const annotations = { 'kubernetes.io/service-account.name': names.serviceAccount };
    const tokenSecret = {
      metadata: { name: names.serviceAccount, namespace: NAMESPACE, annotations },
      type: 'kubernetes.io/service-account-token',
    };
    await vulcan.create<KubeObject>(SECRETS, tokenSecret, { signal: never });
    const rules = [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ];
    await vulcan.create<KubeObject>(CLUSTER_ROLES, { metadata: { name: names.role }, rules }, { signal: never });
    const binding = {
      metadata: { name: names.role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: names.role },
      subjects: [{ kind: 'ServiceAccount', name: names.serviceAccount, namespace: NAMESPACE }],
    };
    await vulcan.create<KubeObject>(CLUSTER_ROLE_BINDINGS, binding, { signal: never });
    const filled = await eventually(
      'the token is issued',
      () => vulcan.get<Secret>(SECRETS, { namespace: NAMESPACE, name: names.serviceAccount }, { signal: never }),
      (secret) => tokenOf(secret) !== undefined,
      { withinMs: 120_000 },
    );
    const kubeconfig = await loadKubeconfig({ path: planes.kubeconfigPath });
    const { server, tls } = endpointFor(kubeconfig, { context: 'vulcan', cluster: 'vulcan' });
    const token = filled.data?.token ?? '';
    await host.create<Secret>(
      SECRETS,
      { metadata: { name: 'vulcan-x7k2p', namespace: NAMESPACE }, data: { token } },
      { signal: never },
    );
    await host.create<KubeFedCluster>(
      KUBEFED_CLUSTERS,
      {
        apiVersion: 'core.kubefed.io/v1beta1',
        kind: 'KubeFedCluster',
        metadata: { name: 'vulcan', namespace: NAMESPACE },
        spec: {
          apiEndpoint: server,
          caBundle: Buffer.from(tls.ca ?? '').toString('base64'),
          secretRef: { name: 'vulcan-x7k2p' },
        },
      },
      { signal: never },
    );
    const controller = await ControllerProcess.start({ kubeconfig: planes.kubeconfigPath });
    try {
      await succeed(run('unjoin', 'vulcan'));
    } finally {
      await controller.stop();
    }
    await vulcanIsAsItWas();
    expect(
      await optional(host.get(SECRETS, { namespace: NAMESPACE, name: 'vulcan-x7k2p' }, { signal: never })),
    ).toBeUndefined();
  });

  it('only releases what a member bears when its KubeFedCluster is deleted in some other way', async () => {
    const { vulcan, host } = clients;
    await succeed(run('join', 'vulcan'));
    const controller = await ControllerProcess.start({ kubeconfig: planes.kubeconfigPath });
    try {
      const cluster = await eventually(
        'vulcan is held',
        () => memberOf('vulcan'),
        (seen) => seen?.metadata.finalizers?.includes('fedmesh.io/membership') === true,
        { withinMs: 120_000 },
      );
      const { namespace } = cluster?.metadata ?? {};
      await vulcan.create<KubeObject>(
        CONFIG_MAPS,
        {
          metadata: {
            name: 'kept',
            namespace: 'default',
            labels: { 'kubefed.io/managed': 'true' },
            annotations: {
              'fedmesh.io/created-by':
                (await host.get(NAMESPACES, { name: NAMESPACE }, { signal: never })).metadata.uid ?? '',
            },
          },
          data: { a: 'b' },
        },
        { signal: never },
      );
      await host.delete(KUBEFED_CLUSTERS, { namespace: namespace ?? '', name: 'vulcan' }, { signal: never });
      await eventually(
        'vulcan has left',
        () => memberOf('vulcan'),
        (seen) => seen === undefined,
        { withinMs: 120_000 },
      );
    } finally {
      await controller.stop();
    }
    const kept = await vulcan.get<KubeObject>(CONFIG_MAPS, { namespace: 'default', name: 'kept' }, { signal: never });
    expect(kept).toMatchObject({ data: { a: 'b' } });
    expect([kept.metadata.labels, kept.metadata.annotations]).toEqual([undefined, undefined]);
    await vulcan.delete(CONFIG_MAPS, { namespace: 'default', name: 'kept' }, { signal: never });
    await vulcanIsAsItWas();
  });

  it('keeps a member that does not answer, until --force takes it out and says what is left behind', async () => {
    await planes.planes.earth.kill();
    const refused = await run('unjoin', 'earth');
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('--force')]);
    expect(refused.stderr).toContain('would be left in earth: ServiceAccount kube-federation-system/earth-host');
    expect((await memberOf('earth'))?.metadata.deletionTimestamp).toBeUndefined();
    const forced = await run('unjoin', 'earth', '--force');
    expect([forced.code, forced.stderr]).toEqual([0, expect.stringContaining('left behind in earth: ClusterRole')]);
    expect(await memberOf('earth')).toBeUndefined();
    const secret = { namespace: NAMESPACE, name: 'earth-token' };
    expect(await optional(clients.host.get(SECRETS, secret, { signal: never }))).toBeUndefined();
  });
});

interface KubeconfigFile {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: { name: string; user: Record<string, unknown> }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
}

function userOf(config: KubeconfigFile, context: string): string | undefined {
  return config.contexts.find(({ name }) => name === context)?.context.user;
}

/** Namespaces get their ConfigMap and their ServiceAccount a moment after they are made. */
async function rested(client: Client, namespaces: readonly string[]): Promise<void> {
  await eventually(
    'every namespace has what it gets',
    async () => {
      const found = await Promise.all(
        namespaces.flatMap((namespace) => [
          optional(client.get(CONFIG_MAPS, { namespace, name: 'kube-root-ca.crt' }, { signal: never })),
          optional(client.get(SERVICE_ACCOUNTS, { namespace, name: 'default' }, { signal: never })),
        ]),
      );
      return found.filter((object) => object === undefined).length;
    },
    (missing) => missing === 0,
    { withinMs: 120_000 },
  );
}
