import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { jsonEqual } from '../schema/json-value.ts';

/**
 * Gives `next` the stored entries of managedFields back, in place, when it differs from what is stored in nothing but their
 * times: a write that changes nothing must not become a write by saying when it was. Runs last, after admission and strategy.
 */
export function keepTimesOfNoChange(stored: DeepReadonly<KubeObject>, next: KubeObject): void {
  const before = stored.metadata.managedFields;
  const after = next.metadata.managedFields;
  if (before === undefined || after === undefined || before === after || before.length !== after.length) return;
  if (after.every(({ time }, index) => time === before[index]?.time)) return;
  if (!after.every((entry, index) => jsonEqual({ ...entry, time: '' }, { ...before[index], time: '' }))) return;
  if (jsonEqual(withoutOwners(stored), withoutOwners(next))) {
    next.metadata.managedFields = before as ManagedFieldsEntry[];
  }
}

function withoutOwners(object: DeepReadonly<KubeObject>): unknown {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}
