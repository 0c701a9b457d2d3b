import type { Server } from 'node:net';
import { join } from 'node:path';
import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../../apis/well-known.ts';
import { type KubeconfigEntry, writeKubeconfig } from '../../../cli/sandbox/kubeconfig.ts';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../../controller/kube/kubeconfig.ts';
import { Cluster } from '../../e2e/cluster.ts';
import { federated, federateNamespace } from '../../e2e/federated.ts';
import { CONFIG_MAPS, federatedKindOf } from '../../e2e/kinds.ts';
import { eventually } from '../../kube/eventually.ts';
import type { Lab } from '../lab/lab.ts';
import type { Namespace } from '../lab/namespace.ts';
import type { Running } from '../lab/running.ts';
import { type ControlPlane, doorOf, type Login, startCluster, startProgram } from './control-plane.ts';
import { relay } from './relay.ts';

const HOST = 'earth';
const NAMESPACE = 'written';

/** A host cluster and the controller on one machine, and a member that was joined at its virtual address. */
export class Federation {
  readonly host: Cluster;
  readonly member: Cluster;
  readonly #memberName: string;
  readonly #clients: readonly Client[];
  readonly #doors: readonly Server[];
  readonly #controller: Running;
  #written = 0;

  private constructor(
    memberName: string,
    controller: Running,
    clients: readonly [Client, Client],
    doors: readonly Server[],
  ) {
    this.#memberName = memberName;
    this.#controller = controller;
    this.#clients = clients;
    this.#doors = doors;
    this.host = new Cluster(clients[0]);
    this.member = new Cluster(clients[1]);
  }

  /** `fedctl init`, `fedctl join`, the controller: all on this machine, which knows the member by its virtual address only. */
  static async start(lab: Lab, machine: Namespace, memberName: string, plane: ControlPlane): Promise<Federation> {
    const login = await startCluster(lab, machine, HOST);
    const kubeconfig = join(lab.folder, 'kubeconfig');
    await writeKubeconfig(kubeconfig, [
      entry(HOST, login),
      { name: memberName, server: plane.url, caPem: plane.caPem, token: plane.login.adminToken },
    ]);
    const fedctl = async (...args: readonly string[]) => {
      const running = startProgram(lab, machine, 'cli/main.ts', { KUBECONFIG: kubeconfig }, args);
      const look = () => (running.isRunning ? `it runs, and has said ${running.said}` : 'it has ended');
      await eventually(`fedctl ${args[0]}`, look, () => !running.isRunning, { withinMs: 180_000 });
      if ((await running.ended()) !== 0) throw new Error(`fedctl ${args.join(' ')}: ${running.said}`);
    };
    await fedctl('init', '--host-cluster-context', HOST);
    await fedctl('join', memberName, '--host-cluster-context', HOST);
    const addresses = ['--healthz-addr=127.0.0.1:0', '--metrics-addr=127.0.0.1:0'];
    const args = [`--kubeconfig=${kubeconfig}`, ...addresses];
    const controller = startProgram(lab, machine, 'controller/main.ts', {}, args);
    await eventually(
      'the controller runs',
      () => controller.said,
      (said) => said.includes('fedmesh-controller is running'),
      { withinMs: 120_000 },
    );

    // Past everything that may fail, from where the test is.
    const toHost = await doorTo(doorOf(lab, HOST));
    const toMember = await doorTo(doorOf(lab, memberName));
    const outside = join(lab.folder, 'kubeconfig-outside');
    await writeKubeconfig(outside, [
      entry(HOST, { ...login, server: toHost.url }),
      entry(memberName, { ...plane.login, server: toMember.url }),
    ]);
    const loaded = await loadKubeconfig({ path: outside });
    const client = (name: string) => createClient(endpointFor(loaded, { context: name, cluster: name }));
    const clients = [client(HOST), client(memberName)] as const;
    const federation = new Federation(memberName, controller, clients, [toHost.server, toMember.server]);
    await federation.readySince();
    await federateNamespace(federation.host, NAMESPACE, [memberName]);
    return federation;
  }

  /** One more object that the member is to have. */
  async write(): Promise<void> {
    this.#written += 1;
    const name = `number-${this.#written}`;
    const wish = { name, namespace: NAMESPACE, template: { data: { name } }, on: [this.#memberName] };
    await this.host.create(federatedKindOf(CONFIG_MAPS), federated(CONFIG_MAPS, wish));
  }

  /** Waits until the member has all that was written. */
  async untilArrived(): Promise<void> {
    const names = Array.from({ length: this.#written }, (_, index) => `number-${index + 1}`);
    const missing = async () => {
      const there = await this.member.list(CONFIG_MAPS, NAMESPACE);
      const arrived = new Set(there.filter(isWhole).map(({ metadata }) => metadata.name));
      return names.filter((name) => !arrived.has(name));
    };
    const withinMs = 180_000;
    await eventually(`nothing is missing in ${this.#memberName}`, missing, ({ length }) => length === 0, {
      withinMs,
      everyMs: 100,
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#controller.said.split('\n').slice(-40).join('\n')}`);
    });
  }

  /** RFC 3339: since when the member is Ready, without a break. Waits until it is. */
  async readySince(): Promise<string> {
    const ref = { name: this.#memberName, namespace: DEFAULT_KUBEFED_NAMESPACE };
    const member = await this.host.until(
      KUBEFED_CLUSTERS,
      ref,
      (object) => readyOf(object as KubeFedCluster) === 'True',
    );
    const conditions = (member as KubeFedCluster).status?.conditions ?? [];
    return conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.#doors.map((door) => new Promise((resolve) => door.close(resolve))));
  }
}

function readyOf({ status }: KubeFedCluster): string | undefined {
  return status?.conditions.find(({ type }) => type === 'Ready')?.status;
}

function isWhole(object: { metadata: { name?: string }; data?: unknown }): boolean {
  return (object.data as { name?: string } | undefined)?.name === object.metadata.name;
}

function entry(name: string, { server, caPem, adminToken }: Login): KubeconfigEntry {
  return { name, server, caPem, token: adminToken };
}

/** A port on loopback that leads into a namespace. */
async function doorTo(path: string): Promise<{ server: Server; url: string }> {
  const server = await relay({ host: '127.0.0.1', port: 0 }, path);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a door without a port');
  return { server, url: `https://127.0.0.1:${address.port}` };
}
