import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../apis/apiextensions/v1.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject, FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import { groupResourceOf, type Resource } from '../../controller/kube/resource.ts';
import { writesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding, type Wish } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  federatedKindOf,
  INGRESSES,
  JOBS,
  PODS,
  PRIORITY_CLASSES,
  ROLE_BINDINGS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  STATEFUL_SETS,
  VOLUME_CLAIMS,
} from './kinds.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const BOTH = ['earth', 'vulcan'] as const;
const NAMESPACE = 'lifecycles';

const custom = (kind: string, plural: string): Resource => ({
  group: 'example.com',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});
/** With a status subresource, and without. */
const GAUGES = custom('Gauge', 'gauges');
const DIALS = custom('Dial', 'dials');

function crdSpec({ kind, plural }: Resource, status: boolean) {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema,
    ...(status ? { subresources: { status: {} } } : {}),
  };
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  return { group: 'example.com', scope: 'Namespaced', names, versions: [version] };
}

interface Row {
  readonly kind: string;
  readonly target: Resource;
  /** Default: `cycled`. */
  readonly name?: string;
  readonly template: FederatedTemplate;
  /** A merge patch of the template, and what the members then have. */
  readonly update: object;
  /** What somebody changes in a member: it is undone. Left out where the member would refuse it. */
  readonly drift?: object;
}

const containers = (image: string) => [{ name: 'main', image: `registry.example/${image}` }];
const podTemplate = { metadata: { labels: { app: 'a' } }, spec: { containers: containers('main:1') } };
const labels = (tier: string) => ({ metadata: { labels: { tier } } });
const rules = (verb: string) => [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }];
const viewer = (name: string) => [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }];
const claim = { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } };
const backend = (name: string) => ({ defaultBackend: { service: { name, port: { number: 80 } } } });
const KITS = custom('Kit', 'kits');

const ROWS: readonly Row[] = [
  {
    kind: 'custom resource with a status subresource',
    target: GAUGES,
    template: { spec: { limit: 1 } },
    update: { spec: { limit: 2 } },
    drift: { spec: { limit: 9 } },
  },
  {
    kind: 'custom resource without one',
    target: DIALS,
    template: { spec: { limit: 1 } },
    update: { spec: { limit: 2 } },
    drift: { spec: { limit: 9 } },
  },
  {
    kind: 'ClusterRole',
    target: CLUSTER_ROLES,
    template: { rules: rules('get') },
    update: { rules: rules('list') },
    drift: { rules: rules('delete') },
  },
  {
    kind: 'RoleBinding',
    target: ROLE_BINDINGS,
    template: {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: viewer('one'),
    },
    update: { subjects: viewer('two') },
    drift: { subjects: [] },
  },
  {
    kind: 'PriorityClass',
    target: PRIORITY_CLASSES,
    template: { value: 10, description: 'one' },
    update: { description: 'two' },
    drift: { description: 'theirs' },
  },
  {
    kind: 'CustomResourceDefinition',
    target: CUSTOM_RESOURCE_DEFINITIONS,
    name: 'kits.example.com',
    template: { spec: crdSpec(KITS, true) },
    update: { spec: { names: { categories: ['tools'] } } },
    drift: { spec: { names: { shortNames: ['theirs'] } } },
  },
  {
    kind: 'Pod',
    target: PODS,
    template: { spec: { containers: containers('main:1') } },
    update: { spec: { containers: containers('main:2') } },
    drift: { spec: { containers: containers('theirs:1') } },
  },
  {
    kind: 'PersistentVolumeClaim',
    target: VOLUME_CLAIMS,
    template: { spec: claim, ...labels('one') },
    update: labels('two'),
    drift: labels('theirs'),
  },
  {
    kind: 'Job',
    target: JOBS,
    template: {
      spec: { parallelism: 1, template: { spec: { restartPolicy: 'Never', containers: containers('job:1') } } },
    },
    update: { spec: { parallelism: 2 } },
    drift: { spec: { parallelism: 9 } },
  },
  {
    kind: 'StatefulSet',
    target: STATEFUL_SETS,
    template: { spec: { serviceName: 'a', selector: { matchLabels: { app: 'a' } }, template: podTemplate } },
    update: { spec: { replicas: 2 } },
    drift: { spec: { replicas: 9 } },
  },
  {
    kind: 'Endpoints',
    target: ENDPOINTS,
    template: { subsets: [{ addresses: [{ ip: '10.9.0.1' }], ports: [{ port: 80 }] }] },
    update: { subsets: [{ addresses: [{ ip: '10.9.0.2' }], ports: [{ port: 80 }] }] },
    drift: { subsets: [] },
  },
  {
    kind: 'EndpointSlice',
    target: ENDPOINT_SLICES,
    template: { addressType: 'IPv4', endpoints: [{ addresses: ['10.9.0.1'] }], ports: [{ port: 80 }] },
    update: { endpoints: [{ addresses: ['10.9.0.2'] }] },
    drift: { endpoints: [] },
  },
  {
    kind: 'Ingress',
    target: INGRESSES,
    template: { spec: backend('one') },
    update: { spec: backend('two') },
    drift: { spec: backend('theirs') },
  },
  {
    kind: 'ServiceAccount',
    target: SERVICE_ACCOUNTS,
    template: { automountServiceAccountToken: true },
    update: { automountServiceAccountToken: false },
    drift: { automountServiceAccountToken: true },
  },
  {
    kind: 'token Secret',
    target: SECRETS,
    template: {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } },
    },
    update: labels('two'),
    drift: labels('theirs'),
  },
  {
    kind: 'Service of type NodePort',
    target: SERVICES,
    name: 'node-port',
    template: { spec: { type: 'NodePort', ports: [{ port: 80 }] } },
    update: { spec: { selector: { app: 'two' } } },
    drift: { spec: { selector: { app: 'theirs' } } },
  },
  {
    kind: 'headless Service',
    target: SERVICES,
    name: 'headless',
    template: { spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
    update: { spec: { selector: { app: 'two' } } },
    drift: { spec: { selector: { app: 'theirs' } } },
  },
  {
    kind: 'Service that becomes a load balancer',
    target: SERVICES,
    name: 'balanced',
    template: { spec: { ports: [{ port: 80 }] } },
    update: { spec: { type: 'LoadBalancer' } },
    drift: { spec: { type: 'NodePort' } },
  },
  {
    kind: 'Service that becomes an external name',
    target: SERVICES,
    name: 'external',
    template: { spec: { ports: [{ port: 80 }] } },
    update: { spec: { type: 'ExternalName', externalName: 'example.com' } },
    drift: { spec: { externalName: 'theirs.example.com' } },
  },
];

describe.runIf(inject('kubeconfig') !== '')('from creation to deletion, with no write too many', () => {
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
      for (const target of [GAUGES, DIALS]) {
        await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, {
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          metadata: { name: groupResourceOf(target) },
          spec: crdSpec(target, target === GAUGES),
        });
      }
    }
    for (const name of NAMES) {
      await federation.kubectl(name, 'wait', '--for=condition=Established', '--timeout=120s', 'crd', '--all');
    }
    await federateNamespace(host, NAMESPACE, BOTH);
    const kinds = [...new Set(ROWS.map(({ target }) => groupResourceOf(target)))];
    expect(await federation.fedctl('enable', ...kinds, '--allow-rbac-propagation')).toMatchObject({ code: 0 });
  });

  afterAll(() => federation?.close());

  const members = () => [earth, vulcan];

  async function place(target: Resource, wish: Wish) {
    const ref = target.namespaced ? { name: wish.name, namespace: NAMESPACE } : { name: wish.name };
    await host.create(federatedKindOf(target), federated(target, { on: BOTH, ...ref, ...wish }));
    await untilPropagated(host, target, ref, BOTH);
    return ref;
  }

  /** What the controller has written in members about objects of this name; `propagation` counts those on the host too. */
  async function writesAbout(target: Resource, name: string, options = {}): Promise<string[]> {
    const logs = await Promise.all(
      BOTH.map(async (plane) => {
        const writes = await writesOf(federation.planes[plane], options);
        return writes.map((write) => `${plane}: ${write}`);
      }),
    );
    return logs.flat().filter((write) => write.includes(target.plural) && write.endsWith(` ${name}`));
  }

  /** Audit logs come a moment after the answers. */
  const untilWritten = (target: Resource, name: string, count: number) =>
    until(
      `${count} writes about ${target.plural} ${name}`,
      () => writesAbout(target, name),
      (writes) => writes.length >= count,
    );

  /** Whatever the controller had to do about older changes it has done when this one has gone through. */
  async function settle(name: string): Promise<void> {
    const ref = await place(CONFIG_MAPS, { name, template: {} });
    await earth.patch(CONFIG_MAPS, ref, { data: { drift: 'yes' } });
    await earth.until(CONFIG_MAPS, ref, ({ data }) => data === undefined);
  }

  /** A repair changes the version, and the status says so within a second. A controller that ends before has to look again. */
  async function untilRecorded(): Promise<void> {
    for (const { target, name = 'cycled' } of ROWS) {
      const ref = target.namespaced ? { name, namespace: NAMESPACE } : { name };
      const { metadata } = await earth.get(target, ref);
      if (metadata.generation === undefined) continue;
      await host.until(federatedKindOf(target), ref, (found) =>
        ((found as FederatedObject).status?.propagatedVersion?.clusterVersions ?? []).some(
          ({ clusterName, version }) => clusterName === 'earth' && version === `gen:${metadata.generation}`,
        ),
      );
    }
  }

  it.each(ROWS)('a $kind', async ({ kind, target, name = 'cycled', template, update, drift }) => {
    const ref = await place(target, { name, template });
    const created = BOTH.map((member) => `${member}: create ${target.plural} ${name}`);
    expect((await untilWritten(target, name, 2)).toSorted()).toEqual(created);
    await host.patch(federatedKindOf(target), ref, { spec: { template: update } });
    await untilPropagated(host, target, ref, BOTH);
    for (const member of members()) expect(await member.get(target, ref)).toMatchObject(update);
    const updated = BOTH.map((member) => `${member}: update ${target.plural} ${name}`);
    expect((await untilWritten(target, name, 4)).toSorted()).toEqual([...created, ...updated].toSorted());

    if (drift !== undefined) {
      await earth.patch(target, ref, drift);
      await earth.until(target, ref, (object) => matches(object, update) && !matches(object, drift));
      await untilPropagated(host, target, ref, BOTH);
    }
    await settle(`settled-${kind.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}`);
    // The repair, perhaps after a race that it lost against a controller of the member.
    expect((await writesAbout(target, name)).length).toBeLessThanOrEqual(6);
  });

  it('a restart writes nothing about any of them', async () => {
    const writes = () =>
      Promise.all(ROWS.map(({ target, name = 'cycled' }) => writesAbout(target, name, { stored: true })));
    await untilRecorded();
    const before = await writes();
    await federation.restart();
    await settle('restarted');
    for (const { target, name = 'cycled' } of ROWS) {
      const ref = target.namespaced ? { name, namespace: NAMESPACE } : { name };
      await untilPropagated(host, target, ref, BOTH);
    }
    expect(await writes()).toEqual(before);
  });

  it.each(ROWS)('a $kind goes with its federated object', async ({ target, name = 'cycled' }) => {
    const ref = target.namespaced ? { name, namespace: NAMESPACE } : { name };
    if (target === VOLUME_CLAIMS) {
      for (const member of members()) await member.patch(target, ref, { metadata: { finalizers: null } });
    }
    await host.delete(federatedKindOf(target), ref);
    // No kubelet runs the Pods of these tests, and none of them was bound to a node: they go at once.
    await host.untilGone(federatedKindOf(target), ref);
    for (const member of members()) expect(await member.find(target, ref)).toBeUndefined();
  });

  it('replicas that an autoscaler sets in a member stay, are no contest, and cost no write', async () => {
    const template = { spec: { replicas: 1, selector: { matchLabels: { app: 'a' } }, template: podTemplate } };
    const ref = await place(DEPLOYMENTS, { name: 'scaled', template, spec: { retainReplicas: true } });
    for (const replicas of [2, 3, 4, 5, 6, 7, 8, 9]) {
      await earth.patch(DEPLOYMENTS, ref, { spec: { replicas } });
      await settle(`scaled-${replicas}`);
    }
    const standing = await untilStanding(host, DEPLOYMENTS, ref, ({ propagation }) => propagation === 'True');
    expect(standing.conditions).not.toHaveProperty('DriftContested');
    expect(await earth.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 9 }, metadata: { generation: 9 } });
    // What else somebody changes there is repaired, with the replicas as they are.
    await earth.patch(DEPLOYMENTS, ref, { spec: { minReadySeconds: 30 } });
    await earth.until(DEPLOYMENTS, ref, ({ spec }) => (spec as { minReadySeconds?: number }).minReadySeconds !== 30);
    expect(await earth.get(DEPLOYMENTS, ref)).toMatchObject({ spec: { replicas: 9 } });
  });

  it('a finished Job that its member cleans up is not run once more, before and after a restart; a new one is', async () => {
    const job = (image: string) => ({
      spec: {
        ttlSecondsAfterFinished: 0,
        template: { spec: { restartPolicy: 'Never', containers: containers(image) } },
      },
    });
    const ref = await place(JOBS, { name: 'passing', template: job('job:1') });
    // As the controller of finished Jobs does it.
    await earth.delete(JOBS, ref, { propagationPolicy: 'Background' });
    await settle('cleaned');
    await federation.restart();
    await settle('cleaned-and-restarted');
    await untilPropagated(host, JOBS, ref, BOTH);
    expect(await earth.find(JOBS, ref)).toBeUndefined();
    expect(await vulcan.find(JOBS, ref)).toBeDefined();

    await vulcan.delete(JOBS, ref, { propagationPolicy: 'Background' });
    await host.patch(federatedKindOf(JOBS), ref, { spec: { template: job('job:2') } });
    for (const member of members()) await member.until(JOBS, ref, () => true);
  });
});

function matches(object: KubeObject, part: object): boolean {
  try {
    expect(object).toMatchObject(part);
    return true;
  } catch {
    return false;
  }
}
