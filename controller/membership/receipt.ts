import isEqual from 'lodash/isEqual.js';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import {
  type ReceiptEntry,
  receiptStatusOf,
  UNJOIN_RECEIPTS,
  type UnjoinReceipt,
} from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import { apiVersionOf } from '../kube/resource.ts';
import type { Clock } from '../time/clock.ts';
import { rfc3339 } from '../time/rfc3339.ts';

export type Fate = 'removed' | 'released' | 'kept';

/** `vulcan-1a2b3c4d`: one receipt per membership, found again by whoever goes on with an unjoin. */
export function receiptNameOf(cluster: DeepReadonly<KubeFedCluster>): string {
  return `${cluster.metadata.name}-${(cluster.metadata.uid ?? '').slice(0, 8)}`;
}

/**
 * What unjoin does in a member, written down in the host before the first object is touched and again at the end: whoever
 * goes on after an interruption knows what those before had found.
 */
export class ReceiptBook {
  readonly #host: Client;
  readonly #clock: Clock;
  readonly #entries = new Map<string, { fate: Fate; entry: ReceiptEntry }>();
  #leftBehind: string[];
  #receipt: UnjoinReceipt;
  /** Counted by those before, beyond what the lists hold. */
  #earlier = { removed: 0, released: 0, kept: 0 };
  #stored: boolean;
  /** The host does not know the kind: an unjoin is not to fail for that. */
  #served = true;

  /** Takes up the receipt that is there, or begins one. */
  static async open(
    host: Client,
    cluster: DeepReadonly<KubeFedCluster>,
    options: { cascade: 'delete' | 'orphan'; clock: Clock; signal: AbortSignal },
  ): Promise<ReceiptBook> {
    const ref = { namespace: cluster.metadata.namespace ?? '', name: receiptNameOf(cluster) };
    const present = await optional(host.get<UnjoinReceipt>(UNJOIN_RECEIPTS, ref, { signal: options.signal }));
    const fresh: UnjoinReceipt = {
      apiVersion: apiVersionOf(UNJOIN_RECEIPTS),
      kind: UNJOIN_RECEIPTS.kind,
      metadata: ref,
      spec: {
        cluster: cluster.metadata.name ?? '',
        cascade: options.cascade,
        startedAt: rfc3339(options.clock.now()),
      },
    };
    return new ReceiptBook(host, options.clock, present, fresh);
  }

  private constructor(host: Client, clock: Clock, present: UnjoinReceipt | undefined, fresh: UnjoinReceipt) {
    this.#host = host;
    this.#clock = clock;
    this.#stored = present !== undefined;
    // Somebody may have thought better of what is to happen since it was begun.
    this.#receipt =
      present === undefined ? fresh : { ...present, spec: { ...present.spec, cascade: fresh.spec.cascade } };
    for (const fate of ['removed', 'released', 'kept'] as const) {
      for (const entry of present?.status?.[fate] ?? []) this.note(fate, entry);
    }
    this.#leftBehind = [...(present?.status?.leftBehind ?? [])];
    this.#earlier = present?.status?.totals ?? this.#earlier;
  }

  get name(): string {
    return this.#receipt.metadata.name ?? '';
  }

  /** Whether the host has a copy of it. */
  get stored(): boolean {
    return this.#stored;
  }

  note(fate: Fate, entry: ReceiptEntry): void {
    this.#entries.set(`${entry.resource} ${entry.namespace ?? ''} ${entry.name}`, { fate, entry });
  }

  /** Replaces what was said before about what stays in the member although it should not. */
  setLeftBehind(sentences: readonly string[]): void {
    this.#leftBehind = [...sentences];
  }

  get leftBehind(): readonly string[] {
    return this.#leftBehind;
  }

  get record(): UnjoinReceipt {
    const list = (wanted: Fate) =>
      [...this.#entries.values()].filter(({ fate }) => fate === wanted).map(({ entry }) => entry);
    const status = receiptStatusOf({
      removed: list('removed'),
      released: list('released'),
      kept: list('kept'),
      leftBehind: this.#leftBehind,
    });
    const { removed = 0, released = 0, kept = 0 } = status.totals ?? {};
    const totals = {
      removed: Math.max(removed, this.#earlier.removed),
      released: Math.max(released, this.#earlier.released),
      kept,
    };
    return { ...this.#receipt, status: { ...status, totals } };
  }

  async save(signal: AbortSignal, options: { finished?: boolean } = {}): Promise<UnjoinReceipt> {
    const spec = this.#receipt.spec;
    const finishedAt = options.finished === true ? (spec.finishedAt ?? rfc3339(this.#clock.now())) : spec.finishedAt;
    const record = { ...this.record, spec: { ...spec, ...(finishedAt === undefined ? {} : { finishedAt }) } };
    if (!this.#served || (this.#stored && isEqual(record, this.#receipt))) return record;
    try {
      this.#receipt = this.#stored
        ? await this.#host.replace<UnjoinReceipt>(UNJOIN_RECEIPTS, record, { signal })
        : await this.#host.create<UnjoinReceipt>(UNJOIN_RECEIPTS, record, { signal });
      this.#stored = true;
      return this.#receipt;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#served = false;
      return record;
    }
  }
}
