import type { ServerResponse } from 'node:http';
import type { FaultRequest } from './fault-rule.ts';
import { WatchFilter } from './watch-filter.ts';

/** Stands between a watch and its connection, so that rules that come later take hold of it too. */
export class WatchGuard {
  readonly response: ServerResponse;
  readonly request: FaultRequest;
  readonly #filter: WatchFilter;
  #held: (() => void)[] | undefined;
  #holds = 0;

  constructor(request: FaultRequest, response: ServerResponse, drops: { any(): boolean; next(): boolean }) {
    this.request = request;
    this.response = response;
    this.#filter = new WatchFilter(() => drops.next());
    const write = response.write.bind(response) as (...args: unknown[]) => boolean;
    const end = response.end.bind(response) as () => ServerResponse;
    const send = (args: readonly unknown[]): boolean => {
      if (!drops.any() && this.#filter.isBetweenLines) return write(...args);
      const text = this.#filter.pass(String(args[0]));
      return text === '' ? true : write(text);
    };
    response.write = ((...args: unknown[]) => this.#orLater(() => send(args)) ?? true) as typeof response.write;
    response.end = ((chunk?: unknown) => {
      this.#orLater(() => {
        if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) send([chunk]);
        const rest = this.#filter.rest();
        if (rest !== '') write(rest);
        end();
        return true;
      });
      return response;
    }) as typeof response.end;
  }

  /** Nothing goes out until `ended`; it goes out then. */
  hold(ended: Promise<void>): void {
    this.#held ??= [];
    this.#holds += 1;
    void ended.then(() => {
      this.#holds -= 1;
      if (this.#holds > 0) return;
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const go of held) go();
    });
  }

  #orLater(go: () => boolean): boolean | undefined {
    if (this.#held === undefined) return go();
    this.#held.push(go);
    return undefined;
  }
}
