import {
  REACHABILITY_MATRICES,
  REACHABILITY_MATRIX_NAME,
  type ReachabilityMatrix,
  type ReachabilityMatrixStatus,
  type ReachabilityProblem,
} from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Accessor } from '../../clusters/accessor.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { Finding } from '../../clusters/condition.ts';
import type { Client } from '../../kube/client.ts';
import { isNotFound } from '../../kube/errors.ts';
import { Reflector } from '../../kube/reflector.ts';
import { keyOf } from '../../kube/resource.ts';
import { Store } from '../../kube/store.ts';
import { Controller, type ReconcileResult } from '../../runtime/controller.ts';
import type { EventRecorder } from '../../runtime/event-recorder.ts';
import type { Component } from '../../runtime/manager.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../time/clock.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import type { MeshConfigs } from '../mesh/mesh-configs.ts';
import { coverageMs } from '../probe/schedule.ts';
import { askProbes, type Found, findAll } from './collection.ts';
import { reachabilityFindings } from './conditions.ts';
import { diagnoseMatrix } from './diagnose.ts';
import type { PairDiagnosis } from './diagnosis.ts';
import { directoryOf } from './directory-of.ts';
import { ReachabilityRecords } from './host-records.ts';
import { HostWorkload } from './host-workload.ts';
import { matrixStatus, saysAnother } from './matrix.ts';
import { evidenceOf } from './members.ts';
import { ReportMemory } from './report-memory.ts';
import { type ProbeSettings, probeSettingsOf } from './settings.ts';
import { VerifyRequests } from './verify-requests.ts';
import { probeTargets, probeWorkload } from './workload.ts';

export interface ReachabilityObserver {
  /** A round has ended: how long it took, and what it found. */
  round(seconds: number, pairs: readonly Pick<PairDiagnosis, 'class'>[]): void;
  /** What is said of a member. */
  member(cluster: string, condition: string, status: 'True' | 'False' | 'Unknown'): void;
  /** Nothing is probed any more, or this member is none: its series end. */
  gone(cluster?: string): void;
}

export interface ReachabilityControllerOptions {
  readonly host: Client;
  /** The control plane's. */
  readonly namespace: string;
  readonly clusters: Clusters;
  readonly configs: MeshConfigs;
  readonly events: EventRecorder;
  readonly observer: ReachabilityObserver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** There is one matrix. */
const KEY = 'matrix';
/** Several members that become ready, as at a start, are one change. */
const SOON_MS = 1_000;
/** While something is awaited. */
const GLANCE_MS = 1_000;
const SOURCE = 'reachability-controller';

/**
 * Runs a probe in every member as long as the MeshConfig wants it, has the probes ask each other, and writes down who reaches whom: the
 * ReachabilityMatrix, two conditions on each KubeFedCluster, and Events where these change. It moves nothing.
 */
export class ReachabilityController implements Component {
  readonly name = 'reachability';
  readonly #options: ReachabilityControllerOptions;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #matrix: Store<ReachabilityMatrix>;
  readonly #reflector: Reflector<ReachabilityMatrix>;
  readonly #workload: HostWorkload;
  readonly #records: ReachabilityRecords;
  readonly #memory: ReportMemory;
  readonly #verify: VerifyRequests;
  readonly #stopping = new AbortController();
  readonly #stops: (() => void)[] = [];
  #found = new Map<string, Found>();
  #reaches: ReadonlyMap<string, 'True' | 'False' | 'Unknown'> = new Map();
  readonly #listeners = new Set<() => void>();
  #status: DeepReadonly<ReachabilityMatrixStatus> | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #nextRoundAt = 0;
  #isRetired = false;
  #cancelSoon: (() => void) | undefined;
  #reflecting: Promise<void> | undefined;

  constructor(options: ReachabilityControllerOptions) {
    const { host, namespace, clusters, clock, random, log } = options;
    this.#options = options;
    this.#queue = new WorkQueue({ clock });
    const reconcile = (_key: string, signal: AbortSignal) => this.#reconcile(signal);
    this.#controller = new Controller({ name: this.name, queue: this.#queue, reconcile, concurrency: 1, log, clock });
    this.#matrix = new Store<ReachabilityMatrix>({ clock, log });
    const what = { resource: REACHABILITY_MATRICES, namespace, store: this.#matrix };
    this.#reflector = new Reflector({ client: host, ...what, clock, random, log });
    this.#workload = new HostWorkload(host, clock);
    this.#records = new ReachabilityRecords(host, clusters, namespace);
    this.#memory = new ReportMemory(clock);
    this.#verify = new VerifyRequests(clock);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clusters, configs } = this.#options;
    this.#reflecting = this.#reflector.run(this.#stopping.signal);
    this.#stops.push(
      clusters.subscribe(({ type, cluster }) => {
        if (type === 'left') this.#options.observer.gone(cluster);
        if (type === 'ready' || type === 'left') this.#soon();
      }),
      configs.subscribe(() => {
        this.#isRetired = false;
        this.#soon();
      }),
      this.#matrix.subscribe(({ type }) => {
        if (type !== 'deleted' && this.#verify.pending(this.#current()) !== undefined) this.#queue.add(KEY);
      }),
    );
    this.#controller.start(signal);
    this.#queue.add(KEY);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#cancelSoon?.();
    this.#stopping.abort(new Error('the controller stops'));
    await this.#controller.close();
    await this.#reflecting;
    this.#options.observer.gone();
  }

  /** Whether Pods of one member reach those of another, by the last round that knew. */
  podsReach(from: string, to: string): 'True' | 'False' | 'Unknown' {
    return this.#reaches.get(`${from}\n${to}`) ?? 'Unknown';
  }

  /** Calls back when `podsReach` may answer otherwise than before. */
  subscribe(listener: () => void): () => void {
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  #note(pairs: DeepReadonly<Pick<PairDiagnosis, 'from' | 'to' | 'pods'>[]>): void {
    const words = { Reachable: 'True', Unreachable: 'False', Unknown: 'Unknown' } as const;
    const before = this.#reaches;
    this.#reaches = new Map(pairs.map(({ from, to, pods }) => [`${from}\n${to}`, words[pods]]));
    const isSame =
      before.size === this.#reaches.size && [...before].every(([key, is]) => this.#reaches.get(key) === is);
    if (!isSame) for (const listener of [...this.#listeners]) listener();
  }

  #soon(): void {
    this.#cancelSoon ??= this.#options.clock.after(SOON_MS, () => {
      this.#cancelSoon = undefined;
      this.#nextRoundAt = 0;
      this.#queue.add(KEY);
    });
  }

  #current(): DeepReadonly<ReachabilityMatrix> | undefined {
    const { namespace } = this.#options;
    return this.#matrix.get(keyOf({ namespace, name: REACHABILITY_MATRIX_NAME }));
  }

  async #reconcile(signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { configs, clusters, clock } = this.#options;
    // A host whose CRDs are older than the controller, or that grants less, leaves nowhere to write to.
    if (['notServed', 'forbidden'].includes(this.#reflector.state)) return { requeueAfterMs: 60 * GLANCE_MS };
    if (!configs.known || !this.#matrix.synced || !clusters.synced) return { requeueAfterMs: GLANCE_MS };
    const settings = probeSettingsOf(configs.current);
    if (settings === undefined) return (await this.#retire(signal)) ? undefined : { requeueAfterMs: GLANCE_MS };
    this.#isRetired = false;
    if (this.#status === undefined) {
      this.#status = this.#current()?.status;
      this.#note(this.#status?.pairs ?? []);
    }
    const request = this.#verify.pending(this.#current());
    const waits = this.#nextRoundAt - clock.monotonic();
    if (request === undefined && waits > 0) return { requeueAfterMs: waits };
    return { requeueAfterMs: await this.#round(settings, signal) };
  }

  /** @returns milliseconds until the next one */
  async #round(settings: ProbeSettings, signal: AbortSignal): Promise<number> {
    const { clusters, clock, observer } = this.#options;
    const began = clock.monotonic();
    const request = this.#verify.pending(this.#current());
    const allNodes = request?.allNodes === true;
    const accessors = clusters.list().filter(({ name, leaving }) => !leaving && clusters.object(name) !== undefined);
    accessors.sort((a, b) => (a.name < b.name ? -1 : 1));
    const found = await findAll(accessors, this.#found, { countsNodes: allNodes, signal });
    this.#found = new Map(found.map((member) => [member.cluster, member]));
    this.#memory.keep(new Set(found.flatMap(({ probes }) => probes.map(({ nonce }) => nonce))));
    const directory = directoryOf(found, settings);
    const fault = await this.#keepWorkload(found, settings, directory, allNodes, signal);
    const directoryOfProbe = (nonce: string) => this.#memory.of(nonce)?.directory;
    // Until all that are to be asked are there, the rounds go on as usual.
    const answers =
      request !== undefined && this.#verify.isReady(request, found, directory.version, directoryOfProbe)
        ? request
        : undefined;
    const round = answers === undefined ? 'next' : 'all';
    const asked = await askProbes(found, { ...this.#asking(signal), round });
    const problems = [...(fault === undefined ? [] : notFederated(found, fault)), ...asked];
    const covers = coverageMs(found.length, directory.perRound, settings.intervalMs);
    const staleAfterMs = Math.max(settings.staleAfterMs, covers + 2 * settings.intervalMs);
    const clusterOf = (name: string) => clusters.object(name);
    const pairs = diagnoseMatrix(evidenceOf(found, clusterOf, this.#memory, settings, staleAfterMs));
    this.#note(pairs);
    await this.#writeMatrix(pairs, problems, staleAfterMs, answers?.id, signal);
    const written = await this.#writeConditions(accessors, pairs, problems, signal);
    observer.round((clock.monotonic() - began) / 1_000, pairs);
    const isAwaited = request !== undefined && answers === undefined;
    this.#nextRoundAt = written && !isAwaited ? began + settings.intervalMs : clock.monotonic() + GLANCE_MS;
    return Math.max(this.#nextRoundAt - clock.monotonic(), GLANCE_MS);
  }

  #asking(signal: AbortSignal) {
    const { clusters } = this.#options;
    return { memory: this.#memory, clientOf: (cluster: string) => clusters.get(cluster)?.client, signal };
  }

  /** What keeps the probes from being federated, in words. */
  async #keepWorkload(
    found: readonly Found[],
    { image, gateways }: ProbeSettings,
    directory: ReturnType<typeof directoryOf>,
    allNodes: boolean,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const members = found.map(({ cluster, nodes = 1 }) => {
      return { cluster, gatewayNodes: gateways.get(cluster) ?? [], nodes };
    });
    const parts = [...probeWorkload({ image, members, allNodes }), probeTargets(directory)];
    try {
      await this.#workload.apply(parts, signal);
      return undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return `${error instanceof Error ? error.message : String(error)}: the probes need the kinds namespaces, deployments.apps, services and configmaps (\`fedctl enable KIND\`)`;
    }
  }

  async #writeMatrix(
    pairs: readonly PairDiagnosis[],
    problems: readonly ReachabilityProblem[],
    staleAfterMs: number,
    answered: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options;
    const now = rfc3339(clock.now());
    const status = matrixStatus({
      pairs,
      problems,
      previous: this.#status,
      now,
      ...(answered === undefined ? {} : { answered }),
    });
    const isOld = clock.monotonic() - this.#writtenAt > staleAfterMs / 2;
    if (!isOld && this.#current() !== undefined && !saysAnother(this.#status, status)) return;
    await this.#records.writeMatrix(status, signal);
    this.#status = status;
    this.#writtenAt = clock.monotonic();
    if (answered !== undefined) this.#verify.done(answered);
  }

  /** False when somebody else wrote in between, and it is to be tried again. */
  async #writeConditions(
    accessors: readonly Accessor[],
    pairs: readonly PairDiagnosis[],
    problems: readonly ReachabilityProblem[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clusters, clock, observer } = this.#options;
    const now = rfc3339(clock.now());
    const names = accessors.map(({ name }) => name);
    let allWritten = true;
    for (const [name, findings] of reachabilityFindings(names, pairs, problems)) {
      for (const { type, status } of findings) observer.member(name, type, status);
      const cluster = clusters.object(name);
      if (cluster === undefined) continue;
      const changed = await this.#records.writeConditions(cluster, findings, now, signal);
      if (changed === undefined) allWritten = false;
      for (const finding of changed ?? []) this.#tell(name, finding);
    }
    return allWritten;
  }

  /** That nothing is known, or known again, is no event: at every start it would be one. */
  #tell(name: string, { type, status, message = '' }: Finding): void {
    const cluster = this.#options.clusters.object(name);
    if (cluster === undefined || status === 'Unknown') return;
    const what = type.replace('Reachable', status === 'True' ? 'Reachable' : 'Unreachable');
    this.#options.events.record(cluster, status === 'True' ? 'Normal' : 'Warning', what, message, SOURCE);
  }

  /** Takes away everything that probing has made; true once nothing is left. */
  async #retire(signal: AbortSignal): Promise<boolean> {
    if (this.#isRetired) return true;
    const { clusters, clock, observer } = this.#options;
    const gone = await this.#workload.remove(signal);
    if (this.#current() !== undefined) await this.#records.removeMatrix(signal);
    let allWritten = true;
    for (const { name } of clusters.list()) {
      const cluster = clusters.object(name);
      if (cluster === undefined) continue;
      const changed = await this.#records.writeConditions(cluster, [], rfc3339(clock.now()), signal);
      if (changed === undefined) allWritten = false;
    }
    observer.gone();
    this.#found.clear();
    this.#note([]);
    this.#memory.keep(new Set());
    this.#status = undefined;
    this.#isRetired = gone && allWritten;
    return this.#isRetired;
  }
}

function notFederated(found: readonly Found[], message: string): ReachabilityProblem[] {
  return found.map(({ cluster }) => ({ cluster, reason: 'NotFederated', message }));
}
