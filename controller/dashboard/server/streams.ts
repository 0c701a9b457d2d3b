import type { ServerResponse } from 'node:http';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../time/clock.ts';
import type { AccessBook } from '../access/access-book.ts';
import { Refusal, type Visitor } from '../access/person.ts';
import type { Board } from '../board.ts';
import { type Batch, ChangeRing, LARGEST_BATCH, mergedBatch } from '../change-ring.ts';
import type { Access } from '../views/access.ts';

export interface StreamsOptions {
  readonly board: Pick<Board, 'subscribe' | 'changesFor'>;
  readonly accesses: Pick<AccessBook, 'of'>;
  /** Of this process alone, without `.`: what the ids of changes begin with. */
  readonly epoch: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Open at the same time: all of them, and of one person. */
const MOST = 500;
const MOST_EACH = 250;
const HEARTBEAT_MS = 15_000;
/** A right or a token that is gone is noticed after this and what the answers are kept for, 30 s in all. */
const REVIEW_MS = 15_000;
/** A reader that has so many bytes still to take is sent nothing but, once it has, that it should read again. */
const BEHIND_BYTES = 256 * 1024;
const GIVEN_UP_MS = 60_000;

interface Stream {
  readonly response: ServerResponse;
  readonly visitor: Visitor;
  access: Access;
  /** Since when it has not taken what it was sent, on the monotonic clock. */
  behindSince?: number;
}

/** The event streams that are open. What is to be sent is written down once for all who see the same. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #ring: ChangeRing;
  readonly #open = new Set<Stream>();
  readonly #forget: () => void;
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#ring = new ChangeRing(options.epoch);
    this.#forget = options.board.subscribe((batch) => this.#tell(batch));
    this.#beat();
  }

  get size(): number {
    return this.#open.size;
  }

  /** @throws Refusal 503: so many are open already */
  async open(visitor: Visitor, lastEventId: string | undefined, response: ServerResponse): Promise<void> {
    const own = [...this.#open].filter((each) => each.visitor.account === visitor.account).length;
    if (this.#open.size >= MOST || own >= MOST_EACH) {
      throw new Refusal(503, 'too many pages are open', 'close some of them, or wait a moment');
    }
    const access = await this.#options.accesses.of(visitor.person);
    if (this.#closed || response.destroyed) return;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const stream: Stream = { response, visitor, access };
    response.on('close', () => this.#open.delete(stream));
    response.on('drain', () => this.#caughtUp(stream));
    this.#open.add(stream);
    this.#begin(stream, lastEventId);
  }

  close(): void {
    this.#closed = true;
    this.#forget();
    this.#cancel();
    for (const { response } of this.#open) response.end();
    this.#open.clear();
  }

  #begin(stream: Stream, lastEventId: string | undefined): void {
    const missed = lastEventId === undefined ? [] : this.#ring.since(lastEventId);
    let first = `retry: 2000\n`;
    if (missed === undefined) first += this.#reset();
    else if (missed.length === 0) first += `id: ${this.#ring.lastId}\n\n`;
    else {
      const merged = mergedBatch(missed);
      const changes = this.#options.board.changesFor(merged, stream.access);
      const data = JSON.stringify(changes ?? NOTHING);
      first += `event: changes\nid: ${this.#ring.lastId}\ndata: ${data}\n\n`;
    }
    stream.response.write(first);
  }

  #tell(batch: Batch): void {
    this.#ring.add(batch);
    if (this.#open.size === 0) return;
    const isTooLarge = batch.objects.length + batch.objectsGone.length > LARGEST_BATCH;
    const texts = new Map<string, string | undefined>();
    for (const stream of this.#open) {
      const { access } = stream;
      if (!texts.has(access.id)) texts.set(access.id, isTooLarge ? this.#reset() : this.#textFor(batch, access));
      const text = texts.get(access.id);
      if (text !== undefined) this.#send(stream, text);
    }
  }

  #textFor(batch: Batch, access: Access): string | undefined {
    const changes = this.#options.board.changesFor(batch, access);
    if (changes === undefined) return undefined;
    return `event: changes\nid: ${this.#ring.lastId}\ndata: ${JSON.stringify(changes)}\n\n`;
  }

  #reset(): string {
    return `event: reset\nid: ${this.#ring.lastId}\ndata: {}\n\n`;
  }

  #send(stream: Stream, text: string): void {
    if (stream.behindSince !== undefined) return;
    stream.response.write(text);
    if (stream.response.writableLength > BEHIND_BYTES) stream.behindSince = this.#options.clock.monotonic();
  }

  #caughtUp(stream: Stream): void {
    if (stream.behindSince === undefined) return;
    delete stream.behindSince;
    this.#send(stream, this.#reset());
  }

  #beat(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(Math.min(HEARTBEAT_MS, REVIEW_MS), () => {
      const now = clock.monotonic();
      for (const stream of this.#open) {
        if (stream.behindSince !== undefined && now - stream.behindSince > GIVEN_UP_MS) stream.response.destroy();
        else this.#send(stream, ': still here\n\n');
        void this.#review(stream);
      }
      this.#beat();
    });
  }

  /** Whoever would not be let in any more is sent away; whoever sees something else than before reads again. */
  async #review(stream: Stream): Promise<void> {
    const { accesses, log, signal } = this.#options;
    try {
      if (!(await stream.visitor.still(signal))) {
        this.#open.delete(stream);
        stream.response.end('event: signed-out\ndata: {}\n\n');
        return;
      }
      const access = await accesses.of(stream.visitor.person);
      if (access.id === stream.access.id) return;
      stream.access = access;
      this.#send(stream, this.#reset());
    } catch (error) {
      if (signal.aborted) return;
      // Without an answer nobody knows whether it may go on.
      log.warn({ err: error }, 'a stream of the dashboard is closed: the API server does not say who it is for');
      this.#open.delete(stream);
      stream.response.end();
    }
  }
}

const NOTHING = { clusters: [], clustersGone: [], objects: [], objectsGone: [], also: [] };
