import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../../../controller/time/clock.ts';
import type { StatusError } from '../errors/status-error.ts';
import type { TokenIssuer } from '../resources/token-authentication.ts';
import type { Storage } from '../storage/storage.ts';
import { type FaultEffect, type FaultRequest, type FaultRule, matchesRequest, matchesUser } from './fault-rule.ts';
import { failureOf } from './fault-status.ts';
import { PastRevisions } from './past-revisions.ts';
import { storageAt } from './past-storage.ts';
import { breakConnection, type OutgoingFaults, pause, spoil } from './response-guard.ts';
import { seededRandom } from './seeded-random.ts';
import { WatchGuard } from './watch-guard.ts';

export interface FaultsOptions {
  readonly storage: Storage;
  readonly clock?: Clock;
  /** Of everything that is drawn. Default 1. */
  readonly seed?: number;
}

interface ActiveRule {
  readonly rule: FaultRule;
  /** Matching requests seen. */
  seen: number;
  /** Those that were hit. */
  hits: number;
  /** Tokens issued since the rule came. */
  readonly renewed: Set<string>;
  /** No request is hit any more; those that hang because of it go on hanging. */
  spent: boolean;
  readonly ended: Promise<void>;
  end: () => void;
}

type EffectOf<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>;

/** What happens to one request: asked once, when it is known who asks for what. */
export interface FaultPlan {
  /** Waits, hangs, breaks off or answers with a failure, as the rules say. `answered`: nothing more is to be done for the request. */
  intervene(response: ServerResponse): Promise<'goes on' | 'answered'>;
  /** What gets and lists read from. */
  readonly storage: Storage;
}

/**
 * Makes one server fail, on purpose and to order. Without rules it costs a comparison per request. The server asks at these points:
 * its clock is {@link clock}; tokens are issued through {@link tokenIssuer} and looked at by {@link refusesToken}; it listens while
 * {@link listens}; each request is planned by {@link plan}; watches go out through {@link guardWatch}.
 */
export class Faults {
  readonly #active = new Set<ActiveRule>();
  readonly #watches = new Set<WatchGuard>();
  readonly #listenListeners = new Set<(listens: boolean) => void>();
  readonly #storage: Storage;
  readonly #realClock: Clock;
  readonly #random: () => number;
  #past: PastRevisions | undefined;
  #offsetMs = 0;
  #listened = true;
  #dropsEvents = false;

  constructor(options: FaultsOptions) {
    this.#storage = options.storage;
    this.#realClock = options.clock ?? systemClock;
    this.#random = seededRandom(options.seed ?? 1);
  }

  /** Holds from now on. Returns how to take it back; what hangs because of it goes on then. */
  add(rule: FaultRule): () => void {
    let tell: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const active: ActiveRule = { rule, seen: 0, hits: 0, renewed: new Set(), spent: false, ended, end: tell };
    this.#active.add(active);
    if (rule.forMs !== undefined) {
      const cancel = this.#realClock.after(rule.forMs, () => this.#remove(active));
      active.end = () => {
        cancel();
        tell();
      };
    }
    this.#changed();
    this.#applyToOpenWatches(active);
    return () => this.#remove(active);
  }

  clear(): void {
    for (const active of [...this.#active]) this.#remove(active);
  }

  /** The rules that hold now, in the order in which they came. */
  active(): readonly FaultRule[] {
    return [...this.#active].map(({ rule }) => rule);
  }

  /** How often a rule has hit, for tests: 0 when it is not (or no longer) there. */
  hits(rule: FaultRule): number {
    for (const active of this.#active) if (active.rule === rule) return active.hits;
    return 0;
  }

  // ---- the server as a whole

  /** Whether connections are accepted at all. */
  get listens(): boolean {
    return ![...this.#active].some(({ rule }) => rule.effect.kind === 'refuse');
  }

  /** Called at each change of {@link listens}: the server closes its listener and all connections, or listens again on the same port. */
  onListens(listener: (listens: boolean) => void): () => void {
    this.#listenListeners.add(listener);
    return () => void this.#listenListeners.delete(listener);
  }

  /** What the server takes for the time: Date headers, creationTimestamps, the age of tokens. */
  readonly clock: Clock = {
    now: () => this.#realClock.now() + this.#offsetMs,
    monotonic: () => this.#realClock.monotonic(),
    after: (ms, callback) => this.#realClock.after(ms, callback),
  };

  /** Issues as `issuer` does, and remembers what is newer than a rule that lets tokens expire. */
  tokenIssuer(issuer: TokenIssuer): TokenIssuer {
    const note = (token: string): string => {
      for (const { rule, renewed } of this.#active) if (rule.effect.kind === 'expire-tokens') renewed.add(token);
      return token;
    };
    return {
      issuer: issuer.issuer,
      defaultAudiences: issuer.defaultAudiences,
      issue: (request) => note(issuer.issue(request)),
      issueLegacy: (serviceAccount, secret) => note(issuer.issueLegacy(serviceAccount, secret)),
      get jwks() {
        return issuer.jwks;
      },
    };
  }

  /** Whether a token that is good otherwise counts as expired: 401. */
  refusesToken(token: string, username: string): boolean {
    for (const { rule, renewed } of this.#active) {
      if (rule.effect.kind !== 'expire-tokens' || renewed.has(token)) continue;
      if (matchesUser(rule.match, username)) return true;
    }
    return false;
  }

  // ---- one request

  /** `undefined`: nothing happens to it. */
  plan(request: FaultRequest): FaultPlan | undefined {
    if (this.#active.size === 0) return undefined;
    const hit = [...this.#active].filter(
      (active) => active.rule.effect.kind in PER_REQUEST && this.#hits(active, request),
    );
    if (hit.length === 0) return undefined;
    const isWatch = request.verb === 'watch';
    return {
      intervene: (response) => this.#intervene(hit, response, isWatch),
      storage: this.#storageFor(hit),
    };
  }

  /** Between a watch and its connection: call it before anything of the answer is written. */
  guardWatch(request: FaultRequest, response: ServerResponse): void {
    const drops = {
      // Looked at for every event of every watch.
      any: () => this.#dropsEvents,
      next: () => this.#dropsEvent(request),
    };
    const guard = new WatchGuard(request, response, drops);
    this.#watches.add(guard);
    response.once('close', () => this.#watches.delete(guard));
  }

  /** Whether the rule takes this request, or event; it counts then. */
  #hits(active: ActiveRule, request: FaultRequest): boolean {
    const { rule } = active;
    if (active.spent || !matchesRequest(rule.match, request)) return false;
    active.seen += 1;
    if (active.seen <= (rule.after ?? 0)) return false;
    if (rule.share !== undefined && this.#random() >= rule.share) return false;
    active.hits += 1;
    if (rule.first !== undefined && active.hits >= rule.first) {
      active.spent = true;
      if (rule.effect.kind !== 'hang') this.#remove(active);
    }
    return true;
  }

  async #intervene(
    hit: readonly ActiveRule[],
    response: ServerResponse,
    isWatch: boolean,
  ): Promise<'goes on' | 'answered'> {
    const outgoing: { -readonly [Key in keyof OutgoingFaults]: OutgoingFaults[Key] } = {};
    for (const { rule, ended } of hit) {
      const { effect } = rule;
      if (effect.kind === 'latency') await pause(this.#realClock, this.#draw(effect), response);
      if (effect.kind === 'hang') await goneOr(ended, response);
      if (response.destroyed) return 'answered';
      if (effect.kind === 'status') {
        answer(response, failureOf(effect));
        return 'answered';
      }
      if (effect.kind === 'reset' && effect.afterBytes === undefined) {
        breakConnection(response);
        return 'answered';
      }
      if (effect.kind === 'reset') outgoing.resetAfterBytes = effect.afterBytes ?? 0;
      if (effect.kind === 'truncate' && !isWatch) outgoing.truncateTo = effect.bytes ?? 'half';
    }
    spoil(response, outgoing);
    return 'goes on';
  }

  #storageFor(hit: readonly ActiveRule[]): Storage {
    const stale = hit.map(({ rule }) => rule.effect).find((effect) => effect.kind === 'stale');
    if (stale === undefined) return this.#storage;
    const revision =
      'revisions' in stale
        ? this.#storage.revision - stale.revisions
        : (this.#past?.revisionAt(this.#realClock.monotonic() - stale.ms) ?? this.#storage.revision);
    return storageAt(this.#storage, revision);
  }

  #draw({ ms }: EffectOf<'latency'>): number {
    return typeof ms === 'number' ? ms : ms[0] + (ms[1] - ms[0]) * this.#random();
  }

  #dropsEvent(request: FaultRequest): boolean {
    for (const active of this.#active) {
      if (active.rule.effect.kind === 'drop-watch-events' && this.#hits(active, request)) return true;
    }
    return false;
  }

  /** What hangs, hangs altogether; what is cut off, is cut off now. */
  #applyToOpenWatches({ rule, ended }: ActiveRule): void {
    if (rule.effect.kind !== 'hang' && rule.effect.kind !== 'reset') return;
    for (const watch of [...this.#watches]) {
      if (!matchesRequest(rule.match, watch.request)) continue;
      if (rule.effect.kind === 'reset') breakConnection(watch.response);
      else watch.hold(ended);
    }
  }

  #remove(active: ActiveRule): void {
    if (!this.#active.delete(active)) return;
    active.end();
    this.#changed();
  }

  /** What is worked out of the rules once, and not for each request. */
  #changed(): void {
    const effects = [...this.#active].map(({ rule }) => rule.effect);
    this.#offsetMs = effects.reduce((sum, effect) => (effect.kind === 'clock-offset' ? sum + effect.ms : sum), 0);
    this.#dropsEvents = effects.some(({ kind }) => kind === 'drop-watch-events');
    const looksBack = effects.some((effect) => effect.kind === 'stale' && 'ms' in effect);
    if (looksBack) this.#past ??= new PastRevisions(this.#storage, this.#realClock);
    else {
      this.#past?.close();
      this.#past = undefined;
    }
    const { listens } = this;
    if (listens === this.#listened) return;
    this.#listened = listens;
    for (const listener of this.#listenListeners) listener(listens);
  }
}

/** Effects that are decided request by request; the others concern the server, its tokens, or events. */
const PER_REQUEST: Readonly<Partial<Record<FaultEffect['kind'], true>>> = {
  latency: true,
  hang: true,
  reset: true,
  status: true,
  truncate: true,
  stale: true,
};

function goneOr(ended: Promise<void>, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', () => resolve());
    ended.then(resolve, resolve);
  });
}

function answer(response: ServerResponse, failure: StatusError): void {
  const body = JSON.stringify(failure.status);
  response.writeHead(failure.code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...failure.headers,
  });
  response.end(body);
}
