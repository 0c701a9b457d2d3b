import type { V1Service } from '@kubernetes/client-node';
import type { DeepReadonly } from '../../../../../apis/meta/v1.ts';
import type { Storage, Stored } from '../../storage/storage.ts';
import { formatIpv4, type Ipv4Range } from './ipv4.ts';

const STORAGE_KEY = 'services';
export const NODE_PORTS = { first: 30000, last: 32767 };
/** Of a range, what is left to those who choose their own: the first sixteenth, from 16 to 256 addresses. */
const STATIC_MIN = 16;
const STATIC_MAX = 256;
const STATIC_PORTS = 86;

/**
 * Which ClusterIPs and node ports the Services of one cluster hold. It is read from what is stored, so that whatever is deleted is
 * free again, and kept up to date with every write; nobody pays for it before the first Service.
 */
export class Allocations {
  readonly #addresses = new Map<string, number>();
  readonly #ports = new Map<number, number>();
  #lastAddress = 0;
  #lastPort = NODE_PORTS.first + STATIC_PORTS - 1;

  constructor(storage: Storage) {
    for (const stored of storage.list(STORAGE_KEY)) this.#count(stored, 1);
    storage.subscribe(({ type, stored, previous }) => {
      if (stored.storageKey !== STORAGE_KEY) return;
      if (previous !== undefined) this.#count(previous, -1);
      else if (type === 'DELETED') this.#count(stored, -1);
      if (type !== 'DELETED') this.#count(stored, 1);
    });
  }

  hasAddress(address: string): boolean {
    return this.#addresses.has(address);
  }

  hasPort(port: number): boolean {
    return this.#ports.has(port);
  }

  /** A free address, from the part of the range that nobody should choose from; `undefined` when all are taken. */
  nextAddress({ network, size }: Ipv4Range): string | undefined {
    const reserved = Math.max(STATIC_MIN, Math.min(Math.floor(size / 16), STATIC_MAX));
    const first = network + (size > 2 * reserved ? reserved : 1);
    const last = network + size - 2;
    const start = this.#lastAddress >= first && this.#lastAddress < last ? this.#lastAddress + 1 : first;
    const found =
      firstFree(start, first, last, (address) => this.#addresses.has(formatIpv4(address))) ??
      firstFree(network + 1, network + 1, first - 1, (address) => this.#addresses.has(formatIpv4(address)));
    if (found === undefined) return undefined;
    this.#lastAddress = found;
    return formatIpv4(found);
  }

  /** A free node port that is none of `taken`; `undefined` when there is none. */
  nextPort(taken: ReadonlySet<number>): number | undefined {
    const first = NODE_PORTS.first + STATIC_PORTS;
    const isTaken = (port: number): boolean => this.#ports.has(port) || taken.has(port);
    const start = this.#lastPort < NODE_PORTS.last ? this.#lastPort + 1 : first;
    const found =
      firstFree(start, first, NODE_PORTS.last, isTaken) ??
      firstFree(NODE_PORTS.first, NODE_PORTS.first, first - 1, isTaken);
    if (found !== undefined) this.#lastPort = found;
    return found;
  }

  #count({ object }: Stored, by: 1 | -1): void {
    const { spec } = object as unknown as DeepReadonly<V1Service>;
    for (const address of spec?.clusterIPs ?? []) if (address !== 'None') add(this.#addresses, address, by);
    for (const port of portsOf(spec)) add(this.#ports, port, by);
  }
}

const ofStorage = new WeakMap<Storage, Allocations>();

export function allocationsOf(storage: Storage): Allocations {
  let allocations = ofStorage.get(storage);
  if (allocations === undefined) {
    allocations = new Allocations(storage);
    ofStorage.set(storage, allocations);
  }
  return allocations;
}

/** Each port once: TCP and UDP of one port may share a node port. */
function portsOf(spec: DeepReadonly<V1Service>['spec']): Set<number> {
  const ports = new Set<number>();
  for (const { nodePort } of spec?.ports ?? []) if (nodePort) ports.add(nodePort);
  if (spec?.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return ports;
}

function add<Key>(counts: Map<Key, number>, key: Key, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function firstFree(
  start: number,
  first: number,
  last: number,
  isTaken: (candidate: number) => boolean,
): number | undefined {
  for (let candidate = start; candidate <= last; candidate++) if (!isTaken(candidate)) return candidate;
  for (let candidate = first; candidate < start; candidate++) if (!isTaken(candidate)) return candidate;
  return undefined;
}
