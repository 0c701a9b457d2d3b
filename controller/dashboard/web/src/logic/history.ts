import type { ClusterSummary } from '../../../../../apis/dashboard/v1.ts';

/** A member's figures as they were seen since the page was opened. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly latencyMs?: number;
  readonly depth?: number;
}

export type History = ReadonlyMap<string, readonly Sample[]>;

/** An hour at one every ten seconds. */
const MOST = 360;
/** Nearer ones replace each other. */
const APART_MS = 1_000;

export function remember(history: History, clusters: readonly ClusterSummary[], at: number): History {
  const next = new Map(history);
  for (const { name, latencyMs, lane } of clusters) {
    if (latencyMs === undefined && lane === undefined) continue;
    const before = next.get(name) ?? [];
    const last = before.at(-1);
    const near = last !== undefined && at - last.at < APART_MS;
    const kept = near ? before.slice(0, -1) : before;
    const sample = {
      at: near ? last.at : at,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(lane === undefined ? {} : { depth: lane.depth }),
    };
    next.set(name, [...kept, sample].slice(-MOST));
  }
  return next;
}
