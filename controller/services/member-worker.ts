import { setImmediate } from 'node:timers/promises';
import { Controller } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { Importer, type ImporterOptions, type SetView } from './importer.ts';
import type { MemberServices } from './member-services.ts';
import { Writer } from './writer.ts';

export interface MemberWorkerOptions extends Pick<ImporterOptions, 'controlPlaneUid' | 'translate' | 'reachability'> {
  readonly view: (key: string) => SetView;
  /** Whether this member is the host, whose exports are dealt with there. */
  readonly isWithHost: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Multi-cluster Services that are worked on at a time in one member. */
const CONCURRENCY = 4;
/** Changes that come together are dealt with together. */
const SOON_MS = 100;
/** Endpoints of one multi-cluster Service are written to a member no more often than this, however fast Pods come and go. */
const ENDPOINTS_EVERY_MS = 2_000;
const TIMEOUT_MS = 30_000;

/** Works off what changes in one member: one that hangs holds up none of the others. */
export class MemberWorker {
  readonly #member: MemberServices;
  readonly #options: MemberWorkerOptions;
  readonly #importer: Importer;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  /** When a key was last worked on; monotonic. */
  readonly #workedOn = new Map<string, number>();

  constructor(member: MemberServices, options: MemberWorkerOptions) {
    const { clock, log } = options;
    this.#member = member;
    this.#options = options;
    this.#importer = new Importer(member, { ...options, now: () => clock.now() });
    this.#queue = new WorkQueue({ clock, baseDelayMs: 200 });
    this.#controller = new Controller({
      name: `services of ${member.cluster}`,
      queue: this.#queue,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency: CONCURRENCY,
      timeoutMs: TIMEOUT_MS,
      log: log.child({ cluster: member.cluster }),
      clock,
    });
  }

  start(): void {
    this.#controller.start(new AbortController().signal);
  }

  close(): Promise<void> {
    return this.#controller.close();
  }

  touch(key: string, what: 'object' | 'endpoints'): void {
    const last = this.#workedOn.get(key);
    const earliest = last === undefined || what === 'object' ? 0 : last + ENDPOINTS_EVERY_MS;
    this.#queue.addAfter(key, Math.max(SOON_MS, earliest - this.#options.clock.monotonic()));
  }

  touchAll(keys: Iterable<string>): void {
    for (const key of keys) this.touch(key, 'object');
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { accessor } = this.#member;
    // It is touched again when it is back.
    if (!accessor.ready || accessor.client === undefined) return;
    // Of thousands of keys that need no write none is to keep anything else waiting.
    await setImmediate();
    const view = this.#options.view(key);
    const writer = new Writer(accessor, accessor.client, signal);
    await this.#importer.reconcile(view, writer, { ownExport: !this.#options.isWithHost() });
    if (view.merged === undefined) this.#workedOn.delete(key);
    else this.#workedOn.set(key, this.#options.clock.monotonic());
  }
}
