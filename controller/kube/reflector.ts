import type { KubeObject } from '../../apis/meta/v1.ts';
import { type Log, silentLog } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import { backoffDelay } from '../time/backoff.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { within } from '../time/within.ts';
import type { Client, Selection } from './client.ts';
import type { ObservedWatch } from './client-observer.ts';
import { DeadMan } from './dead-man.ts';
import { ApiError, ConnectionError, isExpired, isForbidden, isMethodNotSupported, isNotFound } from './errors.ts';
import { jsonLines } from './json-lines.ts';
import { apiVersionOf, groupResourceOf, keyOf, pathOf, type Resource } from './resource.ts';
import type { Store } from './store.ts';
import { readWatchEvent } from './watch-event.ts';

/**
 * - `starting`: the first list is under way
 * - `synced`: the store follows the server
 * - `retrying`: something failed; the store shows what it last knew
 * - `notServed`: the server has no such resource; `forbidden`: it may not be listed or watched
 */
export type ReflectorState = 'starting' | 'synced' | 'retrying' | 'notServed' | 'forbidden';

export interface ReflectorOptions<T extends KubeObject> {
  client: Pick<Client, 'cluster' | 'listAll' | 'watch' | 'observer'>;
  resource: Resource;
  /** Fed by nobody else at the same time. */
  store: Store<T>;
  /** Default: every namespace. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Ask for, and keep, metadata only. */
  metadataOnly?: boolean;
  clock?: Clock;
  /** Uniform in [0, 1). */
  random?: () => number;
  log?: Log;
  /** Called after each change of `state`. */
  onState?: (state: ReflectorState) => void;
  /** How long a whole list may take before it is begun anew, milliseconds. Default: as long as pages come. */
  listTimeoutMs?: () => number;
  /** A watch over which not a byte comes for so long is taken for half-open, milliseconds. Default 90,000. */
  idleTimeoutMs?: number;
}

/** Servers send a bookmark about every minute. */
const IDLE_TIMEOUT_MS = 90_000;
/** How long a watch may go on without an event or bookmark beyond the time at which the server should have ended it. */
const OVERDUE_GRACE_MS = 30_000;
/** Random, so that watches which began together do not all end together. */
const WATCH_SECONDS = { least: 300, most: 600 };
const BACKOFF = { baseMs: 500, maxMs: 30_000, jitter: 0.5 };
/** For what only an administrator can mend, and may be mending now: a kind is enabled before the rights to it are there. */
const SLOW_BACKOFF = { baseMs: 1_000, maxMs: 10_000, jitter: 0.5 };
/** A watch that was open for so long was healthy: what comes after is a new trouble. */
const HEALTHY_MS = 60_000;
/** A watch that ends sooner, without an event, is a failure although the server says it is none. */
const SHORTEST_WATCH_MS = 1_000;

/**
 * Keeps a store like the server: lists, then watches from the version of the list. A watch that ends goes on from the
 * last version that was seen; only when the server no longer knows that version is everything listed again.
 */
export class Reflector<T extends KubeObject = KubeObject> implements ObservedWatch {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #what: string;
  #state: ReflectorState = 'starting';
  #lastError: Error | undefined;
  /** Where the next watch begins; undefined: list first. */
  #resourceVersion: string | undefined;
  #failures = 0;
  /** A 410 has been answered by listing at once. The next one, before a watch has proved healthy, waits like any failure. */
  #listedAnew = false;
  #endPause: (() => void) | undefined;
  #hurried = false;
  #lastSign: number;
  #bytes: DeadMan | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#what = groupResourceOf(options.resource);
    this.#lastSign = this.#clock.monotonic();
    this.#log = (options.log ?? silentLog).child({ cluster: options.client.cluster, resource: this.#what });
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Why it is not `synced`; undefined while it is. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  get cluster(): string {
    return this.#options.client.cluster;
  }

  get resource(): string {
    return this.#what;
  }

  /** How long nothing has come from the server, milliseconds. */
  get ageMs(): number {
    return this.#clock.monotonic() - Math.max(this.#lastSign, this.#bytes?.lastSign ?? 0);
  }

  get objects(): number {
    return this.#options.store.size;
  }

  /** Until the signal is aborted. Never rejects: what fails is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    this.#lastSign = this.#clock.monotonic();
    const forget = this.#options.client.observer?.watching(this);
    try {
      await this.#keep(signal);
    } finally {
      forget?.();
    }
  }

  async #keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#pause(this.#failed(error), signal);
      }
    }
  }

  /** Ends the wait for the next attempt: the server is back, a kind is served now, rights have changed. */
  retryNow(): void {
    this.#hurried = true;
    this.#endPause?.();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, store, listTimeoutMs } = this.#options;
    const token = store.beginReplace();
    const ask = (limited: AbortSignal) => client.listAll<T>(resource, { ...this.#selection(), signal: limited });
    const list = await (listTimeoutMs === undefined ? ask(signal) : within(this.#clock, listTimeoutMs(), signal, ask));
    signal.throwIfAborted();
    const { resourceVersion } = list.metadata;
    if (resourceVersion === undefined || resourceVersion === '') {
      throw new Error(`cluster "${client.cluster}": the list of ${this.#what} has no resourceVersion to watch from`);
    }
    for (const [index, item] of list.items.entries()) list.items[index] = this.#identified(item);
    store.replace(list.items, token);
    this.#lastSign = this.#clock.monotonic();
    this.#resourceVersion = resourceVersion;
    this.#enter('synced');
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, resource, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.#options;
    const timeoutSeconds = Math.round(
      WATCH_SECONDS.least + (WATCH_SECONDS.most - WATCH_SECONDS.least) * this.#random(),
    );
    const attempt = new AbortController();
    const unlink = onAbort(signal, () => attempt.abort(signal.reason));
    const resourceVersion = this.#resourceVersion ?? '';
    try {
      signal.throwIfAborted();
      const selection = { ...this.#selection(), resourceVersion, timeoutSeconds, signal: attempt.signal };
      const stream = await client.watch(resource, selection);
      this.#enter('synced');
      this.#hurried = false;
      const giveUp = (ms: number, missing: string) => () => attempt.abort(this.#silent(missing, ms));
      const overdueMs = timeoutSeconds * 1000 + OVERDUE_GRACE_MS;
      const bytes = new DeadMan(this.#clock, idleTimeoutMs, giveUp(idleTimeoutMs, 'a byte'));
      this.#bytes = bytes;
      const events = new DeadMan(this.#clock, overdueMs, giveUp(overdueMs, 'an event'));
      try {
        await this.#follow(
          tapped(stream.body, () => bytes.sign()),
          events,
        );
      } finally {
        this.#lastSign = bytes.lastSign;
        this.#bytes = undefined;
        bytes.stop();
        events.stop();
      }
    } catch (error) {
      // Nothing failed as far as anybody knows: a new watch shows whether the server is there.
      if (!(attempt.signal.reason instanceof SilentWatchError) || signal.aborted) throw error;
      this.#log.debug({ err: attempt.signal.reason }, 'a watch fell silent and is opened anew');
    } finally {
      unlink();
    }
  }

  /** Feeds the store until the stream ends. */
  async #follow(body: AsyncIterable<Buffer>, events: DeadMan): Promise<void> {
    const opened = this.#clock.monotonic();
    let seen = 0;
    try {
      for await (const line of jsonLines(body)) {
        this.#take(line);
        events.sign();
        seen += 1;
      }
    } finally {
      if (this.#clock.monotonic() - opened >= HEALTHY_MS) {
        this.#failures = 0;
        this.#listedAnew = false;
      }
    }
    if (seen === 0 && this.#clock.monotonic() - opened < SHORTEST_WATCH_MS) {
      throw new Error(`cluster "${this.#options.client.cluster}": a watch of ${this.#what} ended as soon as it began`);
    }
  }

  #take(line: unknown): void {
    const { client, resource, store, namespace } = this.#options;
    const path = pathOf(resource, namespace);
    const { type, object } = readWatchEvent<T>(line, { cluster: client.cluster, path, what: this.#what });
    try {
      if (type === 'DELETED') store.remove(object);
      else if (type !== 'BOOKMARK') store.upsert(this.#identified(object));
    } catch (error) {
      // A transform or an index: the next event is not to suffer for this one.
      this.#log.error({ err: error, key: keyOf(object.metadata) }, 'the store could not take an object');
    }
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  /** Notes a failure and says how long to wait, in milliseconds. */
  #failed(error: unknown): number {
    const before = this.#lastError?.message;
    this.#lastError = error instanceof Error ? error : new Error(String(error));
    this.#failures += 1;
    if (isTooOld(error)) this.#resourceVersion = undefined;
    if (isExpired(error) && !this.#listedAnew) {
      this.#listedAnew = true;
      this.#log.info({ err: error }, 'the watch is too old to go on, listing anew');
      return 0;
    }
    const state = stateOf(error);
    const delay = backoffDelay(this.#failures, {
      ...(state === 'retrying' ? BACKOFF : SLOW_BACKOFF),
      random: this.#random,
    });
    const asked = error instanceof ApiError ? Math.min(error.retryAfterMs ?? 0, BACKOFF.maxMs) : 0;
    const level = before === this.#lastError.message ? 'debug' : 'warn';
    this.#log[level]({ err: error, failures: this.#failures, retryInMs: Math.round(delay) }, 'list or watch failed');
    this.#enter(state);
    return Math.max(delay, asked);
  }

  #enter(state: ReflectorState): void {
    if (state === 'synced') this.#lastError = undefined;
    if (this.#state === state) return;
    this.#state = state;
    try {
      this.#options.onState?.(state);
    } catch (error) {
      this.#log.error({ err: error }, 'a listener of the reflector threw');
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#hurried || ms <= 0) {
        this.#hurried = false;
        resolve();
        return;
      }
      const end = () => {
        this.#endPause = undefined;
        this.#hurried = false;
        cancel();
        unlink();
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      const unlink = onAbort(signal, end);
      this.#endPause = end;
    });
  }

  #selection(): Selection {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
    };
  }

  /** Items of a list do not say what they are, and partial objects say that they are partial. */
  #identified(object: T): T {
    const { resource, metadataOnly } = this.#options;
    const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    if (metadataOnly === true) return { ...identity, metadata: object.metadata } as T;
    if (object.kind === identity.kind && object.apiVersion === identity.apiVersion) return object;
    return { ...identity, ...object, ...identity };
  }

  #silent(missing: string, ms: number): SilentWatchError {
    const { cluster } = this.#options.client;
    const message = `cluster "${cluster}": not ${missing} came over the watch of ${this.#what} for ${Math.round(ms / 1000)} s`;
    return new SilentWatchError(message, { code: 'ETIMEDOUT', cluster });
  }
}

/** The connection is up as far as this side knows, but nothing comes over it. */
class SilentWatchError extends ConnectionError {}

async function* tapped(body: AsyncIterable<Buffer>, onBytes: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    onBytes();
    yield chunk;
  }
}

function stateOf(error: unknown): ReflectorState {
  if (isForbidden(error)) return 'forbidden';
  return isNotFound(error) || isMethodNotSupported(error) ? 'notServed' : 'retrying';
}

/** Whether the version to go on from is no good: expired, refused, or of a server that was set back to an older state. */
function isTooOld(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.body?.details?.causes?.some(({ reason }) => reason === 'ResourceVersionTooLarge')) return true;
  return error.code >= 400 && error.code < 500 && ![401, 403, 429].includes(error.code);
}
