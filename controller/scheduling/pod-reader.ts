import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { Client } from '../kube/client.ts';
import { PODS } from '../kube/core-kinds.ts';
import { isForbidden } from '../kube/errors.ts';
import { formatLabelSelector } from '../kube/label-selector.ts';
import { Slots } from '../kube/slots.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { censusOf, type Pod, type PodCensus } from './pod-census.ts';
import type { Workload } from './workload.ts';

export type PodLook =
  | { readonly state: 'asking' }
  | { readonly state: 'known'; readonly pods: PodCensus }
  | { readonly state: 'unknown'; readonly forbidden: boolean; readonly error: Error };

export interface PodReaderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** An answer for the workload of this key is there. */
  readonly onAnswer: (key: string) => void;
}

interface Answer {
  readonly look: PodLook;
  readonly at: number;
  /** The workload as it was when its Pods were asked for. */
  readonly workload: DeepReadonly<Workload>['metadata'];
}

interface Member {
  readonly slots: Slots;
  readonly answers: Map<string, Answer>;
  readonly asking: Set<string>;
}

/** How old an answer may be; and how old when the workload has changed since: in a rollout each answer is late already. */
const FRESH_MS = 3_000;
const FRESH_AFTER_CHANGE_MS = 1_000;
const TIMEOUT_MS = 5_000;
/** Lists under way in one member at a time. */
const CONCURRENCY = 4;

/**
 * Reads the Pods of workloads that do not run what they should, one workload at a time. Only those need it, and few do at any
 * moment, so that listing them costs less than a watch, which would bring every change of every Pod of every member to the
 * host. Nobody waits for an answer: it is asked for, and the key comes back with it.
 */
export class PodReader {
  readonly #options: PodReaderOptions;
  readonly #members = new Map<string, Member>();
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PodReaderOptions) {
    this.#options = options;
  }

  /** What is known of the workload's Pods in this member. Asks when that is not recent. */
  look(accessor: Accessor, key: string, workload: DeepReadonly<Workload>): PodLook {
    const member = this.#member(accessor.name);
    const { uid, resourceVersion } = workload.metadata;
    const answer = member.answers.get(key);
    if (answer !== undefined && answer.workload.uid === uid) {
      const age = this.#options.clock.monotonic() - answer.at;
      const most = answer.workload.resourceVersion === resourceVersion ? FRESH_MS : FRESH_AFTER_CHANGE_MS;
      if (age < most) return answer.look;
    }
    if (member.asking.has(key)) return { state: 'asking' };
    const { client } = accessor;
    if (client === undefined)
      return { state: 'unknown', forbidden: false, error: new Error(accessor.disconnectedReason) };
    this.#ask(member, client, key, workload);
    return { state: 'asking' };
  }

  forgetCluster(cluster: string): void {
    this.#members.delete(cluster);
  }

  forget(key: string): void {
    for (const { answers } of this.#members.values()) answers.delete(key);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('scheduling is stopped'));
    await Promise.all(this.#underWay);
  }

  #member(cluster: string): Member {
    const known = this.#members.get(cluster);
    if (known !== undefined) return known;
    const member: Member = { slots: new Slots(CONCURRENCY), answers: new Map(), asking: new Set() };
    this.#members.set(cluster, member);
    return member;
  }

  #ask(member: Member, client: Client, key: string, workload: DeepReadonly<Workload>): void {
    if (this.#closing.signal.aborted) return;
    member.asking.add(key);
    member.slots.take(() => {
      const asking = this.#list(client, workload).then((look) => {
        member.slots.release();
        member.asking.delete(key);
        if (this.#closing.signal.aborted) return;
        const at = this.#options.clock.monotonic();
        member.answers.set(key, { look, at, workload: workload.metadata });
        this.#options.onAnswer(key);
      });
      this.#underWay.add(asking);
      void asking.finally(() => this.#underWay.delete(asking));
    });
  }

  async #list(client: Client, workload: DeepReadonly<Workload>): Promise<PodLook> {
    const { namespace = '', name } = workload.metadata;
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    try {
      // Without a selector it would be every Pod of the namespace.
      if (workload.spec?.selector === undefined) return { state: 'known', pods: censusOf([]) };
      const { items } = await client.listAll<Pod>(PODS, {
        namespace,
        labelSelector: formatLabelSelector(workload.spec.selector),
        signal: AbortSignal.any([this.#closing.signal, deadline]),
        timeoutMs: TIMEOUT_MS,
      });
      return { state: 'known', pods: censusOf(items) };
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#options.log.debug({ err: error, cluster: client.cluster, namespace, name }, 'Pods could not be listed');
      return { state: 'unknown', forbidden: isForbidden(error), error };
    }
  }
}
