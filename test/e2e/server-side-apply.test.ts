import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import {
  ADOPT_ANNOTATION,
  CREATED_BY_ANNOTATION,
  DEFAULT_KUBEFED_NAMESPACE,
  SERVER_SIDE_APPLY_ANNOTATION,
} from '../../apis/well-known.ts';
import { groupResourceOf, type Resource } from '../../controller/kube/resource.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding, type Wish } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, SERVICES } from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const NAMESPACE = 'applied';
const APPLIED = [CONFIG_MAPS, DEPLOYMENTS, SERVICES];

const web = (more: object = {}) => ({
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
    ...more,
  },
});

describe.runIf(inject('kubeconfig') !== '')('a type that is written with server-side apply', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    await federateNamespace(host, NAMESPACE, BOTH);
    for (const target of APPLIED) await switchTo(target, 'true');
  });

  afterAll(() => federation?.close());

  const members = () => [earth, vulcan];
  const here = (name: string) => ({ name, namespace: NAMESPACE });

  /** The type config is taken up in an instant; what is placed afterwards shows that it was. */
  async function switchTo(target: Resource, value: 'true' | null): Promise<void> {
    await host.patch(
      FEDERATED_TYPE_CONFIGS,
      { name: groupResourceOf(target), namespace: DEFAULT_KUBEFED_NAMESPACE },
      { metadata: { annotations: { [SERVER_SIDE_APPLY_ANNOTATION]: value } } },
    );
    await federation.restart();
  }

  async function place(target: Resource, wish: Wish) {
    const ref = here(wish.name);
    await host.create(federatedKindOf(target), federated(target, { on: BOTH, ...ref, ...wish }));
    await untilPropagated(host, target, ref, BOTH);
    return ref;
  }

  async function change(target: Resource, ref: { name: string; namespace: string }, spec: object) {
    await host.patch(federatedKindOf(target), ref, { spec });
    await untilPropagated(host, target, ref, BOTH);
  }

  async function writesAbout(name: string): Promise<string[]> {
    const logs = await Promise.all(
      NAMES.map(async (plane) =>
        (await writesOf(federation.planes[plane], { namespace: NAMESPACE })).map((write) => `${plane}: ${write}`),
      ),
    );
    return logs
      .flat()
      .filter((write) => write.endsWith(` ${name}`))
      .toSorted();
  }

  /** Audit logs come a moment after the answers. */
  const untilWritten = (name: string, count: number) =>
    until(
      `${count} writes about ${name}`,
      () => writesAbout(name),
      (writes) => writes.length >= count,
    );

  /** What the controller had to do about older changes it has done when this one has gone through. */
  async function settle(name: string): Promise<void> {
    const ref = await place(CONFIG_MAPS, { name, template: { data: { a: '1' } } });
    await earth.patch(CONFIG_MAPS, ref, { data: { a: 'drift' } });
    await earth.until(CONFIG_MAPS, ref, ({ data }) => (data as { a: string }).a === '1');
  }

  const owners = ({ metadata }: KubeObject) =>
    (metadata.managedFields ?? [])
      .filter(({ subresource }) => !subresource)
      .map((each) => `${each.manager} ${each.operation}`);

  it.each([
    { target: DEPLOYMENTS, template: web(), update: { spec: { paused: true } } },
    { target: CONFIG_MAPS, template: { data: { a: '1' } }, update: { data: { a: '2' } } },
    { target: SERVICES, template: { spec: { ports: [{ port: 80 }] } }, update: { spec: { selector: { app: 'b' } } } },
  ])('$target.plural: costs four writes to create and three to update, and a restart none', async (row) => {
    const { target, template, update } = row;
    const name = `counted-${target.plural}`;
    const ref = await place(target, { name, template });
    const { plural } = target;
    const created = [
      `earth: patch ${plural} ${name}`,
      `host: update federated${plural} ${name}`,
      `host: update federated${plural}/status ${name}`,
      `vulcan: patch ${plural} ${name}`,
    ];
    expect(await untilWritten(name, 4)).toEqual(created);
    for (const member of members()) {
      const copy = await member.get(target, ref);
      expect(owners(copy)).toContain('fedmesh Apply');
      expect(owners(copy)).not.toContain('fedmesh Update');
      expect(copy.metadata.annotations).toHaveProperty([CREATED_BY_ANNOTATION]);
    }
    await change(target, ref, { template: update });
    const updated = [created[0], created[2], created[3]];
    const all = [...created, ...updated].toSorted();
    expect(await untilWritten(name, 7)).toEqual(all);
    expect(await earth.get(target, ref)).toMatchObject(update);
    await federation.restart();
    await settle(`restarted-${plural}`);
    await untilPropagated(host, target, ref, BOTH);
    expect(await writesAbout(name)).toEqual(all);
  });

  it('loses what the template loses, and leaves what others wrote beside it, without a word or a write', async () => {
    const template = { metadata: { labels: { ours: 'yes' } }, data: { a: '1', b: '2' } };
    const ref = await place(CONFIG_MAPS, { name: 'shared', template });
    const before = await untilWritten('shared', 4);
    await earth.patch(CONFIG_MAPS, ref, { metadata: { labels: { theirs: 'yes' } }, data: { c: '3' } });
    await settle('shared-and-settled');
    expect(await writesAbout('shared')).toEqual(before);
    await host.patch(federatedKindOf(CONFIG_MAPS), ref, {
      spec: { template: { metadata: { labels: { ours: null } }, data: { b: null } } },
    });
    await untilPropagated(host, CONFIG_MAPS, ref, BOTH);
    const { data, metadata } = await earth.get(CONFIG_MAPS, ref);
    expect(data).toEqual({ a: '1', c: '3' });
    expect(metadata.labels).toEqual({ theirs: 'yes', 'kubefed.io/managed': 'true' });
    expect((await vulcan.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });
  });

  it('takes back what others write into its fields', async () => {
    const ref = await place(CONFIG_MAPS, { name: 'drifting', template: { data: { a: '1' } } });
    await earth.patch(CONFIG_MAPS, ref, { data: { a: 'theirs', more: 'theirs' } });
    await earth.until(CONFIG_MAPS, ref, ({ data }) => (data as { a: string }).a === '1');
    expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1', more: 'theirs' });
    const deployment = await place(DEPLOYMENTS, { name: 'drifting', template: web() });
    await earth.patch(DEPLOYMENTS, deployment, { spec: { replicas: 7, minReadySeconds: 5 } });
    await earth.until(DEPLOYMENTS, deployment, ({ spec }) => (spec as { replicas: number }).replicas === 3);
    expect(await earth.get(DEPLOYMENTS, deployment)).toMatchObject({ spec: { minReadySeconds: 5 } });
  });

  it('leaves replicas to an autoscaler: none is reset when Fedmesh falls silent about them', async () => {
    const ref = await place(DEPLOYMENTS, { name: 'scaled', template: web(), spec: { retainReplicas: true } });
    // Nobody scaled in vulcan: there it is still ours by the creation.
    await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 8 } });
    await change(DEPLOYMENTS, ref, { template: web({ paused: true }) });
    expect(await earth.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 8, paused: true } });
    expect(await vulcan.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 3, paused: true } });
    await change(DEPLOYMENTS, ref, { template: web({ paused: false, replicas: 5 }) });
    expect(await vulcan.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 3 } });
    await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 9 } });
    await settle('scaled-and-settled');
    expect(await earth.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 9 } });
    const { conditions } = await untilStanding(host, DEPLOYMENTS, ref, ({ propagation }) => propagation === 'True');
    expect(conditions).not.toHaveProperty('DriftContested');
  });

  it('adopts what has all that it says, and leaves what differs', async () => {
    const object = (name: string, data: object) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: here(name),
      data,
    });
    await earth.create(CONFIG_MAPS, object('more', { a: '1', theirs: 'yes' }));
    const more = await place(CONFIG_MAPS, { name: 'more', template: { data: { a: '1' } } });
    const { data, metadata } = await earth.get(CONFIG_MAPS, more);
    expect(data).toEqual({ a: '1', theirs: 'yes' });
    expect(metadata.annotations ?? {}).not.toHaveProperty([CREATED_BY_ANNOTATION]);

    await earth.create(CONFIG_MAPS, object('other', { a: 'theirs' }));
    const other = here('other');
    await host.create(
      federatedKindOf(CONFIG_MAPS),
      federated(CONFIG_MAPS, { ...other, template: { data: { a: '1' } }, on: BOTH }),
    );
    const { messages } = await untilStanding(
      host,
      CONFIG_MAPS,
      other,
      ({ clusters }) => clusters.earth === 'AlreadyExists' && clusters.vulcan === 'OK',
    );
    expect(messages.earth).toContain('/data/a');
    await host.patch(federatedKindOf(CONFIG_MAPS), other, {
      metadata: { annotations: { [ADOPT_ANNOTATION]: 'true' } },
    });
    await untilPropagated(host, CONFIG_MAPS, other, BOTH);
    expect((await earth.get(CONFIG_MAPS, other)).data).toEqual({ a: '1' });
  });

  it('keeps a Service as its members have it: addresses, ports, and what others add', async () => {
    const template = { spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } };
    const ref = await place(SERVICES, { name: 'web', template });
    const before = (await earth.get(SERVICES, ref)).spec as { clusterIP: string; ports: { nodePort: number }[] };
    await earth.patch(SERVICES, ref, { spec: { externalIPs: ['192.0.2.1'] } });
    const ports = [
      { name: 'http', port: 80 },
      { name: 'https', port: 443 },
    ];
    await change(SERVICES, ref, { template: { spec: { ports } } });
    expect(await earth.get(SERVICES, ref)).toMatchObject({
      spec: {
        clusterIP: before.clusterIP,
        externalIPs: ['192.0.2.1'],
        ports: [{ name: 'http', nodePort: before.ports[0]?.nodePort }, { name: 'https' }],
      },
    });
  });

  it('may be switched on and off for what is there: nothing is written for that, and what the template loses goes', async () => {
    await switchTo(CONFIG_MAPS, null);
    const ref = await place(CONFIG_MAPS, { name: 'switched', template: { data: { a: '1', b: '2', c: '3' } } });
    expect(owners(await earth.get(CONFIG_MAPS, ref))).toContain('fedmesh Update');
    const writes = await writesAbout('switched');
    await switchTo(CONFIG_MAPS, 'true');
    await settle('switched-on');
    expect(await writesAbout('switched')).toEqual(writes);
    await earth.patch(CONFIG_MAPS, ref, { data: { theirs: 'yes' } });
    await change(CONFIG_MAPS, ref, { template: { data: { b: null } } });
    const on = await earth.get(CONFIG_MAPS, ref);
    expect(on.data).toEqual({ a: '1', c: '3', theirs: 'yes' });
    expect(owners(on)).toContain('fedmesh Apply');
    expect(owners(on)).not.toContain('fedmesh Update');

    await switchTo(CONFIG_MAPS, null);
    // From now on the template is all there is to be, as with every type that is not applied.
    await change(CONFIG_MAPS, ref, { template: { data: { c: null } } });
    expect((await earth.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });
    expect((await vulcan.get(CONFIG_MAPS, ref)).data).toEqual({ a: '1' });
  });

  it('goes with its federated object', async () => {
    const ref = here('counted-deployments');
    await host.delete(federatedKindOf(DEPLOYMENTS), ref);
    await host.untilGone(federatedKindOf(DEPLOYMENTS), ref);
    for (const member of members()) expect(await member.find(DEPLOYMENTS, ref)).toBeUndefined();
  });
});
