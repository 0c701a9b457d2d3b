import type { Changes, ObjectKey, ObjectSummary } from '../../apis/dashboard/v1.ts';

/** What became different within one beat, before anybody's rights are asked. */
export interface Batch {
  readonly objects: readonly ObjectSummary[];
  readonly objectsGone: readonly ObjectKey[];
  /** Names: what is shown of a cluster depends on what else may be seen. */
  readonly clusters: readonly string[];
  readonly clustersGone: readonly string[];
  readonly also: Changes['also'];
}

/** Together no more objects than these are kept for who comes back. */
const LARGEST_RING = 20_000;
/** Reading again is cheaper than so many changes at once. */
export const LARGEST_BATCH = 1_000;

/**
 * The last changes, for streams that were cut off. The numbers of a process that ended say nothing to the next one, so an id
 * begins with what tells processes apart.
 */
export class ChangeRing {
  readonly #epoch: string;
  readonly #batches: { readonly number: number; readonly batch: Batch }[] = [];
  #last = 0;
  #size = 0;

  /** @param epoch of this process and no other; without `.` */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** To go on after everything that has been added so far. */
  get lastId(): string {
    return `${this.#epoch}.${this.#last}`;
  }

  /** What is too large to be sent is not kept: whoever missed it reads again. */
  add(batch: Batch): void {
    this.#last += 1;
    const size = sizeOf(batch);
    if (size > LARGEST_BATCH) {
      this.#batches.length = 0;
      this.#size = 0;
      return;
    }
    this.#batches.push({ number: this.#last, batch });
    this.#size += size;
    while (this.#size > LARGEST_RING) this.#size -= sizeOf(this.#batches.shift()?.batch);
  }

  /** What was added after `id`; undefined when not all of that is known any more. */
  since(id: string): Batch[] | undefined {
    const [epoch, text = ''] = id.split('.');
    const number = Number(text);
    if (epoch !== this.#epoch || !/^\d{1,15}$/.test(text) || number > this.#last) return undefined;
    if (number === this.#last) return [];
    const missed = this.#batches.filter((each) => each.number > number);
    return missed[0]?.number === number + 1 ? missed.map(({ batch }) => batch) : undefined;
  }
}

/** One change for several: the last word on each thing counts. */
export function mergedBatch(batches: readonly Batch[]): Batch {
  const [only] = batches;
  if (only !== undefined && batches.length === 1) return only;
  const objects = new Map<string, { readonly shown?: ObjectSummary; readonly gone?: ObjectKey }>();
  const clusters = new Map<string, boolean>();
  const also = new Set<Changes['also'][number]>();
  for (const batch of batches) {
    for (const shown of batch.objects) objects.set(idOf(shown), { shown });
    for (const gone of batch.objectsGone) objects.set(idOf(gone), { gone });
    for (const name of batch.clusters) clusters.set(name, true);
    for (const name of batch.clustersGone) clusters.set(name, false);
    for (const each of batch.also) also.add(each);
  }
  return {
    objects: [...objects.values()].flatMap(({ shown }) => (shown === undefined ? [] : [shown])),
    objectsGone: [...objects.values()].flatMap(({ gone }) => (gone === undefined ? [] : [gone])),
    clusters: [...clusters].flatMap(([name, there]) => (there ? [name] : [])),
    clustersGone: [...clusters].flatMap(([name, there]) => (there ? [] : [name])),
    also: [...also],
  };
}

export function idOf({ type, namespace, name }: ObjectKey): string {
  return `${type}\n${namespace ?? ''}\n${name}`;
}

function sizeOf(batch: Batch | undefined): number {
  if (batch === undefined) return 0;
  const { objects, objectsGone, clusters, clustersGone } = batch;
  return Math.max(1, objects.length + objectsGone.length + clusters.length + clustersGone.length);
}
