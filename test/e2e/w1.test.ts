import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL } from '../../apis/well-known.ts';
import { Cluster } from './cluster.ts';
import { untilPropagated } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { DEPLOYMENTS, federatedKindOf, NAMESPACES, SERVICES } from './kinds.ts';

const NAMESPACE = 'fedtestns';
const DEPLOYMENT = { name: 'fedhttp', namespace: NAMESPACE };
const SERVICE = { name: 'fed-service', namespace: NAMESPACE };
const BOTH = ['earth', 'vulcan'] as const;

interface Service extends KubeObject {
  spec: { clusterIP: string; ports: { name: string; port: number; nodePort: number }[] };
}

/** earth on the premises is the host and a member of its own federation; vulcan joins for peak load. */
describe.runIf(inject('kubeconfig') !== '')('two clusters, earth the host and a member, vulcan beside it', () => {
  let federation: Federation<'earth' | 'vulcan'>;
  let earth: Cluster;
  let vulcan: Cluster;

  beforeAll(async () => {
    federation = await startFederation({ names: BOTH, members: BOTH });
    earth = new Cluster(federation.clients.earth);
    vulcan = new Cluster(federation.clients.vulcan);
  });

  afterAll(() => federation?.close());

  const everywhere = () => [earth, vulcan];

  async function untilAllPropagated(): Promise<void> {
    await untilPropagated(earth, NAMESPACES, { name: 'fedns', namespace: NAMESPACE }, BOTH);
    await untilPropagated(earth, DEPLOYMENTS, DEPLOYMENT, BOTH);
    await untilPropagated(earth, SERVICES, SERVICE, BOTH);
  }

  const nodePorts = (): Promise<number[]> =>
    Promise.all(
      everywhere().map(async (cluster) => (await cluster.get<Service>(SERVICES, SERVICE)).spec.ports[0]?.nodePort ?? 0),
    );

  it('the samples become a namespace, a Deployment and a Service in both', async () => {
    await federation.kubectl('earth', 'apply', '-f', 'samples/w1');
    await untilAllPropagated();
    for (const cluster of everywhere()) {
      const deployment = await cluster.get(DEPLOYMENTS, DEPLOYMENT);
      expect(deployment).toMatchObject({
        metadata: { labels: { app: 'httpbin', version: 'v1', [MANAGED_LABEL]: 'true' } },
        spec: {
          replicas: 1,
          template: { spec: { containers: [{ image: 'docker.io/kong/httpbin', ports: [{ containerPort: 80 }] }] } },
        },
      });
      expect(await cluster.find(DEPLOYMENTS, { name: 'http', namespace: NAMESPACE })).toBeUndefined();
      expect(await cluster.get(SERVICES, SERVICE)).toMatchObject({
        spec: { type: 'NodePort', selector: { app: 'httpbin' }, ports: [{ port: 80, nodePort: expect.any(Number) }] },
      });
    }
  });

  it('one command shows that they run, where, and on which node port', async () => {
    const [heading = '', row = ''] = (await federation.kubectl('earth', '-n', NAMESPACE, 'get', 'fdeploy')).split('\n');
    expect(heading.split(/\s+/)).toEqual(['NAME', 'PROPAGATION', 'CLUSTERS', 'AGE']);
    expect(row.split(/\s+/).slice(0, 3)).toEqual(['fedhttp', 'True', '2/2']);

    const { stdout } = await federation.fedctl('status');
    const [onEarth, onVulcan] = await nodePorts();
    expect(stdout).toMatch(new RegExp(`fed-service +earth +NodePort .*80:${onEarth}/TCP`));
    expect(stdout).toMatch(new RegExp(`fed-service +vulcan +NodePort .*80:${onVulcan}/TCP`));
  });

  it('an override makes one cluster different, and the other stays', async () => {
    const overrides = [{ clusterName: 'vulcan', clusterOverrides: [{ path: '/spec/replicas', value: 3 }] }];
    await earth.patch(federatedKindOf(DEPLOYMENTS), DEPLOYMENT, { spec: { overrides } });
    await untilPropagated(earth, DEPLOYMENTS, DEPLOYMENT, BOTH);
    expect(await vulcan.get(DEPLOYMENTS, DEPLOYMENT)).toMatchObject({ spec: { replicas: 3 } });
    expect(await earth.get(DEPLOYMENTS, DEPLOYMENT)).toMatchObject({ spec: { replicas: 1 } });

    await earth.patch(federatedKindOf(DEPLOYMENTS), DEPLOYMENT, { spec: { overrides: null } });
    await vulcan.until(DEPLOYMENTS, DEPLOYMENT, (object) => (object.spec as { replicas: number }).replicas === 1);
  });

  it('a Service keeps its address and its node ports when it is updated', async () => {
    const before = await Promise.all(everywhere().map((cluster) => cluster.get<Service>(SERVICES, SERVICE)));
    const ports = [
      { name: 'admin', port: 81, targetPort: 81 },
      { name: 'http', port: 80, targetPort: 80 },
    ];
    await earth.patch(federatedKindOf(SERVICES), SERVICE, { spec: { template: { spec: { ports } } } });
    await untilPropagated(earth, SERVICES, SERVICE, BOTH);
    for (const [index, cluster] of everywhere().entries()) {
      const { spec } = await cluster.get<Service>(SERVICES, SERVICE);
      expect(spec.clusterIP).toBe(before[index]?.spec.clusterIP);
      expect(spec.ports.map(({ name }) => name)).toEqual(['admin', 'http']);
      expect(spec.ports[1]?.nodePort).toBe(before[index]?.spec.ports[0]?.nodePort);
    }
  });

  it('labels and annotations of the template come and go with it; what others wrote there stays', async () => {
    const kind = federatedKindOf(DEPLOYMENTS);
    const metadata = { labels: { tier: 'web' }, annotations: { 'example.com/note': 'first' } };
    await vulcan.patch(DEPLOYMENTS, DEPLOYMENT, { metadata: { annotations: { 'example.com/theirs': 'kept' } } });
    await earth.patch(kind, DEPLOYMENT, { spec: { template: { metadata } } });
    await untilPropagated(earth, DEPLOYMENTS, DEPLOYMENT, BOTH);
    expect((await vulcan.get(DEPLOYMENTS, DEPLOYMENT)).metadata).toMatchObject(metadata);

    const taken = { labels: { tier: null }, annotations: { 'example.com/note': null } };
    await earth.patch(kind, DEPLOYMENT, { spec: { template: { metadata: taken } } });
    await untilPropagated(earth, DEPLOYMENTS, DEPLOYMENT, BOTH);
    const { labels = {}, annotations = {} } = (await vulcan.get(DEPLOYMENTS, DEPLOYMENT)).metadata;
    expect(labels).not.toHaveProperty('tier');
    expect(annotations).not.toHaveProperty(['example.com/note']);
    expect(annotations).toHaveProperty(['example.com/theirs'], 'kept');
    expect(annotations).toHaveProperty(['deployment.kubernetes.io/revision']);
  });

  it("the host's own namespace is taken in with the labels that people gave it", async () => {
    await earth.patch(NAMESPACES, { name: NAMESPACE }, { metadata: { labels: { team: 'blue' } } });
    await earth.patch(
      federatedKindOf(NAMESPACES),
      { name: 'fedns', namespace: NAMESPACE },
      { metadata: { labels: { a: 'b' } } },
    );
    await untilPropagated(earth, NAMESPACES, { name: 'fedns', namespace: NAMESPACE }, BOTH);
    const { labels = {}, annotations = {} } = (await earth.get(NAMESPACES, { name: NAMESPACE })).metadata;
    expect(labels).toMatchObject({ team: 'blue', [MANAGED_LABEL]: 'true' });
    expect(annotations).not.toHaveProperty([CREATED_BY_ANNOTATION]);
  });

  it('taking vulcan out of the placement removes the copies there, and nothing else', async () => {
    const placement = { clusters: [{ name: 'earth' }] };
    await earth.patch(federatedKindOf(DEPLOYMENTS), DEPLOYMENT, { spec: { placement } });
    await vulcan.untilGone(DEPLOYMENTS, DEPLOYMENT);
    await untilPropagated(earth, DEPLOYMENTS, DEPLOYMENT, ['earth']);
    expect(await vulcan.find(SERVICES, SERVICE)).toBeDefined();
    expect(await earth.find(DEPLOYMENTS, DEPLOYMENT)).toBeDefined();
  });

  it('deleting the samples leaves nothing, the namespace on both included', async () => {
    await federation.kubectl('earth', 'apply', '-f', 'samples/w1');
    await untilAllPropagated();
    await federation.kubectl('earth', 'delete', '-f', 'samples/w1', '--timeout=120s');
    await vulcan.untilGone(NAMESPACES, { name: NAMESPACE });
    expect(await earth.find(NAMESPACES, { name: NAMESPACE })).toBeUndefined();
    const errors = federation.controller.log.filter((line) => line.includes('"level":"error"'));
    expect(errors).toEqual([]);
  });
});
