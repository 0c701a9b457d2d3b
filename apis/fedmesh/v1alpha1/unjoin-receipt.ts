import { type FieldError, invalid, oneOf, required } from '../../field-error.ts';
import type { Resource } from '../../meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../meta/v1.ts';

export const UNJOIN_RECEIPTS: Resource = {
  group: 'fedmesh.io',
  version: 'v1alpha1',
  kind: 'UnjoinReceipt',
  plural: 'unjoinreceipts',
  namespaced: true,
};

/** No list in a receipt is longer; the totals count what did not fit. An object in etcd may hold 1.5 MB. */
export const RECEIPT_LIST_LIMIT = 250;

/**
 * What unjoin did in a member, object by object. Stays in the control plane's namespace after the member has left.
 * It has no status subresource: one write carries the whole record, so that being stopped never leaves half of one.
 */
export interface UnjoinReceipt extends KubeObject {
  spec: UnjoinReceiptSpec;
  status?: UnjoinReceiptStatus;
}

export interface UnjoinReceiptSpec {
  /** Name of the KubeFedCluster that left. */
  cluster: string;
  /** `delete`: what was created is removed; `orphan`: it stays, released. Adopted objects are released either way. */
  cascade: 'delete' | 'orphan';
  /** RFC 3339. */
  startedAt: string;
  finishedAt?: string;
}

export interface UnjoinReceiptStatus {
  /** Created by this control plane and deleted. */
  removed?: ReceiptEntry[];
  /** Labels, annotations and finalizers of the federation taken off; the object stays. */
  released?: ReceiptEntry[];
  /** Not touched, or not touchable, and why. */
  kept?: ReceiptEntry[];
  /** All there were, whether or not they fit the lists. */
  totals?: ReceiptTotals;
  /** What a member that could not be reached still bears, in sentences. Empty: nothing. */
  leftBehind?: string[];
}

export interface ReceiptEntry {
  /** `deployments.apps`. */
  resource: string;
  namespace?: string;
  name: string;
  /** Why it was released or kept. */
  reason?: string;
}

export interface ReceiptTotals {
  removed: number;
  released: number;
  kept: number;
}

/** The whole record, cut to what an object may hold; the totals still count everything. */
export function receiptStatusOf(record: {
  removed: readonly ReceiptEntry[];
  released: readonly ReceiptEntry[];
  kept: readonly ReceiptEntry[];
  leftBehind?: readonly string[];
}): UnjoinReceiptStatus {
  return {
    removed: record.removed.slice(0, RECEIPT_LIST_LIMIT),
    released: record.released.slice(0, RECEIPT_LIST_LIMIT),
    kept: record.kept.slice(0, RECEIPT_LIST_LIMIT),
    totals: { removed: record.removed.length, released: record.released.length, kept: record.kept.length },
    leftBehind: cut(record.leftBehind ?? []),
  };
}

const MORE = /^and (\d+) more$/;

/** There are no totals of sentences, so the last one says how many are missing. What was cut before stays counted. */
function cut(sentences: readonly string[]): string[] {
  const named = sentences.filter((sentence) => !MORE.test(sentence));
  const before = Number(sentences.flatMap((sentence) => MORE.exec(sentence)?.[1] ?? []).at(-1) ?? 0);
  if (named.length + (before > 0 ? 1 : 0) <= RECEIPT_LIST_LIMIT) return [...sentences];
  const shown = named.slice(0, RECEIPT_LIST_LIMIT - 1);
  return [...shown, `and ${Math.max(named.length - shown.length, before)} more`];
}

export function validateUnjoinReceipt(receipt: DeepReadonly<UnjoinReceipt>): FieldError[] {
  const spec = receipt.spec as DeepReadonly<UnjoinReceiptSpec> | undefined;
  if (spec === undefined) return [required('spec')];
  const lists = ['removed', 'released', 'kept', 'leftBehind'] as const;
  return [
    ...(spec.cluster ? [] : [required('spec.cluster')]),
    ...oneOf('spec.cascade', spec.cascade, ['delete', 'orphan']),
    ...(spec.startedAt ? [] : [required('spec.startedAt')]),
    ...lists.flatMap((list) => {
      const length = receipt.status?.[list]?.length ?? 0;
      return length <= RECEIPT_LIST_LIMIT
        ? []
        : [invalid(`status.${list}`, length, `entries are more than ${RECEIPT_LIST_LIMIT}`)];
    }),
  ];
}
