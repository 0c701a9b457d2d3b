import type { IncomingMessage } from 'node:http';

const EVENTS_WITHIN_MS = 20_000;

/** The events of one watch, kept from the moment it is opened until somebody reads them. */
export class WatchStream {
  readonly #response: IncomingMessage;
  readonly #events: unknown[] = [];
  #rest = '';
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
    for (const end of ['end', 'error', 'close'] as const) response.on(end, () => this.#end());
  }

  /** The next `count` events, or fewer when there are no more in time; `'all'`: those until the server ends the watch. */
  async next(count: number | 'all'): Promise<{ events: unknown[]; ended: boolean; inTime: boolean }> {
    const deadline = Date.now() + EVENTS_WITHIN_MS;
    const wanted = count === 'all' ? Number.POSITIVE_INFINITY : count;
    while (this.#events.length < wanted && !this.#ended && Date.now() < deadline) {
      await this.#somethingNew(deadline - Date.now());
    }
    const inTime = this.#events.length >= wanted || this.#ended;
    const events = this.#events.splice(0, wanted);
    return { events, ended: this.#ended && this.#events.length === 0, inTime };
  }

  close(): void {
    this.#response.destroy();
  }

  #take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#events.push(parsed(line));
    this.#wake?.();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#rest !== '') this.#events.push(parsed(this.#rest));
    this.#wake?.();
  }

  #somethingNew(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
}
