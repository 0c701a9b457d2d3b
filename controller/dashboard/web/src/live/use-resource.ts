import { useEffect, useRef, useState } from 'preact/hooks';
import type { Changes, Freshness, Problem } from '../../../../../apis/dashboard/v1.ts';
import { problemIn } from './api.ts';
import { useDashboard } from './dashboard.ts';

/** Something that is read from the server. What was read stays in sight when reading it again fails. */
export type Resource<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T; readonly problem?: Problem }
  | { readonly state: 'failed'; readonly problem: Problem };

export interface ResourceOptions<T> {
  /** Whether it has to be read again after these changes. */
  readonly isTouched?: (changes: Changes) => boolean;
  /** What can be told from the changes alone, shown at once. */
  readonly merge?: (value: T, changes: Changes) => T;
  /** Read again so often even if nothing is told, milliseconds. */
  readonly every?: number;
  /** Not more often than this, milliseconds. */
  readonly apart?: number;
}

const APART_MS = 500;
const RETRY_MS = 5_000;

/** @param path below /api/v1/ */
export function useResource<T>(path: string, options: ResourceOptions<T> = {}): Resource<T> & { again: () => void } {
  const dashboard = useDashboard();
  const [held, hold] = useState<{ path: string; resource: Resource<T> }>({ path, resource: { state: 'loading' } });
  const latest = useRef(options);
  latest.current = options;
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let due = Number.POSITIVE_INFINITY;
    let reading = false;
    let readAt = 0;

    const plan = (delay: number): void => {
      const at = Date.now() + delay;
      if (at >= due) return;
      clearTimeout(timer);
      due = at;
      timer = setTimeout(() => void load(), delay);
    };
    const soon = (): void => plan(Math.max(0, readAt + (latest.current.apart ?? APART_MS) - Date.now()));
    const load = async (): Promise<void> => {
      due = Number.POSITIVE_INFINITY;
      if (reading) return plan(APART_MS);
      reading = true;
      readAt = Date.now();
      try {
        const value = await dashboard.read<T>(path, gone.signal);
        if (gone.signal.aborted) return;
        const freshness = freshnessIn(value);
        if (freshness) dashboard.noteFreshness(freshness);
        hold({ path, resource: { state: 'ready', value } });
        const { every } = latest.current;
        if (every !== undefined) plan(every);
      } catch (error) {
        if (gone.signal.aborted) return;
        const problem = problemIn(error);
        hold(({ path: before, resource }) =>
          before === path && resource.state === 'ready'
            ? { path, resource: { ...resource, problem } }
            : { path, resource: { state: 'failed', problem } },
        );
        if (problem.status === 0 || problem.status >= 500 || problem.status === 429) plan(RETRY_MS);
      } finally {
        reading = false;
      }
    };

    const unsubscribe = dashboard.subscribe((event) => {
      if (event === 'reset') return soon();
      const { merge, isTouched } = latest.current;
      if (merge)
        hold((before) => {
          if (before.path !== path || before.resource.state !== 'ready') return before;
          const value = merge(before.resource.value, event);
          return value === before.resource.value ? before : { path, resource: { ...before.resource, value } };
        });
      if (isTouched?.(event)) soon();
    });
    again.current = () => plan(0);
    void load();
    return () => {
      gone.abort();
      clearTimeout(timer);
      unsubscribe();
    };
  }, [dashboard, path]);

  const resource: Resource<T> = held.path === path ? held.resource : { state: 'loading' };
  return { ...resource, again: () => again.current() };
}

function freshnessIn(value: unknown): Freshness | undefined {
  return typeof value === 'object' && value !== null && 'freshness' in value
    ? (value.freshness as Freshness)
    : undefined;
}
