import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

export const UNJOIN_RECEIPTS: Resource = {
  group: 'fedmesh.io',
  version: 'v1alpha1',
  kind: 'UnjoinReceipt',
  plural: 'unjoinreceipts',
  namespaced: true,
};

/** No list in a receipt is longer; the totals count what did not fit. An object in etcd may hold 1.5 MB. */
export const RECEIPT_LIST_LIMIT = 500;

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
