import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { KubeObject, ObjectMeta } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import {
  DEFAULT_KUBEFED_NAMESPACE,
  FOLLOW_LABEL,
  FOLLOWED_FROM_ANNOTATION,
  MANAGED_LABEL,
} from '../../apis/well-known.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  federatedKindOf,
  NAMESPACES,
  REPLICA_SETS,
  SECRETS,
  SERVICES,
} from './kinds.ts';
import { ControllerProcess, succeed } from './processes.ts';

/** The host is a member itself: there the plain objects are what is followed. */
const NAMES = ['earth', 'vulcan'] as const;
type Name = (typeof NAMES)[number];
const SPACE = 'demo';
const FCM = federatedKindOf(CONFIG_MAPS);

const ref = (name: string, namespace = SPACE) => ({ name, namespace });

function configMap(name: string, data: object, metadata: ObjectMeta = {}, namespace = SPACE): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata }, data };
}

function deployment(name: string): KubeObject {
  const labels = { app: name };
  const containers = [{ name: 'web', image: 'registry.example/web:1', ports: [{ containerPort: 80 }] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: SPACE },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

describe.runIf(inject('kubeconfig') !== '')('a followed namespace', () => {
  let federation: Federation<Name>;
  let host: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, members: NAMES, planes: { auditLog: true } });
    host = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    for (const name of [SPACE, 'second', 'third']) {
      await host.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    await host.create(CONFIG_MAPS, configMap('before', { size: 'small' }));
    await succeed(federation.fedctl('federate', 'namespace', SPACE, '--contents', '--follow', '-s', NOT_FEDERATED));
    await untilPropagated(host, CONFIG_MAPS, ref('before'), NAMES);
  });

  afterAll(() => federation?.close());

  /** What following wrote of this name on the host. What sync writes there, propagation.test.ts counts. */
  async function followingWrites(name?: string): Promise<string[]> {
    // Sync writes the same objects, and may be the first of two.
    const writes = await writesOf(federation.planes.earth, { namespace: SPACE });
    return writes.filter((write) => {
      const [verb = '', resource = '', of = ''] = write.split(' ');
      return (
        verb !== 'update' && !/\/status$|^propagatedversions/.test(resource) && (name === undefined || of === name)
      );
    });
  }

  const found = (name: string, namespace = SPACE) => host.find<FederatedObject>(FCM, ref(name, namespace));
  const markOf = async (name: string) => (await found(name))?.metadata.annotations?.[FOLLOWED_FROM_ANNOTATION];

  it('has what is created, changed and deleted there created, changed and deleted in the members', async () => {
    await host.create(CONFIG_MAPS, configMap('settings', { size: 'small' }, { labels: { tier: 'web' } }));
    const copy = await vulcan.until(CONFIG_MAPS, ref('settings'), () => true);
    expect(copy).toMatchObject({
      data: { size: 'small' },
      metadata: { labels: { tier: 'web', [MANAGED_LABEL]: 'true' } },
    });
    expect((await found('settings'))?.spec.placement).toEqual({ clusterSelector: { matchLabels: {} } });

    await host.patch(CONFIG_MAPS, ref('settings'), { data: { size: 'large' } });
    await vulcan.until(CONFIG_MAPS, ref('settings'), ({ data }) => (data as { size: string }).size === 'large');
    await host.delete(CONFIG_MAPS, ref('settings'));
    await vulcan.untilGone(CONFIG_MAPS, ref('settings'));
    await host.untilGone(FCM, ref('settings'));
    expect(await followingWrites('settings')).toEqual([
      'create federatedconfigmaps settings',
      'patch federatedconfigmaps settings',
      'delete federatedconfigmaps settings',
    ]);
  });

  it('is never written to where the host is a member: what people change there is what the others get', async () => {
    await host.create(CONFIG_MAPS, configMap('original', { n: '0' }));
    await untilPropagated(host, CONFIG_MAPS, ref('original'), NAMES);
    for (let n = 1; n <= 5; n++) {
      await host.patch(CONFIG_MAPS, ref('original'), { data: { n: String(n) } });
      await vulcan.until(CONFIG_MAPS, ref('original'), ({ data }) => (data as { n: string }).n === String(n));
    }
    await untilPropagated(host, CONFIG_MAPS, ref('original'), NAMES);
    const plain = await host.get(CONFIG_MAPS, ref('original'));
    expect(plain).toMatchObject({ data: { n: '5' } });
    expect(plain.metadata.labels ?? {}).toEqual({});
    expect(plain.metadata.annotations ?? {}).toEqual({});
    const writes = await writesOf(federation.planes.earth, { namespace: SPACE });
    expect(writes.filter((write) => / configmaps /.test(write))).toEqual([]);
    expect(await followingWrites('original')).toEqual([
      'create federatedconfigmaps original',
      ...Array.from({ length: 5 }, () => 'patch federatedconfigmaps original'),
    ]);
  });

  it('has a rollout write nothing: what controllers say of a Deployment, and what they make for it, is not followed', async () => {
    await host.create(DEPLOYMENTS, deployment('web'));
    await vulcan.until(DEPLOYMENTS, ref('web'), () => true);
    await untilPropagated(host, DEPLOYMENTS, ref('web'), NAMES);
    const before = await writesOf(federation.planes.earth, { namespace: SPACE });
    for (let n = 1; n <= 20; n++) {
      const status = { replicas: 3, updatedReplicas: 3, unavailableReplicas: n % 3, observedGeneration: 1 };
      await host.patch(DEPLOYMENTS, ref('web'), { status }, 'status');
    }
    await host.create(CONFIG_MAPS, configMap('after-rollout', {}));
    await vulcan.until(CONFIG_MAPS, ref('after-rollout'), () => true);
    const since = (await writesOf(federation.planes.earth, { namespace: SPACE })).slice(before.length);
    expect(since.filter((write) => write.includes('federateddeployments'))).toEqual([]);
    expect(await host.list(federatedKindOf(DEPLOYMENTS), SPACE)).toHaveLength(1);
    await until(
      'its ReplicaSet',
      () => host.list(REPLICA_SETS, SPACE),
      (made) => made.length > 0,
    );
    expect(await host.list(federatedKindOf(REPLICA_SETS), SPACE)).toEqual([]);
  });

  it('leaves to a Service what its cluster gives it', async () => {
    await host.create(SERVICES, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: SPACE },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await untilPropagated(host, SERVICES, ref('web'), NAMES);
    const [here, there] = [await host.get(SERVICES, ref('web')), await vulcan.get(SERVICES, ref('web'))];
    const template = (await host.get<FederatedObject>(federatedKindOf(SERVICES), ref('web'))).spec.template;
    expect(JSON.stringify(template)).not.toMatch(/nodePort|clusterIP/);
    expect((here.spec as { clusterIP: string }).clusterIP).toMatch(/\d/);
    expect((there.spec as { clusterIP: string }).clusterIP).toMatch(/\d/);
  });

  it("keeps a person's placement and overrides, and a person's own federated objects", async () => {
    await host.create(CONFIG_MAPS, configMap('placed', { size: 'small' }));
    await untilPropagated(host, CONFIG_MAPS, ref('placed'), NAMES);
    const overrides = [{ clusterName: 'vulcan', clusterOverrides: [{ path: '/data/size', value: 'huge' }] }];
    await host.patch(FCM, ref('placed'), { spec: { overrides, placement: { clusters: [{ name: 'vulcan' }] } } });
    await vulcan.until(CONFIG_MAPS, ref('placed'), ({ data }) => (data as { size: string }).size === 'huge');
    await host.patch(CONFIG_MAPS, ref('placed'), { data: { more: 'yes' } });
    await vulcan.until(CONFIG_MAPS, ref('placed'), ({ data }) => (data as { more?: string }).more === 'yes');
    expect((await found('placed'))?.spec).toMatchObject({ overrides, placement: { clusters: [{ name: 'vulcan' }] } });
    // No longer placed on the host: what is there stays all the same.
    expect((await host.get(CONFIG_MAPS, ref('placed'))).data).toEqual({ size: 'small', more: 'yes' });

    await host.create(
      FCM,
      federated(CONFIG_MAPS, { ...ref('own'), template: { data: { by: 'hand' } }, on: ['vulcan'] }),
    );
    await vulcan.until(CONFIG_MAPS, ref('own'), () => true);
    await host.create(CONFIG_MAPS, configMap('own', { by: 'another' }));
    await host.create(CONFIG_MAPS, configMap('marker', {}));
    await vulcan.until(CONFIG_MAPS, ref('marker'), () => true);
    expect((await found('own'))?.spec.template).toEqual({ data: { by: 'hand' } });
    await host.delete(CONFIG_MAPS, ref('own'));
    await host.delete(CONFIG_MAPS, ref('marker'));
    await host.untilGone(FCM, ref('marker'));
    expect((await vulcan.get(CONFIG_MAPS, ref('own'))).data).toEqual({ by: 'hand' });
  });

  it('leaves out what a label leaves out, and follows it again without the label', async () => {
    await host.create(CONFIG_MAPS, configMap('switched', { n: '1' }));
    await vulcan.until(CONFIG_MAPS, ref('switched'), () => true);
    await host.patch(CONFIG_MAPS, ref('switched'), {
      metadata: { labels: { [FOLLOW_LABEL]: 'false' } },
      data: { n: '2' },
    });
    await until(
      'the mark is empty',
      () => markOf('switched'),
      (mark) => mark === '',
    );
    expect((await vulcan.get(CONFIG_MAPS, ref('switched'))).data).toEqual({ n: '1' });
    await host.patch(CONFIG_MAPS, ref('switched'), { metadata: { labels: { [FOLLOW_LABEL]: null } } });
    await vulcan.until(CONFIG_MAPS, ref('switched'), ({ data }) => (data as { n: string }).n === '2');

    await host.patch(CONFIG_MAPS, ref('switched'), { metadata: { labels: { [FOLLOW_LABEL]: 'false' } } });
    await until(
      'the mark is empty',
      () => markOf('switched'),
      (mark) => mark === '',
    );
    await host.delete(CONFIG_MAPS, ref('switched'));
    await host.create(CONFIG_MAPS, configMap('marker', {}));
    await vulcan.until(CONFIG_MAPS, ref('marker'), () => true);
    expect((await vulcan.get(CONFIG_MAPS, ref('switched'))).data).toEqual({ n: '2' });
  });

  it('finds after a restart what was created, changed, deleted and made anew meanwhile, and writes nothing else', async () => {
    for (const name of ['kept', 'changed', 'deleted', 'anew'])
      await host.create(CONFIG_MAPS, configMap(name, { n: '1' }));
    for (const name of ['kept', 'changed', 'deleted', 'anew'])
      await untilPropagated(host, CONFIG_MAPS, ref(name), NAMES);
    const { metadata } = await vulcan.get(CONFIG_MAPS, ref('kept'));
    const copyOfAnew = (await vulcan.get(CONFIG_MAPS, ref('anew'))).metadata.uid;
    await federation.controller.stop();
    await host.patch(CONFIG_MAPS, ref('changed'), { data: { n: '2' } });
    await host.delete(CONFIG_MAPS, ref('deleted'));
    await host.delete(CONFIG_MAPS, ref('anew'));
    const anew = await host.create(CONFIG_MAPS, configMap('anew', { n: '2' }));
    await host.create(CONFIG_MAPS, configMap('new', { n: '1' }));
    const before = (await followingWrites()).length;
    await federation.restart();

    await vulcan.until(CONFIG_MAPS, ref('changed'), ({ data }) => (data as { n: string }).n === '2');
    await vulcan.until(CONFIG_MAPS, ref('anew'), ({ data }) => (data as { n: string }).n === '2');
    await vulcan.until(CONFIG_MAPS, ref('new'), () => true);
    await vulcan.untilGone(CONFIG_MAPS, ref('deleted'));
    await host.untilGone(FCM, ref('deleted'));
    expect(await markOf('anew')).toBe(anew.metadata.uid);
    expect((await vulcan.get(CONFIG_MAPS, ref('anew'))).metadata.uid).toBe(copyOfAnew);
    expect((await vulcan.get(CONFIG_MAPS, ref('kept'))).metadata.resourceVersion).toBe(metadata.resourceVersion);
    const own = (await followingWrites()).slice(before);
    expect(own.sort()).toEqual([
      'create federatedconfigmaps new',
      'delete federatedconfigmaps deleted',
      'patch federatedconfigmaps anew',
      'patch federatedconfigmaps changed',
    ]);
  });

  it('follows a kind that is enabled later, and lets its federated objects be when it is disabled', async () => {
    await host.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'key', namespace: SPACE },
      data: {},
    });
    await succeed(federation.fedctl('enable', 'secrets'));
    await vulcan.until(SECRETS, ref('key'), () => true);
    await succeed(federation.fedctl('disable', 'secrets'));
    await host.delete(SECRETS, ref('key'));
    await host.create(CONFIG_MAPS, configMap('after-secret', {}));
    await vulcan.until(CONFIG_MAPS, ref('after-secret'), () => true);
    expect(await host.find(federatedKindOf(SECRETS), ref('key'))).toBeDefined();
    expect(await vulcan.find(SECRETS, ref('key'))).toBeDefined();
  });

  it('is one of several, begun with YAML as well as with fedctl, and status names them', async () => {
    await federateNamespace(host, 'fourth', NAMES);
    await succeed(federation.fedctl('federate', 'namespace', 'second', '--contents', '--follow'));
    await federation.apply(
      'earth',
      `apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: { name: third, namespace: third, labels: { ${FOLLOW_LABEL}: "true" } }
spec: { template: {}, placement: { clusterSelector: {} } }
`,
    );
    for (const namespace of ['second', 'third', 'fourth']) {
      await host.create(CONFIG_MAPS, configMap('settings', { from: namespace }, {}, namespace));
    }
    for (const namespace of ['second', 'third']) {
      await vulcan.until(CONFIG_MAPS, ref('settings', namespace), () => true);
    }
    expect(await found('settings', 'fourth')).toBeUndefined();
    expect(await succeed(federation.fedctl('status'))).toContain(`Following:     ${SPACE}, second, third\n`);
  });

  it('that is no longer followed keeps everything, and changes nothing more', async () => {
    const out = await succeed(federation.fedctl('federate', 'namespace', 'second', '--unfollow'));
    expect(out).toContain('namespace second is no longer followed\n1 federated object stays');
    // Where the host is a member, the object there is a copy like any other from now on.
    await host.until(
      CONFIG_MAPS,
      ref('settings', 'second'),
      ({ metadata }) => metadata.labels?.[MANAGED_LABEL] === 'true',
    );
    await host.create(CONFIG_MAPS, configMap('late', {}, {}, 'second'));
    await host.create(CONFIG_MAPS, configMap('late', {}, {}, 'third'));
    await vulcan.until(CONFIG_MAPS, ref('late', 'third'), () => true);
    expect(await found('late', 'second')).toBeUndefined();
    expect((await found('settings', 'second'))?.metadata.annotations ?? {}).toEqual({});
    expect(await succeed(federation.fedctl('status'))).toContain(`Following:     ${SPACE}, third\n`);
  });

  it('releases what it looked after like a copy before, and deletes nothing of it', async () => {
    await succeed(federation.fedctl('federate', 'namespace', 'second', '--contents', '--follow'));
    await host.until(
      CONFIG_MAPS,
      ref('settings', 'second'),
      ({ metadata }) => metadata.labels?.[MANAGED_LABEL] === undefined,
    );
    await host.delete(FCM, ref('settings', 'second'));
    // It is made again, for the plain object is still there.
    const made = await host.until(
      FCM,
      ref('settings', 'second'),
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
    expect(made.metadata.annotations?.[FOLLOWED_FROM_ANNOTATION]).toBeDefined();
    expect((await host.get(CONFIG_MAPS, ref('settings', 'second'))).data).toEqual({ from: 'second' });
  });

  it('of a thousand objects is followed with one write each, and not one at a restart', async () => {
    await federateNamespace(host, 'hot', []);
    const names = Array.from({ length: 1_000 }, (_, index) => `settings-${index}`);
    await inParallel(names, (name) => host.create(CONFIG_MAPS, configMap(name, { name }, {}, 'hot')));
    const following = async () => {
      const writes = await writesOf(federation.planes.earth, { namespace: 'hot' });
      return writes.filter((write) => !/^update | (federatednamespaces|propagatedversions)/.test(write));
    };
    await host.patch(federatedKindOf(NAMESPACES), ref('hot', 'hot'), {
      metadata: { labels: { [FOLLOW_LABEL]: 'true' } },
    });
    await until(
      'all are federated',
      async () => (await host.list(FCM, 'hot')).length,
      (count) => count === names.length,
      { withinMs: 300_000, everyMs: 1_000 },
    );
    const created = names.map((name) => `create federatedconfigmaps ${name}`).sort();
    expect((await following()).sort()).toEqual(created);

    await federation.restart();
    await host.create(CONFIG_MAPS, configMap('one-more', {}, {}, 'hot'));
    await host.until(FCM, ref('one-more', 'hot'), () => true, { withinMs: 120_000 });
    expect((await following()).sort()).toEqual(['create federatedconfigmaps one-more', ...created]);
  }, 600_000);

  it('is followed with the rights that the manifests and fedctl grant, and no more', async () => {
    await federation.kubectl('earth', 'apply', '-f', 'manifests/rbac/controller.yaml');
    const account = `system:serviceaccount:${DEFAULT_KUBEFED_NAMESPACE}:fedmesh-controller`;
    const may = async (...words: string[]) => {
      const answer = federation.kubectl('earth', 'auth', 'can-i', ...words, `--as=${account}`).catch(() => 'no');
      return (await answer).trim();
    };
    expect(await may('list', 'configmaps', '-n', SPACE)).toBe('yes');
    expect(await may('create', 'federatedconfigmaps.types.kubefed.io', '-n', SPACE)).toBe('yes');
    expect(await may('update', 'configmaps', '-n', SPACE)).toBe('no');
    expect(await may('list', 'secrets', '-n', SPACE)).toBe('no');
    expect(await may('list', 'configmaps', '-n', 'fourth')).toBe('no');
    expect(await may('create', 'federatedconfigmaps.types.kubefed.io', '-n', 'fourth')).toBe('no');

    const inNamespace = ['-n', DEFAULT_KUBEFED_NAMESPACE];
    const token = (await federation.kubectl('earth', ...inNamespace, 'create', 'token', 'fedmesh-controller')).trim();
    await federation.controller.stop();
    federation.controller = await ControllerProcess.start({ kubeconfig: await kubeconfigWith(token) });
    await host.create(CONFIG_MAPS, configMap('by-right', { n: '1' }));
    await vulcan.until(CONFIG_MAPS, ref('by-right'), () => true);
    await host.patch(CONFIG_MAPS, ref('by-right'), { data: { n: '2' } });
    await vulcan.until(CONFIG_MAPS, ref('by-right'), ({ data }) => (data as { n: string }).n === '2');
    await host.delete(CONFIG_MAPS, ref('by-right'));
    await vulcan.untilGone(CONFIG_MAPS, ref('by-right'));

    // Followed by its label alone, without the right to it: the FederatedNamespace says what is missing.
    const events = await until(
      'somebody says what is missing in "third"',
      () => host.list(EVENTS, 'third'),
      (seen) => seen.some(({ reason }) => reason === 'FollowForbidden'),
    );
    expect(events.find(({ reason }) => reason === 'FollowForbidden')?.message).toContain(
      'fedctl federate namespace third --contents --follow',
    );
  });

  /** The host's context as the controller's ServiceAccount. */
  async function kubeconfigWith(token: string): Promise<string> {
    const config = parse(await readFile(federation.kubeconfig, 'utf8')) as {
      'current-context': string;
      contexts: { name: string; context: { user: string } }[];
      users: { name: string; user: object }[];
    };
    config['current-context'] = 'earth';
    const context = config.contexts.find(({ name }) => name === 'earth')?.context;
    config.users = config.users.map((each) => (each.name === context?.user ? { ...each, user: { token } } : each));
    const file = `${federation.kubeconfig}.following`;
    await writeFile(file, stringify(config));
    return file;
  }
});

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** Kinds that every namespace may hold and that a new installation does not federate. */
const NOT_FEDERATED = 'secrets';
