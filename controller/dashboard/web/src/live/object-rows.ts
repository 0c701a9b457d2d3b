import type { ObjectList, ObjectSummary, Problem } from '../../../../../apis/dashboard/v1.ts';
import { type Filters, listPath } from '../logic/filters.ts';
import { mergeRows } from '../logic/merge-changes.ts';
import { pagesOf } from '../logic/virtual-window.ts';
import { problemIn } from './api.ts';
import type { StreamEvent } from './change-stream.ts';
import { Observed } from './observed.ts';

export interface RowsShown {
  /** Undefined until the first answer. */
  readonly total: number | undefined;
  readonly states: ObjectList['states'] | undefined;
  readonly rows: ReadonlyMap<number, ObjectSummary>;
  readonly problem: Problem | undefined;
}

const PAGE = 100;
/** Rows that stay in memory around those in sight. */
const KEPT_PAGES = 12;
/** The list is read again no more often than this while it changes. */
const APART_MS = 500;
/** Whoever drags the scrollbar asks for the rows where it comes to rest, not for all that it passes. */
const REST_MS = 60;
const RETRY_MS = 5_000;

/** The rows of one filtered list: reads those that are asked for, a page at a time, and keeps them up to date. */
export class ObjectRows {
  readonly shown = new Observed<RowsShown>({
    total: undefined,
    states: undefined,
    rows: new Map(),
    problem: undefined,
  });
  readonly #read: (path: string, signal: AbortSignal) => Promise<ObjectList>;
  readonly #filters: Filters;
  readonly #closed = new AbortController();
  /** Pages that are loaded and as the server has them. */
  readonly #fresh = new Set<number>();
  readonly #reading = new Set<number>();
  #wanted: readonly number[] = [0];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Number.POSITIVE_INFINITY;
  #readAt = 0;
  /** Counts what made pages out of date: an answer that was asked for before is not fresh. */
  #version = 0;

  constructor(read: (path: string, signal: AbortSignal) => Promise<ObjectList>, filters: Filters) {
    this.#read = read;
    this.#filters = filters;
  }

  /** @param end one beyond the last row in sight */
  want(first: number, end: number): void {
    const pages = pagesOf({ first, end: Math.max(end, first + 1) }, PAGE);
    if (pages.length === this.#wanted.length && pages.every((page, index) => page === this.#wanted[index])) return;
    this.#wanted = pages;
    if (pages.some((page) => !this.#fresh.has(page))) this.#plan(this.#readAt === 0 ? 0 : REST_MS);
  }

  tell(event: StreamEvent): void {
    if (event !== 'reset') {
      const { rows, stale } = mergeRows(this.shown.value.rows, event);
      if (rows !== this.shown.value.rows) this.shown.set({ ...this.shown.value, rows });
      if (!stale) return;
    }
    this.again(Math.max(0, this.#readAt + APART_MS - Date.now()));
  }

  again(delay = 0): void {
    this.#version++;
    this.#fresh.clear();
    this.#plan(delay);
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
  }

  #plan(delay: number): void {
    const at = Date.now() + delay;
    if (at >= this.#due || this.#closed.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#due = at;
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#readAt = Date.now();
      for (const page of this.#wanted) if (!this.#fresh.has(page) && !this.#reading.has(page)) void this.#load(page);
    }, delay);
  }

  async #load(page: number): Promise<void> {
    const version = this.#version;
    this.#reading.add(page);
    try {
      const list = await this.#read(listPath(this.#filters, page * PAGE, PAGE), this.#closed.signal);
      this.#reading.delete(page);
      if (this.#closed.signal.aborted) return;
      if (version === this.#version) this.#fresh.add(page);
      else this.#plan(APART_MS);
      this.#show(page, list);
    } catch (error) {
      this.#reading.delete(page);
      if (this.#closed.signal.aborted) return;
      this.shown.set({ ...this.shown.value, problem: problemIn(error) });
      this.#plan(RETRY_MS);
    }
  }

  #show(page: number, { items, total, states }: ObjectList): void {
    const near = new Set([page, ...this.#wanted]);
    const kept = [...this.shown.value.rows].filter(([place]) => {
      const of = Math.floor(place / PAGE);
      return of !== page && place < total && [...near].some((wanted) => Math.abs(wanted - of) < KEPT_PAGES / 2);
    });
    const rows = new Map(kept);
    for (const [index, item] of items.entries()) rows.set(page * PAGE + index, item);
    for (const fresh of this.#fresh) if (!rows.has(fresh * PAGE) && fresh * PAGE < total) this.#fresh.delete(fresh);
    this.shown.set({ total, states, rows, problem: undefined });
  }
}
