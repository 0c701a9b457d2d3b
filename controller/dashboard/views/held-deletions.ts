import type { HeldDeletionList } from '../../../apis/dashboard/v1.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { scrubberOf } from './secret-values.ts';
import { isSecretType, type ShownType } from './shown-type.ts';

/** Federated objects that are to go, and what they wait for. The longest first. */
export function heldDeletions(
  deleting: Iterable<{ readonly type: ShownType; readonly object: DeepReadonly<FederatedObject> }>,
): HeldDeletionList {
  const items = [...deleting].map(({ type, object: { metadata, status }, object }) => {
    const hide = isSecretType(type) ? scrubberOf(object) : (text: string) => text;
    return {
      type: type.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name: metadata.name ?? '',
      since: metadata.deletionTimestamp ?? '',
      clusters: (status?.clusters ?? []).map(({ name: cluster, status: word = '', message }) => ({
        ...{ cluster, status: word },
        ...(message ? { message: hide(message) } : {}),
      })),
    };
  });
  return { items: items.sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0)) };
}
