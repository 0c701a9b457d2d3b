import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import { FEDERATED_TYPE_CONFIGS, type FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { DEFAULT_KUBEFED_NAMESPACE, MANAGED_LABEL, RETAIN_ANNOTATION } from '../../apis/well-known.ts';
import { groupResourceOf, type Resource } from '../../controller/kube/resource.ts';
import { writesOf } from './audit-log.ts';
import { Cluster } from './cluster.ts';
import { isEmbedded } from './control-planes.ts';
import { federated, federateNamespace, untilPropagated, untilStanding, type Wish } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  federatedKindOf,
  JOBS,
  PODS,
  PRIORITY_CLASSES,
  SECRETS,
  SERVICE_ACCOUNTS,
  VOLUME_CLAIMS,
  VOLUMES,
} from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const NAMESPACE = 'types';

const custom = (kind: string, namespaced = true): Resource => ({
  group: 'example.com',
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
});
/** With a status subresource; without; cluster-scoped; and one that a member lacks. */
const GAUGES = custom('Gauge');
const DIALS = custom('Dial');
const REALMS = custom('Realm', false);
const GEARS = custom('Gear');
const ENABLED = [GAUGES, DIALS, REALMS, GEARS, PODS, VOLUME_CLAIMS, SECRETS, PRIORITY_CLASSES];

function crdOf(resource: Resource, options: { statusSubresource?: boolean } = {}): KubeObject {
  const { group, version, kind, plural, namespaced } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: groupResourceOf(resource) },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          ...(options.statusSubresource === true ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  };
}

describe.runIf(inject('kubeconfig') !== '')('kinds enabled while the controller runs', () => {
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: NAMES, planes: { auditLog: true } });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
    for (const cluster of [host, earth, vulcan]) {
      await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(GAUGES, { statusSubresource: true }));
      await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(DIALS));
      await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(REALMS));
      if (cluster !== vulcan) await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(GEARS));
    }
    for (const name of NAMES) {
      await federation.kubectl(name, 'wait', '--for=condition=Established', '--timeout=120s', 'crd', '--all');
    }
    await federateNamespace(host, NAMESPACE, BOTH);
    const { code, stderr } = await federation.fedctl('enable', ...ENABLED.map(groupResourceOf));
    expect([code, stderr]).toEqual([0, '']);
  });

  afterAll(() => federation?.close());

  const members = () => [earth, vulcan];
  const here = (name: string) => ({ name, namespace: NAMESPACE });

  async function place(target: Resource, wish: Wish, expected: readonly string[] = BOTH) {
    const ref = target.namespaced ? here(wish.name) : { name: wish.name };
    await host.create(federatedKindOf(target), federated(target, { on: BOTH, ...ref, ...wish }));
    await untilPropagated(host, target, ref, expected);
    return ref;
  }

  async function change(target: Resource, ref: { name: string; namespace?: string }, spec: object) {
    await host.patch(federatedKindOf(target), ref, { spec });
    await untilPropagated(host, target, ref, BOTH);
  }

  describe('a custom kind', () => {
    it('travels whole, with fields that nobody here has heard of', async () => {
      const spec = { limit: 1.5, big: 9007199254740991, nested: { list: [1, 'two', null, { three: 3 }], empty: {} } };
      const ref = await place(GAUGES, { name: 'whole', template: { spec, extra: { top: true } } });
      for (const member of members()) {
        const { spec: arrived, extra } = await member.get(GAUGES, ref);
        expect({ spec: arrived, extra }).toEqual({ spec, extra: { top: true } });
      }
    });

    it.each([
      { subresource: 'status', target: GAUGES },
      { subresource: undefined, target: DIALS },
    ])(
      '$target.kind keeps the status that each member gives it (subresource: $subresource)',
      async ({ target, subresource }) => {
        const ref = await place(target, { name: 'measured', template: { spec: { limit: 1 } } });
        // The status that the member gave it a moment ago may win a race against the update, which is tried again then.
        const writes = async () => (await writesOf(federation.planes.earth, { namespace: NAMESPACE })).length;
        const before = await writes();
        await earth.patch(target, ref, { status: { pointer: 'north' } }, subresource);
        await change(target, ref, { template: { spec: { limit: 2 } } });
        expect(await earth.get(target, ref)).toMatchObject({ spec: { limit: 2 }, status: { pointer: 'north' } });
        expect(await vulcan.get(target, ref)).not.toHaveProperty('status');
        expect((await writes()) - before).toBe(1);
        await earth.patch(target, ref, { spec: { limit: 3 } });
        await earth.until(target, ref, ({ spec }) => (spec as { limit: number }).limit === 2);
      },
    );

    it('may be cluster-scoped', async () => {
      const ref = await place(REALMS, { name: 'middle', template: { spec: { size: 1 } }, on: { clusterSelector: {} } });
      await change(REALMS, ref, { template: { spec: { size: 2 } }, placement: { clusterSelector: {} } });
      expect(await earth.get(REALMS, ref)).toMatchObject({ spec: { size: 2 } });
      await host.delete(federatedKindOf(REALMS), ref);
      await host.untilGone(federatedKindOf(REALMS), ref);
      for (const member of members()) expect(await member.find(REALMS, ref)).toBeUndefined();
    });

    it('that one member does not serve reaches the others, and that member once it does', async () => {
      const ref = here('late');
      await host.create(
        federatedKindOf(GEARS),
        federated(GEARS, { ...ref, template: { spec: { teeth: 9 } }, on: BOTH }),
      );
      const { messages } = await untilStanding(
        host,
        GEARS,
        ref,
        ({ clusters }) => clusters.earth === 'OK' && clusters.vulcan === 'NotServed',
      );
      expect(messages.vulcan).toContain('vulcan does not serve gears.example.com in version v1');
      expect(await earth.find(GEARS, ref)).toBeDefined();
      // The other kinds go on in that member.
      await place(CONFIG_MAPS, { name: 'unmoved', template: {} });
      await vulcan.create(CUSTOM_RESOURCE_DEFINITIONS, crdOf(GEARS));
      await untilPropagated(host, GEARS, ref, BOTH);
      expect(await vulcan.get(GEARS, ref)).toMatchObject({ spec: { teeth: 9 } });
    });

    it('that a member ceases to serve is told there, and deleting elsewhere goes on', async () => {
      const ref = await place(GEARS, { name: 'lost', template: { spec: { teeth: 9 } } });
      await vulcan.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: groupResourceOf(GEARS) });
      await untilStanding(
        host,
        GEARS,
        ref,
        ({ clusters }) => clusters.earth === 'OK' && clusters.vulcan === 'NotServed',
      );
      await host.patch(federatedKindOf(GEARS), ref, { spec: { placement: { clusters: [] } } });
      await earth.untilGone(GEARS, ref);
    });
  });

  describe('what members add and refuse to change', () => {
    it('a PriorityClass: cluster-scoped, its description may change', async () => {
      const ref = await place(PRIORITY_CLASSES, { name: 'urgent', template: { value: 1000, description: 'now' } });
      await change(PRIORITY_CLASSES, ref, { template: { value: 1000, description: 'at once' } });
      expect(await vulcan.get(PRIORITY_CLASSES, ref)).toMatchObject({ value: 1000, description: 'at once' });
    });

    it('a Pod: its image may change, all that was added to it stays, and what cannot change is told', async () => {
      const template = { spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] } };
      const ref = await place(PODS, { name: 'lonely', template });
      const before = await earth.get(PODS, ref);
      await change(PODS, ref, {
        template: { spec: { containers: [{ name: 'main', image: 'registry.example/main:2' }] } },
      });
      const { metadata, spec } = await earth.get(PODS, ref);
      expect(metadata.uid).toBe(before.metadata.uid);
      expect(spec).toMatchObject({
        containers: [{ image: 'registry.example/main:2' }],
        schedulerName: 'default-scheduler',
      });

      await host.patch(federatedKindOf(PODS), ref, { spec: { template: { spec: { hostname: 'other' } } } });
      const { messages } = await untilStanding(
        host,
        PODS,
        ref,
        ({ clusters }) => clusters.earth === 'UpdateFailed' && clusters.vulcan === 'UpdateFailed',
      );
      expect(messages.earth).toContain('pod updates may not change fields');
    });

    it('a Pod whose status changes draws no write, neither there nor on the host', async () => {
      const template = { spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] } };
      const ref = await place(PODS, { name: 'alive', template });
      const writes = async () => {
        const logs = [federation.planes.host, federation.planes.earth].map((plane) =>
          writesOf(plane, { namespace: NAMESPACE }),
        );
        return (await Promise.all(logs)).flat().filter((write) => write.endsWith(' alive'));
      };
      const before = await writes();
      for (const message of ['starting', 'started', 'well'])
        await earth.patch(PODS, ref, { status: { message } }, 'status');
      // What comes after it on the same watch has been seen, so these changes have been too.
      const last = await place(PODS, { name: 'after', template });
      await earth.patch(PODS, last, { metadata: { labels: { drift: 'yes' } } });
      await earth.until(PODS, last, ({ metadata }) => metadata.labels?.drift === undefined);
      expect(await writes()).toEqual(before);
    });

    it('a PersistentVolumeClaim keeps the volume that its member bound it to', async ({ skip }) => {
      skip(isEmbedded, 'nobody binds volumes in an embedded cluster');
      await earth.create(VOLUMES, {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'disk' },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'by-hand',
          hostPath: { path: '/data' },
        },
      });
      const spec = {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'by-hand',
        resources: { requests: { storage: '1Gi' } },
      };
      const ref = await place(VOLUME_CLAIMS, { name: 'data', template: { spec } });
      const volumeOf = ({ spec }: KubeObject) => (spec as { volumeName?: string }).volumeName;
      await earth.until(VOLUME_CLAIMS, ref, (claim) => volumeOf(claim) === 'disk');
      await change(VOLUME_CLAIMS, ref, { template: { spec, metadata: { labels: { app: 'db' } } } });
      const bound = await earth.get(VOLUME_CLAIMS, ref);
      expect([volumeOf(bound), bound.metadata.labels?.app]).toEqual(['disk', 'db']);
      expect(volumeOf(await vulcan.get(VOLUME_CLAIMS, ref))).toBeUndefined();
    });

    it('a Job keeps the selector that its member gave it', async () => {
      const job = (parallelism: number) => ({
        spec: {
          parallelism,
          template: {
            spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/job:1' }] },
          },
        },
      });
      const ref = await place(JOBS, { name: 'once', template: job(1) });
      const selectors = () =>
        Promise.all(
          members().map(async (member) => ((await member.get(JOBS, ref)).spec as { selector: object }).selector),
        );
      const before = await selectors();
      await change(JOBS, ref, { template: job(2) });
      expect(await selectors()).toEqual(before);
      expect(before[0]).not.toEqual(before[1]);
      expect(await earth.get(JOBS, ref)).toMatchObject({ spec: { parallelism: 2 } });
    });

    it('a ServiceAccount keeps the secrets that were added to it', async () => {
      const ref = await place(SERVICE_ACCOUNTS, { name: 'robot', template: {} });
      await earth.patch(SERVICE_ACCOUNTS, ref, { secrets: [{ name: 'added' }] });
      await change(SERVICE_ACCOUNTS, ref, { template: { automountServiceAccountToken: false } });
      expect(await earth.get(SERVICE_ACCOUNTS, ref)).toMatchObject({
        automountServiceAccountToken: false,
        secrets: [{ name: 'added' }],
      });
    });

    it('a Deployment keeps what it is told to keep: its replicas, and any declared field', async () => {
      const template = {
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'kept' } },
          template: {
            metadata: { labels: { app: 'kept' } },
            spec: { containers: [{ name: 'main', image: 'registry.example/kept:1' }] },
          },
        },
      };
      const annotations = { [RETAIN_ANNOTATION]: '["/spec/minReadySeconds"]' };
      const ref = await place(DEPLOYMENTS, { name: 'kept', template, annotations, spec: { retainReplicas: true } });
      await earth.patch(DEPLOYMENTS, ref, { spec: { replicas: 5, minReadySeconds: 30 } });
      await change(DEPLOYMENTS, ref, { template: { spec: { revisionHistoryLimit: 3 } } });
      expect(await earth.get(DEPLOYMENTS, ref)).toMatchObject({
        spec: { replicas: 5, minReadySeconds: 30, revisionHistoryLimit: 3 },
      });
      expect(await vulcan.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 1 } });
    });
  });

  it('a Secret arrives, and what it holds stands in no log, event or status', async () => {
    const hidden = 'correct-horse-battery-staple';
    const encoded = Buffer.from(hidden).toString('base64');
    const template = { type: 'Opaque', data: { password: encoded }, stringData: { plain: hidden } };
    const ref = await place(SECRETS, { name: 'vault', template });
    expect((await earth.get(SECRETS, ref)).data).toEqual({ password: encoded, plain: encoded });
    await earth.patch(SECRETS, ref, { data: { password: Buffer.from('stolen').toString('base64') } });
    await earth.until(SECRETS, ref, ({ data }) => (data as { password: string }).password === encoded);

    // Whatever fails, fails without telling: an override that does not apply, and a write that the member refuses.
    const overrides = [{ clusterName: 'earth', clusterOverrides: [{ op: 'add', path: '/none/of/it', value: hidden }] }];
    await host.patch(federatedKindOf(SECRETS), ref, {
      spec: { overrides, template: { type: `example.com/${hidden}` } },
    });
    const standing = await untilStanding(
      host,
      SECRETS,
      ref,
      ({ clusters }) => clusters.earth === 'ApplyOverridesFailed' && clusters.vulcan === 'UpdateFailed',
    );
    await host.patch(federatedKindOf(SECRETS), ref, {
      spec: { overrides: null, template: { type: 'Opaque', data: { bad: `${hidden}!` } } },
    });
    const refused = await untilStanding(host, SECRETS, ref, ({ clusters }) => clusters.earth === 'UpdateFailed');
    const events = await host.list(EVENTS, NAMESPACE);
    const heard = [federation.controller.log.join('\n'), JSON.stringify([standing, refused, events])].join('\n');
    expect(heard).toContain('vault');
    expect(heard).not.toContain(encoded);
    expect(heard).not.toContain('stolen');
    expect(federation.controller.log.join('\n')).not.toContain(`${hidden}!`);
  });

  it('a kind that the member’s role does not grant says so, with the command that mends it', async () => {
    const config = typeConfigFor({ ...SECRETS, kind: 'LimitRange', plural: 'limitranges' });
    const LIMIT_RANGES: Resource = { ...SECRETS, kind: 'LimitRange', plural: 'limitranges' };
    const printed = await federation.fedctl('enable', 'limitranges', '-o', 'yaml');
    await federation.apply('host', printed.stdout);
    expect(printed.stdout).toContain(config.metadata.name);
    const ref = here('limits');
    const template = { spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } };
    await federation.kubectl('host', 'wait', '--for=condition=Established', '--timeout=120s', 'crd', '--all');
    await host.create(federatedKindOf(LIMIT_RANGES), federated(LIMIT_RANGES, { ...ref, template, on: BOTH }));
    const { messages } = await untilStanding(host, LIMIT_RANGES, ref, ({ clusters }) => clusters.earth === 'Forbidden');
    expect(messages.earth).toContain('fedctl enable limitranges');
    await federation.fedctl('enable', 'limitranges');
    await untilPropagated(host, LIMIT_RANGES, ref, BOTH);
  });

  it('a kind that is disabled leaves everything as it is, and goes on where it stopped', async () => {
    const ref = await place(GAUGES, { name: 'paused', template: { spec: { limit: 1 } } });
    const config = { name: groupResourceOf(GAUGES), namespace: DEFAULT_KUBEFED_NAMESPACE };
    await host.until(
      FEDERATED_TYPE_CONFIGS,
      config,
      (object) => (object as FederatedTypeConfig).status?.propagationController === 'Running',
    );
    await host.delete(FEDERATED_TYPE_CONFIGS, config);
    await host.untilGone(FEDERATED_TYPE_CONFIGS, config);
    await host.patch(federatedKindOf(GAUGES), ref, { spec: { template: { spec: { limit: 2 } } } });
    await earth.patch(GAUGES, ref, { spec: { limit: 3 } });
    // Another kind goes on, and would have let this one go on too.
    await place(CONFIG_MAPS, { name: 'meanwhile', template: {} });
    expect(await vulcan.get(GAUGES, ref)).toMatchObject({
      metadata: { labels: { [MANAGED_LABEL]: 'true' } },
      spec: { limit: 1 },
    });
    expect(await earth.get(GAUGES, ref)).toMatchObject({ spec: { limit: 3 } });
    await federation.fedctl('enable', groupResourceOf(GAUGES));
    await untilPropagated(host, GAUGES, ref, BOTH);
    for (const member of members()) expect(await member.get(GAUGES, ref)).toMatchObject({ spec: { limit: 2 } });

    await host.patch(FEDERATED_TYPE_CONFIGS, config, { spec: { propagation: 'Disabled' } });
    await host.until(
      FEDERATED_TYPE_CONFIGS,
      config,
      ({ status }) => (status as { propagationController: string }).propagationController === 'NotRunning',
    );
    for (const member of members()) expect(await member.find(GAUGES, ref)).toBeDefined();
  });

  it('whoever deletes a federated kind takes no copy along: they are released', async () => {
    const ref = await place(DIALS, { name: 'kept', template: { spec: { limit: 1 } } });
    const kind = { name: groupResourceOf(federatedKindOf(DIALS)) };
    await host.delete(CUSTOM_RESOURCE_DEFINITIONS, kind);
    await host.untilGone(CUSTOM_RESOURCE_DEFINITIONS, kind);
    for (const member of members()) {
      const copy = await member.get(DIALS, ref);
      expect(copy).toMatchObject({ spec: { limit: 1 } });
      expect(copy.metadata.labels ?? {}).not.toHaveProperty([MANAGED_LABEL]);
    }
  });

  it('a cluster-scoped kind does not need the type of namespaces', async () => {
    await host.delete(FEDERATED_TYPE_CONFIGS, { name: 'namespaces', namespace: DEFAULT_KUBEFED_NAMESPACE });
    await federation.restart();
    const ref = await place(REALMS, { name: 'alone', template: { spec: { size: 1 } } });
    await change(REALMS, ref, { template: { spec: { size: 2 } } });
    expect(await vulcan.get(REALMS, ref)).toMatchObject({ spec: { size: 2 } });
  });
});
