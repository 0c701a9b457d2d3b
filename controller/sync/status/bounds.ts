import type { ClusterPropagationStatus } from '../../../apis/types/v1beta1/federated-object.ts';

/** etcd takes 1,572,864 bytes in one request. The rest is for `managedFields`, which no cache keeps, and the request around it. */
const MOST_BYTES = 1_400_000;
/** So little fits beside any template that an API server took. */
const ALWAYS_FITS = 65_536;
const SHORT_MESSAGE = 200;

/**
 * The entries as far as they fit into an object that etcd stores. What is left out is said in the entry: first the
 * largest `remoteStatus`, then the next; when messages alone are too much they are shortened, and in the end dropped.
 *
 * @param rest bytes of everything else in the object; asked for only when the entries are not small.
 */
export function withinBounds(entries: ClusterPropagationStatus[], rest: () => number): ClusterPropagationStatus[] {
  const size = jsonBytes(entries);
  if (size <= ALWAYS_FITS) return entries;
  const budget = Math.max(ALWAYS_FITS, MOST_BYTES - rest());
  if (size <= budget) return entries;
  const fewer = withoutLargest(entries, size - budget);
  if (jsonBytes(fewer) <= budget) return fewer;
  const short = fewer.map((entry) => (entry.message === undefined ? entry : { ...entry, message: cut(entry.message) }));
  return jsonBytes(short) <= budget ? short : short.map(({ message: _, ...entry }) => entry);
}

/** Bytes of the value as an API server stores it: as JSON of Go, which escapes what could be HTML. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  return Buffer.byteLength(text) + 5 * (text.match(/[<>&\u2028\u2029]/g)?.length ?? 0);
}

function withoutLargest(entries: readonly ClusterPropagationStatus[], excess: number): ClusterPropagationStatus[] {
  const bySize = entries
    .map((entry, index) => ({ index, entry, bytes: entry.remoteStatus === undefined ? 0 : jsonBytes(entry) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const fewer = [...entries];
  let over = excess;
  for (const { index, entry, bytes } of bySize) {
    if (over <= 0) break;
    const without = withoutStatus(entry);
    fewer[index] = without;
    over -= bytes - jsonBytes(without);
  }
  return fewer;
}

function withoutStatus({ remoteStatus, ...entry }: ClusterPropagationStatus): ClusterPropagationStatus {
  const size = `${Math.ceil(jsonBytes(remoteStatus) / 1000)} kB`;
  const why = `remoteStatus is left out: it takes ${size}, and this object would be larger than etcd stores`;
  return { ...entry, message: entry.message === undefined ? why : `${entry.message}; ${why}` };
}

function cut(message: string): string {
  const characters = [...message];
  return characters.length <= SHORT_MESSAGE ? message : `${characters.slice(0, SHORT_MESSAGE).join('')} […]`;
}
