import { onAbort } from '../time/abort.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Runs something once for all who ask while it runs. It is aborted only when the last of them has gone away. */
export class SingleFlight<T> {
  readonly #run: (signal: AbortSignal) => Promise<T>;
  #flight: Flight<T> | undefined;

  constructor(run: (signal: AbortSignal) => Promise<T>) {
    this.#run = run;
  }

  join(signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const flight = this.#flight ?? this.#start();
    flight.waiting++;
    return new Promise<T>((resolve, reject) => {
      const stay = onAbort(signal, () => {
        reject(signal.reason);
        flight.waiting--;
        if (flight.waiting > 0) return;
        this.#land(flight);
        flight.controller.abort(signal.reason);
      });
      flight.result.then(resolve, reject).finally(stay);
    });
  }

  /** Who joins from now on starts anew; those who wait already get what they wait for. */
  forget(): void {
    this.#flight = undefined;
  }

  #start(): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { controller, waiting: 0, result: this.#run(controller.signal) };
    this.#flight = flight;
    const land = () => this.#land(flight);
    flight.result.then(land, land);
    return flight;
  }

  #land(flight: Flight<T>): void {
    if (this.#flight === flight) this.#flight = undefined;
  }
}
