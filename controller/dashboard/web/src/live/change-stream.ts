import type { Changes } from '../../../../../apis/dashboard/v1.ts';
import { retryDelay } from '../logic/freshness.ts';
import { EVENTS_URL } from './api.ts';

/** `reset`: read again whatever is shown. */
export type StreamEvent = Changes | 'reset';

export interface StreamListener {
  event(event: StreamEvent): void;
  opened(): void;
  /** The stream broke; it is tried again until `close`. */
  lost(): void;
}

/**
 * The server's stream of changes. The browser resumes one that breaks by itself, from the last event; one that the server refuses
 * is given up by the browser and opened anew here: what was missed meanwhile nobody tells, so that everything is read again.
 */
export class ChangeStream {
  readonly #listener: StreamListener;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #missed = false;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  open(): void {
    this.close();
    const source = new EventSource(EVENTS_URL);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#failures = 0;
      this.#listener.opened();
      if (this.#missed) this.#listener.event('reset');
      this.#missed = false;
    });
    source.addEventListener('changes', ({ data }) => this.#listener.event(JSON.parse(data) as Changes));
    source.addEventListener('reset', () => this.#listener.event('reset'));
    source.addEventListener('error', () => {
      this.#listener.lost();
      if (source.readyState === EventSource.CLOSED) this.#openLater();
    });
  }

  /** Tries at once what would be tried later. @param dead the stream looks open and is not */
  hurry(dead = false): void {
    if (dead || this.#source?.readyState !== EventSource.OPEN) {
      this.#missed = true;
      this.open();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #openLater(): void {
    this.#missed = true;
    this.#failures++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), retryDelay(this.#failures, Math.random()));
  }
}
