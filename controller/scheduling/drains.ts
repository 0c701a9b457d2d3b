import {
  type ClusterCondition,
  DRAINED_CONDITION,
  isCordoned,
  isDraining,
  type KubeFedCluster,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { saysTheSame } from '../clusters/condition.ts';
import { isLeaving } from '../clusters/leaving.ts';
import { patchStatus } from '../clusters/monitor.ts';
import type { Client } from '../kube/client.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { MemberClusters } from '../sync/environment.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { drainedCondition, type Leftover } from './drain-report.ts';

export interface DrainsOptions {
  readonly host: Client;
  readonly clusters: Pick<MemberClusters, 'objects'>;
  /** What of all that is scheduled is in a member; `undefined` while that is not known. */
  readonly leftIn: (cluster: string, unplaced: (key: string) => number) => readonly Leftover[] | undefined;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
}

const SOURCE = 'kubefedcluster-controller';
/** The condition follows what happens after this long, so that much at once is one write. */
const GATHER_MS = 500;
const RETRY_MS = 5_000;

/** Writes down, on the KubeFedClusters, how far their drains are, and tells of cordons. It moves nothing: plans do. */
export class Drains {
  readonly #options: DrainsOptions;
  readonly #unplaced = new Map<string, number>();
  readonly #cordoned = new Map<string, boolean>();
  readonly #stopping = new AbortController();
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Whether there is anything to write down or to take back. */
  #concerned = false;

  constructor(options: DrainsOptions) {
    this.#options = options;
  }

  noteUnplaced(key: string, replicas: number): void {
    if (replicas > 0) this.#unplaced.set(key, replicas);
    else this.#unplaced.delete(key);
    this.changed();
  }

  forget(key: string): void {
    this.#unplaced.delete(key);
    this.changed();
  }

  /** A KubeFedCluster came, went or changed. */
  clustersChanged(): void {
    this.#concerned = false;
    const gone = new Set(this.#cordoned.keys());
    for (const cluster of this.#options.clusters.objects.values()) {
      const { name = '' } = cluster.metadata;
      gone.delete(name);
      this.#tellCordon(cluster, name);
      if (isDraining(cluster) || conditionOf(cluster) !== undefined) this.#concerned = true;
    }
    for (const name of gone) this.#cordoned.delete(name);
    this.changed();
  }

  /** Something may be elsewhere now. Costs nothing while no member is being drained. */
  changed(afterMs = GATHER_MS): void {
    if (!this.#concerned || this.#cancel !== undefined || this.#stopping.signal.aborted) return;
    this.#cancel = this.#options.clock.after(afterMs, () => {
      this.#cancel = undefined;
      this.#running = this.#running.then(() => this.#writeAll());
    });
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('scheduling is stopped'));
    this.#cancel?.();
    await this.#running;
  }

  #tellCordon(cluster: DeepReadonly<KubeFedCluster>, name: string): void {
    const [was, is] = [this.#cordoned.get(name), isCordoned(cluster)];
    this.#cordoned.set(name, is);
    if (was === undefined || was === is) return;
    const [reason, message] = is
      ? ['Cordoned', 'what is here stays; no selector and no schedule brings anything new']
      : ['Uncordoned', 'selectors and schedules may bring something here again'];
    this.#options.events.record(cluster, 'Normal', reason, message, SOURCE);
  }

  async #writeAll(): Promise<void> {
    let again: number | undefined;
    for (const cluster of [...this.#options.clusters.objects.values()]) {
      try {
        if (!(await this.#write(cluster))) again = GATHER_MS;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (isNotFound(error)) continue;
        // Somebody else has written the status meanwhile: the watch brings it.
        again = isConflict(error) ? GATHER_MS : RETRY_MS;
        if (!isConflict(error)) {
          const { log } = this.#options;
          log.warn({ err: error, cluster: cluster.metadata.name }, 'how far a drain is could not be written down');
        }
      }
    }
    if (again !== undefined) this.changed(again);
  }

  /** False when it is not known yet what to write. */
  async #write(cluster: DeepReadonly<KubeFedCluster>): Promise<boolean> {
    const { host, clock, events, leftIn } = this.#options;
    const before = conditionOf(cluster);
    if (isLeaving(cluster) || (!isDraining(cluster) && before === undefined)) return true;
    const others = (cluster.status?.conditions ?? []).filter(({ type }) => type !== DRAINED_CONDITION);
    const conditions = [...(others as ClusterCondition[])];
    if (isDraining(cluster)) {
      const leftovers = leftIn(cluster.metadata.name ?? '', (key) => this.#unplaced.get(key) ?? 0);
      if (leftovers === undefined) return false;
      const condition = drainedCondition(leftovers, before, rfc3339(clock.now()));
      if (saysTheSame(before, condition)) return true;
      conditions.push(condition);
    }
    const { signal } = this.#stopping;
    await patchStatus(host, cluster, { ...(cluster.status as KubeFedCluster['status']), conditions }, signal);
    const now = conditions.find(({ type }) => type === DRAINED_CONDITION);
    if (now === undefined || now.status === before?.status) return true;
    const reason = now.status === 'True' ? 'Drained' : 'Draining';
    events.record(cluster, 'Normal', reason, now.message ?? '', SOURCE);
    return true;
  }
}

function conditionOf({ status }: DeepReadonly<KubeFedCluster>): DeepReadonly<ClusterCondition> | undefined {
  return status?.conditions?.find(({ type }) => type === DRAINED_CONDITION);
}
