import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';

export interface Pod extends KubeObject {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[];
  };
}

/** How the Pods of one workload in one member stand. */
export interface PodCensus {
  /** Pods that run and say whether they are ready, whatever they say: KubeFed's measure. */
  readonly running: number;
  /** When, in milliseconds since the epoch, each Pod that no node takes was refused. */
  readonly refusedAt: readonly number[];
}

/** How long a Pod has to be refused until its cluster counts as full: nodes may be on their way. As in KubeFed. */
export const UNSCHEDULABLE_AFTER_MS = 60_000;

/** Counts Pods. Those that are on their way out count for nothing: they neither stay nor wait for a node. */
export function censusOf(pods: Iterable<DeepReadonly<Pod>>): PodCensus {
  let running = 0;
  const refusedAt: number[] = [];
  for (const { metadata, status } of pods) {
    if (metadata.deletionTimestamp !== undefined) continue;
    for (const { type, status: verdict, reason, lastTransitionTime } of status?.conditions ?? []) {
      if (status?.phase === 'Running') {
        if (type === 'Ready') running += 1;
      } else if (type === 'PodScheduled' && verdict === 'False' && reason === 'Unschedulable') {
        const at = Date.parse(lastTransitionTime ?? '');
        if (!Number.isNaN(at)) refusedAt.push(at);
      }
    }
  }
  return { running, refusedAt };
}

/** Pods that have been refused for so long that their cluster is taken to be full. */
export function unschedulableAt({ refusedAt }: PodCensus, now: number): number {
  return refusedAt.filter((at) => at + UNSCHEDULABLE_AFTER_MS < now).length;
}

/** Milliseconds until one more Pod counts as unschedulable; undefined when none is about to. */
export function nextVerdictIn({ refusedAt }: PodCensus, now: number): number | undefined {
  const due = refusedAt.map((at) => at + UNSCHEDULABLE_AFTER_MS - now).filter((ms) => ms >= 0);
  return due.length === 0 ? undefined : Math.min(...due) + 1;
}
