import { join, resolve } from 'node:path';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { silentLog } from '../../controller/telemetry/log.ts';
import type { Clock } from '../../controller/time/clock.ts';
import { refused } from '../exit.ts';
import { Breakages } from './breakages.ts';
import { presenceOf } from './control/client.ts';
import type { SandboxReport } from './control/protocol.ts';
import { ControlServer } from './control/server.ts';
import { claim, readState, removeTraces, type SandboxState } from './control/state-file.ts';
import { SandboxController } from './controller-process.ts';
import { freePort } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { MemberProbes } from './probes/member-probes.ts';
import { PodNetwork } from './probes/pod-network.ts';
import { type RuntimeKind, type SandboxCluster, type SandboxRuntime, startRuntime } from './runtime/runtime.ts';
import type { Workloads, WorkloadsOptions } from './workloads/workloads.ts';

/** What becomes of Pods. */
export type Fate = Pick<WorkloadsOptions, 'readyAfterMs' | 'unschedulable' | 'crash'>;

/** The first that is tried: that of the dashboard in a cluster too. */
const DASHBOARD_PORT = 8088;

export interface SandboxOptions {
  readonly name: string;
  /** {@link sandboxDirectory} */
  readonly directory: string;
  readonly runtime: RuntimeKind;
  /** The first is the host. */
  readonly clusters: readonly string[];
  readonly dataDir: string | undefined;
  /** Where the kubeconfig is wanted beside its own place. */
  readonly writeKubeconfig: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Somebody asked for the end from another terminal. */
  readonly onCloseAsked: () => void;
  /** A cluster that was broken for a while is well again. */
  readonly onHealed: (cluster: string) => void;
}

/** Control planes on this machine, a controller, and a port on which other commands can talk to them. */
export class Sandbox {
  readonly kubeconfig: string;
  readonly #options: SandboxOptions;
  readonly #control: ControlServer;
  #claimed: SandboxState | undefined;
  #runtime: SandboxRuntime | undefined;
  #controller: SandboxController | undefined;
  #dashboard: string | undefined;
  #breakages: Breakages | undefined;
  readonly #workloads: Workloads[] = [];
  readonly #workloadClients: Client[] = [];
  /** Between the clusters that run in this process; real API servers reach no Pod. */
  readonly #network: PodNetwork | undefined;
  readonly #probes: MemberProbes[] = [];
  #closing: Promise<void> | undefined;

  private constructor(options: SandboxOptions) {
    this.#options = options;
    this.kubeconfig = resolve(options.writeKubeconfig ?? join(options.directory, 'kubeconfig'));
    this.#control = new ControlServer(options.onCloseAsked);
    this.#network = options.runtime === 'embedded' ? new PodNetwork(options.clock) : undefined;
  }

  /** Control planes that answer, and their kubeconfig. Nothing is left of them when that fails. */
  static async start(options: SandboxOptions): Promise<Sandbox> {
    const sandbox = new Sandbox(options);
    try {
      await sandbox.#start();
      return sandbox;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  get clusters(): readonly SandboxCluster[] {
    return Object.values(this.#runtime?.clusters ?? {});
  }

  /** Runs `fedmesh-controller` on the host, until the sandbox is closed. */
  async startController(namespace: string): Promise<SandboxController> {
    const dashboardPort = await freePort(DASHBOARD_PORT);
    this.#dashboard = `http://127.0.0.1:${dashboardPort}`;
    this.#controller = SandboxController.start({
      kubeconfig: this.kubeconfig,
      namespace,
      dashboardPort,
      logFile: join(this.#options.directory, 'controller.log'),
    });
    return this.#controller;
  }

  /** Lets Pods come to life in these clusters: nodes, and what makes and runs Pods where no controller manager does. */
  async startWorkloads(names: readonly string[], fate: Fate): Promise<void> {
    const { runtime, clock, signal } = this.#options;
    const kubeconfig = await loadKubeconfig({ path: this.kubeconfig });
    const { BESIDE_CONTROLLER_MANAGER, startWorkloads } = await import('./workloads/workloads.ts');
    await Promise.all(
      this.clusters
        .filter(({ name }) => names.includes(name))
        .map(async ({ name, podCidr }) => {
          const endpoint = endpointFor(kubeconfig, { context: name, cluster: name });
          const client = createClient(endpoint, { clock, userAgent: 'fedctl-sandbox' });
          this.#workloadClients.push(client);
          const workloads = await startWorkloads({
            client,
            podCidr,
            nodes: [`${name}-node-1`, `${name}-node-2`],
            ...(runtime === 'envtest' ? { components: BESIDE_CONTROLLER_MANAGER } : {}),
            ...fate,
            clock,
            signal,
          });
          this.#workloads.push(workloads);
          this.#startProbes(client);
        }),
    );
  }

  /** Probes are the one workload here that really runs. */
  #startProbes(client: Client): void {
    const { clock } = this.#options;
    const network = this.#network;
    if (network === undefined) return;
    const probes = new MemberProbes({ client, network, clock, random: Math.random, log: silentLog });
    probes.start();
    this.#probes.push(probes);
  }

  report(): SandboxReport {
    const { name, runtime } = this.#options;
    const controller = this.#controller;
    return {
      name,
      runtime,
      pid: process.pid,
      kubeconfig: this.kubeconfig,
      clusters: this.clusters.map((cluster) => this.#stateOf(cluster)),
      ...(controller === undefined
        ? {}
        : { controller: { pid: controller.pid, running: controller.running, log: controller.logFile } }),
      ...(this.#dashboard === undefined ? {} : { dashboard: this.#dashboard }),
    };
  }

  /** Ends everything and removes what was written, the data of `--data-dir` aside. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    const { clusters, dataDir, runtime: kind, clock, signal, onHealed } = this.#options;
    await this.#control.listen();
    await this.#claim();
    const runtime = await startRuntime(kind, {
      names: clusters,
      signal,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(this.#network === undefined ? {} : { podNetwork: this.#network }),
    });
    this.#runtime = runtime;
    const entries = this.clusters.map(({ name, server, caPem, adminToken }) => ({
      name,
      server,
      caPem,
      token: adminToken,
    }));
    await writeKubeconfig(this.kubeconfig, entries);
    const breakages = new Breakages({ clusters: runtime.clusters, clock, onHealed });
    this.#breakages = breakages;
    this.#control.serve({
      report: () => this.report(),
      break: (request) => breakages.break(request),
      mend: (cluster) => breakages.mend(cluster),
    });
  }

  async #claim(): Promise<void> {
    const { directory, name, writeKubeconfig: elsewhere } = this.#options;
    const { url, token } = this.#control;
    const kubeconfigs = elsewhere === undefined ? [] : [this.kubeconfig];
    const state: SandboxState = { pid: process.pid, url, token, kubeconfigs };
    while (!(await claim(directory, state))) {
      const holder = await readState(directory);
      if (holder === undefined) continue; // it ended in between
      if ((await presenceOf(holder)) !== 'gone') {
        throw refused(
          `a sandbox "${name}" is running already (process ${holder.pid})`,
          '`fedctl sandbox down` ends it; --name NAME starts another one beside it',
        );
      }
      await removeTraces(directory, holder);
    }
    this.#claimed = state;
  }

  async #close(): Promise<void> {
    this.#breakages?.close();
    await this.#controller?.stop();
    await Promise.all([...this.#probes, ...this.#workloads].map((each) => each.close()));
    await Promise.all(this.#workloadClients.map((client) => client.close()));
    await this.#runtime?.close();
    await this.#control.close();
    if (this.#claimed !== undefined) await removeTraces(this.#options.directory, this.#claimed);
  }

  #stateOf({ name, server, state }: SandboxCluster): SandboxReport['clusters'][number] {
    return this.#breakages?.stateOf(name) ?? { name, server, state };
  }
}
