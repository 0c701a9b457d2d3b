import { type Ask, askOverHttp } from '../../../controller/network/probe/ask.ts';
import type { Attempt } from '../../../controller/network/probe/report.ts';
import { type Clock, systemClock } from '../../../controller/time/clock.ts';

/** A place on the network that nothing but a probe stands on. */
export interface PodPlace {
  readonly cluster: string;
  readonly node: string;
  readonly address: string;
  readonly port: number;
}

/** What is wrong with the network, and where. */
export interface NetworkFault {
  /** Packets from these members; missing: from any. */
  readonly from?: string;
  /** Packets to these; missing: to any. */
  readonly to?: string;
  /** Only when asked from, or at, this node. */
  readonly node?: string;
  readonly kind?: 'pod' | 'service';
  readonly effect:
    | 'drop'
    | 'no-route'
    | 'refuse'
    /** Large packets are lost. */
    | 'large'
    /** The other side sees this address. */
    | { readonly seenAs: string }
    /** Packets come out at this member instead. */
    | { readonly answeredBy: string };
}

interface Place extends PodPlace {
  readonly kind: 'pod' | 'service';
  readonly loopbackPort: number;
}

/** Header in which a probe on loopback is told whom it sees, since all come from 127.0.0.1. */
export const SEEN_AS_HEADER = 'x-sandbox-seen-as';

/**
 * The mesh between sandbox clusters: where the addresses of Pods and Services lead to on loopback, and what is broken on the way. All of it is in
 * this process; no packet leaves the machine.
 */
export class PodNetwork {
  readonly #clock: Clock;
  readonly #deliver: Ask;
  readonly #places = new Map<string, Place[]>();
  readonly #faults = new Set<NetworkFault>();

  /** @param deliver what asks a port of loopback; for very many probes something cheaper than sockets may stand in */
  constructor(clock: Clock = systemClock, deliver: Ask = askOverHttp) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** From now on the address leads to a port of this machine, until the returned function is called. */
  place(place: PodPlace, kind: Place['kind'], loopbackPort: number): () => void {
    const entry: Place = { ...place, kind, loopbackPort };
    const key = keyOf(place);
    this.#places.set(key, [...(this.#places.get(key) ?? []), entry]);
    return () => {
      const left = this.#places.get(key)?.filter((each) => each !== entry) ?? [];
      if (left.length > 0) this.#places.set(key, left);
      else this.#places.delete(key);
    };
  }

  /** Breaks something; the returned function mends it. */
  add(fault: NetworkFault): () => void {
    this.#faults.add(fault);
    return () => void this.#faults.delete(fault);
  }

  /** For the proxy of a member's own API server, which no mesh is in the way of. */
  inside(cluster: string): (address: string, port: number) => { host: string; port: number } {
    return (address, port) => {
      const found = this.#places.get(keyOf({ address, port }))?.find((place) => place.cluster === cluster);
      // Nobody listens on port 1: an address without a Pod refuses.
      return { host: '127.0.0.1', port: found?.loopbackPort ?? 1 };
    };
  }

  /** How a probe at this place asks. */
  askFrom(from: PodPlace): Ask {
    return (question) => {
      const { address, port } = question;
      const places = this.#places.get(keyOf({ address, port })) ?? [];
      // Whoever has an address itself never sends packets for it away.
      const to = places.find(({ cluster }) => cluster === from.cluster) ?? places[0];
      if (to === undefined) return Promise.resolve({ ms: 0.1, error: 'ECONNREFUSED' });
      const faults = [...this.#faults].filter((fault) => concerns(fault, from, to));
      const has = (effect: NetworkFault['effect']) => faults.some((fault) => fault.effect === effect);
      if (has('drop') || (has('large') && question.big)) return this.#lost(question.timeoutMs, question.signal);
      if (has('no-route')) return Promise.resolve({ ms: 0.1, error: 'EHOSTUNREACH' });
      if (has('refuse')) return Promise.resolve({ ms: 0.1, error: 'ECONNREFUSED' });
      const effects = faults.map(({ effect }) => effect).filter((effect) => typeof effect === 'object');
      const thief = effects.find((effect) => 'answeredBy' in effect);
      const end = thief === undefined ? to : (this.#anyOf(thief.answeredBy) ?? to);
      const seenAs = effects.find((effect) => 'seenAs' in effect)?.seenAs ?? from.address;
      const headers = { [SEEN_AS_HEADER]: seenAs };
      return this.#deliver({ ...question, address: '127.0.0.1', port: end.loopbackPort, headers });
    };
  }

  #anyOf(cluster: string): Place | undefined {
    return [...this.#places.values()].flat().find((place) => place.cluster === cluster && place.kind === 'pod');
  }

  #lost(timeoutMs: number, signal: AbortSignal): Promise<Attempt> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve({ ms: timeoutMs, error: 'ETIMEDOUT' });
      };
      const cancel = this.#clock.after(timeoutMs, end);
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

function concerns(fault: NetworkFault, from: PodPlace, to: Place): boolean {
  return (
    from.cluster !== to.cluster &&
    (fault.from === undefined || fault.from === from.cluster) &&
    (fault.to === undefined || fault.to === to.cluster) &&
    (fault.kind === undefined || fault.kind === to.kind) &&
    (fault.node === undefined || fault.node === from.node || fault.node === to.node)
  );
}

function keyOf({ address, port }: Pick<PodPlace, 'address' | 'port'>): string {
  return `${address} ${port}`;
}
