import {
  type ReachabilityMatrix,
  VERIFY_ANNOTATION,
  type VerifyRequest,
} from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clock } from '../../time/clock.ts';
import type { Found } from './collection.ts';

/** Probes get so long to appear and to hear of each other: kubelet brings a changed ConfigMap within a minute or two. */
const PATIENCE_MS = 120_000;

/** Requests of people to ask everything anew. */
export class VerifyRequests {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();
  /** Answered, while the matrix that says so is still on its way here. */
  #done: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is asked for and has not been answered. */
  pending(matrix: DeepReadonly<ReachabilityMatrix> | undefined): VerifyRequest | undefined {
    const text = matrix?.metadata.annotations?.[VERIFY_ANNOTATION];
    const request = text === undefined ? undefined : parse(text);
    if (request === undefined || request.id === matrix?.status?.answered || request.id === this.#done) return undefined;
    if (!this.#since.has(request.id)) this.#since.set(request.id, this.#clock.monotonic());
    return request;
  }

  done(id: string): void {
    this.#since.delete(id);
    this.#done = id;
  }

  /** Whether all probes that are to ask and be asked are there and know of each other; or have had the time for it. */
  isReady(
    { id, allNodes }: VerifyRequest,
    found: readonly Found[],
    directory: string,
    directoryOfProbe: (nonce: string) => string | undefined,
  ): boolean {
    const since = this.#since.get(id) ?? this.#clock.monotonic();
    if (this.#clock.monotonic() - since >= PATIENCE_MS) return true;
    return found.every(({ probes, nodes = 1, problem }) => {
      // Whoever is away, or may not be asked, is not waited for.
      if (problem !== undefined && problem.reason !== 'NoProbe') return true;
      const seen = new Set(probes.map(({ node }) => node));
      if (seen.size < (allNodes ? nodes : 1)) return false;
      return probes.every(({ nonce }) => directoryOfProbe(nonce) === directory);
    });
  }
}

function parse(text: string): VerifyRequest | undefined {
  try {
    const { id, allNodes } = JSON.parse(text) as Partial<VerifyRequest>;
    return typeof id === 'string' && id !== '' ? { id, allNodes: allNodes === true } : undefined;
  } catch {
    return undefined;
  }
}
