import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { FIELD_MANAGER } from '../../apis/well-known.ts';
import type { Drift } from './ledger.ts';

/** So many repairs within the window mean that somebody else writes the object too, and means it. */
const CONTEST_REPAIRS = 6;
const CONTEST_WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 300_000;

/**
 * Records one more repair. When repairs come thick, the next one has to wait, twice as long each time: a fight costs both
 * sides nothing then, and the status names the other writer instead.
 *
 * @param now milliseconds on the monotonic clock
 */
export function recordRepair(drift: Drift | undefined, now: number, by: string): Drift {
  const repairs = [...(drift?.repairs ?? []).filter((at) => now - at < CONTEST_WINDOW_MS), now];
  const before = drift?.contested;
  if (before === undefined && repairs.length < CONTEST_REPAIRS) return { repairs };
  const delayMs = before === undefined ? FIRST_DELAY_MS : Math.min(before.delayMs * 2, LONGEST_DELAY_MS);
  return { repairs, contested: { by, delayMs, resumeAt: now + delayMs } };
}

/** Whether the next repair makes a contest of it: then it is worth asking the member who the other writer is. */
export function isContestNear(drift: Drift | undefined): boolean {
  return drift !== undefined && drift.repairs.length >= CONTEST_REPAIRS - 1;
}

/** Peace for as long as the last delay took, after it ended, ends the contest. `undefined` means: nothing to remember. */
export function settleDrift(drift: Drift, now: number): Drift | undefined {
  if (drift.contested !== undefined && now < drift.contested.resumeAt + drift.contested.delayMs) return drift;
  const repairs = drift.repairs.filter((at) => now - at < CONTEST_WINDOW_MS);
  return repairs.length === 0 ? undefined : { repairs };
}

/** When a contested object is to be looked at again: for the next repair, or to find that peace has come. */
export function nextLook(drift: Drift | undefined, now: number): number | undefined {
  if (drift?.contested === undefined) return undefined;
  const { resumeAt, delayMs } = drift.contested;
  return now < resumeAt ? resumeAt : resumeAt + delayMs;
}

/** Who changed the object last, other than Fedmesh, by its `managedFields`. Falls back to words, never to nothing. */
export function otherManager(live: DeepReadonly<KubeObject>): string {
  const others = (live.metadata.managedFields ?? []).filter(
    (entry) => entry.manager !== undefined && entry.manager !== FIELD_MANAGER && entry.subresource !== 'status',
  );
  const last = others.reduce<(typeof others)[number] | undefined>(
    (latest, entry) => ((entry.time ?? '') >= (latest?.time ?? '') ? entry : latest),
    undefined,
  );
  return last?.manager ?? 'another writer';
}
