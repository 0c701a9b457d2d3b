import { type Client, createClient } from '../../controller/kube/client.ts';
import type { Endpoint } from '../../controller/kube/endpoint.ts';
import { createTransport, type Transport, type TransportRequest } from '../../controller/kube/transport.ts';

/** What a process sees that was killed: nothing works any more, neither writing nor reading nor taking back. */
export class KilledError extends Error {
  override readonly name = 'KilledError';

  constructor() {
    super('killed');
  }
}

/** Kills a piece of work after so many writes, over however many API servers they go. */
export class WriteLimit {
  readonly #limit: number;
  #writes = 0;
  #killed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get writes(): number {
    return this.#writes;
  }

  get killed(): boolean {
    return this.#killed;
  }

  /** A client of which each write counts. */
  client(endpoint: Endpoint): Client {
    const transport = createTransport(endpoint, {});
    const limited: Transport = {
      request: (request) => this.#pass(request, () => transport.request(request)),
      stream: (request) => this.#pass(request, () => transport.stream(request)),
      close: () => transport.close(),
    };
    return createClient({ transport: limited, cluster: endpoint.cluster });
  }

  async #pass<T>({ method, path }: TransportRequest, send: () => Promise<T>): Promise<T> {
    if (this.#killed) throw new KilledError();
    // Reviews and token requests store nothing.
    if (method !== 'GET' && !path.endsWith('/token')) {
      if (this.#writes >= this.#limit) {
        this.#killed = true;
        throw new KilledError();
      }
      this.#writes += 1;
    }
    return send();
  }
}
