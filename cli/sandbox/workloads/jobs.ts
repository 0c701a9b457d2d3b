import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { ReconcileResult } from '../../../controller/runtime/controller.ts';
import type { WorkQueue } from '../../../controller/runtime/work-queue.ts';
import type { Workload, WorkloadEnvironment } from './environment.ts';
import { recordEvent } from './events.ts';
import type { Condition, Job, Pod } from './kinds.ts';
import { controllerKey, keyOf } from './objects.ts';
import { conditionOf, isActive, isReady, podFrom, seconds } from './pods.ts';

const DEFAULT_BACKOFF_LIMIT = 6;

/** Jobs: Pods until as many have succeeded as are asked for, or too many failed. No indexes and no Pod failure policies. */
export class Jobs implements Workload {
  readonly watches = ['jobs', 'pods'] as const;
  readonly #environment: WorkloadEnvironment;

  constructor(environment: WorkloadEnvironment) {
    this.#environment = environment;
  }

  subscribe(queue: WorkQueue): void {
    const { jobs, pods } = this.#environment;
    jobs.subscribe(({ metadata }) => queue.add(keyOf(metadata)));
    pods.subscribe((pod) => {
      const key = controllerKey(pod, 'Job');
      if (key !== undefined) queue.add(key);
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { jobs, pods } = this.#environment;
    const job = jobs.get(key);
    if (job === undefined || job.metadata.deletionTimestamp !== undefined || isOver(job)) return undefined;
    const tally = this.#tally(job);
    const verdict = verdictOf(job, tally);
    const { parallelism = 1, completions } = job.spec;
    const stillNeeded = completions === undefined ? parallelism : completions - tally.succeeded;
    const wanted =
      verdict !== undefined || job.spec.suspend === true ? 0 : Math.min(parallelism, Math.max(stillNeeded, 0));
    // Without completions one success ends it: nobody starts anew then.
    const mayStart = completions !== undefined || tally.succeeded === 0;
    for (let missing = mayStart ? wanted - tally.active.length : 0; missing > 0; missing--) {
      await pods.create(podFrom(job, job.spec.template), signal);
    }
    const surplus = mayStart ? tally.active.slice(wanted) : verdict === undefined ? [] : tally.active;
    for (const pod of surplus) await pods.delete(pod, signal);
    await this.#report(key, signal);
    return undefined;
  }

  async #report(key: string, signal: AbortSignal): Promise<void> {
    const { jobs, clock } = this.#environment;
    const job = jobs.get(key);
    if (job === undefined || isOver(job)) return;
    const tally = this.#tally(job);
    const now = seconds(clock);
    const verdict = tally.active.length > 0 || tally.terminating > 0 ? undefined : verdictOf(job, tally);
    const before = job.status ?? {};
    const suspended = job.spec.suspend === true;
    const status: Record<string, unknown> = {
      active: tally.active.length || null,
      ready: tally.active.filter(isReady).length,
      terminating: tally.terminating,
      succeeded: tally.succeeded || null,
      failed: tally.failed || null,
      startTime: suspended ? (before.startTime ?? null) : (before.startTime ?? now),
      uncountedTerminatedPods: {},
      ...(verdict?.type === 'Complete' ? { completionTime: now } : {}),
      ...(verdict === undefined
        ? suspension(job, now)
        : { conditions: [...(before.conditions ?? []), ...ended(verdict, now)] }),
    };
    const known = Object.fromEntries(Object.keys(status).map((name) => [name, before[name] ?? null]));
    if (isEqual(known, status)) return;
    await jobs.patchStatus(job, status, signal);
    if (verdict === undefined) return;
    const failed = verdict.type === 'Failed';
    const event = failed
      ? ({ type: 'Warning', reason: verdict.reason, message: verdict.message } as const)
      : ({ type: 'Normal', reason: 'Completed', message: 'Job completed' } as const);
    await recordEvent(this.#environment, job, { ...event, component: 'job-controller' }, signal);
  }

  #tally(job: DeepReadonly<Job>): Tally {
    const own = this.#environment.pods.controlledBy(job.metadata.uid);
    const inPhase = (phase: string) => own.filter(({ status }) => status?.phase === phase).length;
    const ends = ({ metadata, status }: DeepReadonly<Pod>) =>
      metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
    return {
      active: own.filter(isActive),
      terminating: own.filter(ends).length,
      // What was counted stays counted, although its Pod has gone.
      succeeded: Math.max(inPhase('Succeeded'), Number(job.status?.succeeded ?? 0)),
      failed: Math.max(inPhase('Failed'), Number(job.status?.failed ?? 0)),
    };
  }
}

interface Tally {
  readonly active: readonly DeepReadonly<Pod>[];
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
}

interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

function verdictOf({ spec }: DeepReadonly<Job>, tally: Tally): Verdict | undefined {
  if (tally.failed > (spec.backoffLimit ?? DEFAULT_BACKOFF_LIMIT)) {
    const message = 'Job has reached the specified backoff limit';
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message };
  }
  const done =
    spec.completions === undefined
      ? tally.succeeded > 0 && tally.active.length === 0
      : tally.succeeded >= spec.completions;
  if (!done) return undefined;
  return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
}

/** First what decided it, then what came of it: two conditions. */
function ended({ type, reason, message }: Verdict, now: string): object[] {
  return [type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', type].map((condition) => ({
    type: condition,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    reason,
    message,
  }));
}

function suspension({ spec, status }: DeepReadonly<Job>, now: string): { conditions?: object[] } {
  const before = conditionOf(status?.conditions, 'Suspended');
  const wanted = spec.suspend === true ? 'True' : 'False';
  if (before === undefined ? wanted === 'False' : before.status === wanted) return {};
  const [reason, message] = wanted === 'True' ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  const others = (status?.conditions ?? []).filter(({ type }: DeepReadonly<Condition>) => type !== 'Suspended');
  return {
    conditions: [
      ...others,
      { type: 'Suspended', status: wanted, lastProbeTime: now, lastTransitionTime: now, reason, message },
    ],
  };
}

function isOver({ status }: DeepReadonly<Job>): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(status?.conditions, type)?.status === 'True');
}
