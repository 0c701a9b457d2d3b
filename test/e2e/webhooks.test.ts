import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FEDERATED_TYPE_CONFIGS } from '../../apis/core/v1beta1/federated-type-config.ts';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { KUBEFED_CONFIGS, type KubeFedConfig } from '../../apis/core/v1beta1/kubefed-config.ts';
import { newKubeFedConfig } from '../../apis/core/v1beta1/kubefed-config-defaults.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { WEBHOOK_SECRET } from '../../controller/webhook/secret-certificate.ts';
import {
  bundleOf,
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
  type WebhookConfiguration,
} from '../../controller/webhook/webhook-configurations.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated, untilStanding } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { freePort } from './free-port.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES, SECRETS } from './kinds.ts';
import { ControllerProcess, kubectl } from './processes.ts';

const NAMESPACE = 'kube-federation-system';
const CONFIGURATIONS = [
  [VALIDATING_WEBHOOKS, 'validations.core.kubefed.io'],
  [VALIDATING_WEBHOOKS, 'validations.fedmesh.io'],
  [MUTATING_WEBHOOKS, 'mutation.core.kubefed.io'],
] as const;

describe.runIf(inject('kubeconfig') !== '')('admission webhooks', () => {
  let federation: Federation<'host' | 'vulcan'>;
  let host: Cluster;
  let vulcan: Cluster;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    federation = await startFederation({
      names: ['host', 'vulcan'],
      controllerArgs: [`--webhook-port=${port}`, `--webhook-url=https://127.0.0.1:${port}`],
    });
    host = new Cluster(federation.clients.host);
    vulcan = new Cluster(federation.clients.vulcan);
    await untilRegistered();
    await federateNamespace(host, 'demo', ['vulcan']);
  });

  afterAll(() => federation?.close());

  function registered(): Promise<(WebhookConfiguration | undefined)[]> {
    return Promise.all(CONFIGURATIONS.map(([resource, name]) => host.find<WebhookConfiguration>(resource, { name })));
  }

  async function untilRegistered(): Promise<void> {
    await until('the webhooks', registered, (found) => found.every((each) => each !== undefined));
  }

  /** What kubectl prints to whoever applies this. */
  async function applied(object: KubeObject): Promise<string> {
    const stdin = JSON.stringify(object);
    const finished = await kubectl(federation.kubeconfig, ['--context', 'host', 'apply', '-f', '-'], { stdin });
    return finished.stdout + finished.stderr;
  }

  const named = (object: KubeObject, name: string): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, name, namespace: NAMESPACE },
  });

  it('are registered under the names that KubeFed gave them, and its own refuse when nobody answers', async () => {
    const [core, own, mutating] = await registered();
    expect(core?.webhooks?.map(({ name, failurePolicy }) => [name, failurePolicy])).toEqual([
      ['federatedtypeconfigs.core.kubefed.io', 'Fail'],
      ['kubefedclusters.core.kubefed.io', 'Fail'],
      ['kubefedconfigs.core.kubefed.io', 'Fail'],
    ]);
    expect(own?.webhooks).toMatchObject([
      { name: 'federated.fedmesh.io', failurePolicy: 'Ignore', timeoutSeconds: 2 },
      { name: 'meshconfigs.fedmesh.io', failurePolicy: 'Ignore', timeoutSeconds: 2 },
    ]);
    expect(mutating?.webhooks).toMatchObject([{ name: 'kubefedconfigs.core.kubefed.io', failurePolicy: 'Fail' }]);
  });

  it('refuse a FederatedTypeConfig that could not run, to whoever creates or changes it', async () => {
    const target = { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true };
    const config = typeConfigFor(target);
    const bad = { ...config, spec: { ...config.spec, federatedType: { ...config.spec.federatedType, group: 'fed' } } };
    const words =
      'admission webhook "federatedtypeconfigs.core.kubefed.io" denied the request: ' +
      'spec.federatedType.group: "fed" must be a domain with at least one dot';
    expect(await applied(named(bad, 'daemonsets.apps'))).toContain(words);
    const good = { ...config, spec: { ...config.spec, propagation: 'Disabled' } };
    expect(await applied(named(good, 'daemonsets.apps'))).toContain('created');
    expect(await applied(named(bad, 'daemonsets.apps'))).toContain(words);
    await host.delete(FEDERATED_TYPE_CONFIGS, { namespace: NAMESPACE, name: 'daemonsets.apps' });
    await host.untilGone(FEDERATED_TYPE_CONFIGS, { namespace: NAMESPACE, name: 'daemonsets.apps' });
  });

  it('refuse a KubeFedCluster that could not be reached, and a status that says nothing', async () => {
    const cluster: KubeObject = {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: {},
      spec: { apiEndpoint: 'ftp://mars', secretRef: { name: 'mars' } },
    };
    expect(await applied(named(cluster, 'mars'))).toContain(
      'admission webhook "kubefedclusters.core.kubefed.io" denied the request: spec.apiEndpoint: "ftp://mars" is not http or https',
    );
    const status = { conditions: [{ type: 'Ready', status: 'Perhaps', lastProbeTime: '2026-01-01T00:00:00Z' }] };
    await expect(
      host.patch(KUBEFED_CLUSTERS, { namespace: NAMESPACE, name: 'vulcan' }, { status }, 'status'),
    ).rejects.toThrow('status.conditions[0].status: "Perhaps" is not one of');
  });

  it('refuse a KubeFedConfig that no controller could follow, and fill in what a new one leaves out', async () => {
    const config = newKubeFedConfig(NAMESPACE);
    const { leaderElect } = config.spec;
    const bad = { ...config, spec: { ...config.spec, leaderElect: { ...leaderElect, renewDeadline: '20s' } } };
    expect(await applied(named(bad, 'other'))).toContain(
      'admission webhook "kubefedconfigs.core.kubefed.io" denied the request: ' +
        'spec.leaderElect.leaseDuration: "15s" must be greater than renewDeadline',
    );
    const brief = { ...config, spec: { scope: 'Cluster', clusterHealthCheck: { period: '21s' } } };
    expect(await applied(named(brief, 'other'))).toContain('created');
    const stored = await host.get<KubeFedConfig>(KUBEFED_CONFIGS, { namespace: NAMESPACE, name: 'other' });
    expect(stored.spec).toMatchObject({
      clusterHealthCheck: { period: '21s', failureThreshold: 3, timeout: '3s' },
      syncController: { adoptResources: 'Enabled' },
    });
    await host.delete(KUBEFED_CONFIGS, { namespace: NAMESPACE, name: 'other' });
  });

  it('refuse a federated object that can never work, and warn of one that cannot work as it stands', async () => {
    const overriding = (override: object) =>
      federated(CONFIG_MAPS, {
        name: 'settings',
        namespace: 'demo',
        on: ['vulcan'],
        template: { data: { colour: 'blue' } },
        overrides: [{ clusterName: 'vulcan', clusterOverrides: [override as never] }],
      });
    const denied = 'admission webhook "federated.fedmesh.io" denied the request: ';
    expect(await applied(overriding({ path: 'data.colour', value: 'red' }))).toContain(
      `${denied}spec.overrides[0].clusterOverrides[0].path: "data.colour" is not a JSON pointer, such as /spec/replicas`,
    );
    expect(await applied(overriding({ path: '/metadata/name', value: 'x' }))).toContain(`${denied}spec.overrides[0]`);
    const tooFew = federated(DEPLOYMENTS, {
      name: 'web',
      namespace: 'demo',
      template: { spec: { replicas: -1 } },
    });
    expect(await applied(tooFew)).toContain(`${denied}spec.template.spec.replicas: -1 must not be negative`);
    const preference = {
      apiVersion: 'scheduling.kubefed.io/v1alpha1',
      kind: 'ReplicaSchedulingPreference',
      metadata: { name: 'web', namespace: 'demo' },
      spec: {
        targetKind: 'FederatedDeployment',
        totalReplicas: 4,
        clusters: { vulcan: { minReplicas: 4, maxReplicas: 2 } },
      },
    };
    expect(await applied(preference)).toContain(
      `${denied}spec.clusters[vulcan].maxReplicas: 2 is less than minReplicas, 4`,
    );

    const warned = await applied(overriding({ op: 'remove', path: '/data/size' }));
    expect(warned).toContain('Warning: could not be created: overrides: cluster "vulcan": remove "/data/size"');
    expect(warned).toContain('created');
    expect(await applied(overriding({ path: '/data/colour', value: 'red' }))).toContain('configured');
    await untilPropagated(host, CONFIG_MAPS, { namespace: 'demo', name: 'settings' }, ['vulcan']);
    expect(await vulcan.get(CONFIG_MAPS, { namespace: 'demo', name: 'settings' })).toMatchObject({
      data: { colour: 'red' },
    });
  });

  it('warn of fields that the kind of a template does not have, and of none that it has', async () => {
    const containers = [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80, prtocol: 'TCP' }] }];
    const labels = { app: 'web' };
    const template = {
      metadata: { labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    };
    const path = 'spec.template.spec.template.spec.containers[0].ports[0].prtocol';
    const object = federated(DEPLOYMENTS, { name: 'typo', namespace: 'demo', template });
    // What the kind is made of is looked up in the background when the first one comes.
    await until(
      'a warning',
      () =>
        kubectl(federation.kubeconfig, ['--context', 'host', 'apply', '--dry-run=server', '-f', '-'], {
          stdin: JSON.stringify(object),
        }),
      ({ stderr }) =>
        stderr.includes(`Warning: unknown field "${path}": the host's apps/v1 Deployment has none of that name`),
    );
    containers[0] = { name: 'web', image: 'nginx', ports: [] };
    const clean = await applied(federated(DEPLOYMENTS, { name: 'typo', namespace: 'demo', template }));
    expect(clean).toBe('federateddeployment.types.kubefed.io/typo created\n');
  });

  it('stay when a control plane of another namespace starts and stops on the same host', async () => {
    const before = await registered();
    await host.create(NAMESPACES, { metadata: { name: 'other' } });
    const other = await ControllerProcess.start({ kubeconfig: federation.kubeconfig, namespace: 'other' });
    await until(
      'its term',
      async () => other.log,
      (log) => log.some((line) => line.includes('promoted as leader')),
    );
    await other.stop();
    expect(await registered()).toEqual(before);
    await host.delete(NAMESPACES, { name: 'other' });
  });

  it('go when the controller stops, and never stand in its way: what came in meanwhile is worked on and can be deleted', async () => {
    await federation.controller.stop();
    expect(await registered()).toEqual([undefined, undefined, undefined]);
    const twice = { clusterName: 'vulcan', clusterOverrides: [] };
    const faulty = federated(CONFIG_MAPS, {
      name: 'faulty',
      namespace: 'demo',
      on: ['vulcan'],
      template: { data: {} },
      overrides: [twice, twice],
    });
    expect(await applied(faulty)).toContain('created');

    await federation.restart();
    await untilRegistered();
    const ref = { namespace: 'demo', name: 'faulty' };
    const { clusters } = await untilStanding(host, CONFIG_MAPS, ref, ({ clusters }) => clusters.vulcan !== undefined);
    expect(clusters).toEqual({ vulcan: 'ApplyOverridesFailed' });
    const labelled = await kubectl(
      federation.kubeconfig,
      ['--context', 'host', 'label', '-n', 'demo', 'federatedconfigmap', 'faulty', 'seen=yes'],
      {},
    );
    expect(labelled).toMatchObject({ code: 0, stderr: expect.stringContaining('"vulcan" stands there twice') });
    const kind = federatedKindOf(CONFIG_MAPS);
    expect((await host.get(kind, ref)).metadata.finalizers).toEqual(['kubefed.io/sync-controller']);
    await host.delete(kind, ref);
    await host.untilGone(kind, ref);
  });

  it('lose not one of a hundred reviews a second while their certificate is renewed', async () => {
    const before = await shownCertificate();
    const load = new Load(async (turn) => {
      const config = { ...newKubeFedConfig(NAMESPACE), metadata: { name: `load-${turn}`, namespace: NAMESPACE } };
      const options = { dryRun: true, signal: AbortSignal.timeout(120_000) };
      await federation.clients.host.create(KUBEFED_CONFIGS, config, options);
    });
    await until(
      'the first hundred',
      () => load.sent,
      (sent) => sent >= 100,
    );
    await host.edit(SECRETS, { namespace: NAMESPACE, name: WEBHOOK_SECRET }, (secret) => {
      secret.data = {};
    });
    await until('another certificate', shownCertificate, (shown) => shown !== before, {
      withinMs: 120_000,
      everyMs: 250,
    });
    const since = load.sent;
    await until(
      'two hundred more',
      () => load.sent,
      (sent) => sent - since >= 200,
    );
    const failures = await load.end();
    expect(failures).toEqual([]);
  });

  /** What it shows to who trusts the bundle that API servers have. */
  async function shownCertificate(): Promise<string> {
    const configuration = await host.get<WebhookConfiguration>(VALIDATING_WEBHOOKS, {
      name: 'validations.core.kubefed.io',
    });
    const socket = connect({ host: '127.0.0.1', port, ca: bundleOf(configuration) });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  it('a controller that died leaves its webhooks; uninstalling takes them away, the key too', async () => {
    await federation.controller.stop('SIGKILL');
    expect((await registered()).every((each) => each !== undefined)).toBe(true);
    const { code, stderr } = await federation.fedctl('uninstall', '--yes', '--orphan', '--force');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await registered()).toEqual([undefined, undefined, undefined]);
    expect(await host.find(NAMESPACES, { name: NAMESPACE })).toBeUndefined();
  });
});

/** Sends a hundred a second, or as many as are answered, until it is ended. */
class Load {
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  #sent = 0;

  constructor(send: (turn: number) => Promise<void>) {
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - this.#began) / 10);
      while (this.#sent < due && this.#underWay.size < 50) {
        const sent: Promise<void> = send(this.#sent++)
          .catch((error: unknown) => void this.#failures.push(String(error)))
          .finally(() => this.#underWay.delete(sent));
        this.#underWay.add(sent);
      }
    }, 10);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Returns what failed. */
  async end(): Promise<readonly string[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    return this.#failures;
  }
}
