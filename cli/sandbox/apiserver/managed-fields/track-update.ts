import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import type { Schema } from '../schema/schema.ts';
import { ownersByType } from './changed-schema.ts';
import { type Comparison, compare } from './compare.ts';
import {
  entriesOf,
  identityOf,
  type Owner,
  ownersForWrite,
  ownsNothing,
  timestamp,
  UNOWNED_FIELDS,
  withoutAncient,
} from './entries.ts';
import { difference, type FieldSet, isEmptySet, recursiveDifference, union } from './field-set.ts';
import { type FieldType, fieldTypeOf } from './field-type.ts';
import { TypedValueError } from './list-items.ts';

/** Who writes, and how it is to be recorded. */
export interface WriteRecord {
  /** Of the object in the version of the request; `undefined`: a custom resource without one. */
  readonly schema: Schema | undefined;
  /** `fieldManager`, or what the client calls itself. */
  readonly manager: string;
  /** Of the request. */
  readonly apiVersion: string;
  /** Such as `status`; left out for the object itself. */
  readonly subresource?: string | undefined;
  readonly now: Date;
  /** What this endpoint does not write whatever is sent, so that nobody comes to own it by it; see `resetFields`. */
  readonly resetFields?: FieldSet | undefined;
}

export interface TrackedUpdate extends WriteRecord {
  /** `undefined`: the object is being created. */
  readonly stored: DeepReadonly<KubeObject> | undefined;
  /** As it was sent or patched, with defaults, in Go's shape; before admission and the kind's strategy. */
  readonly next: DeepReadonly<KubeObject>;
}

/**
 * `metadata.managedFields` after a create, update or patch: the writer owns what it changed, and whoever owned that does no
 * longer. Empty: the object has none, for its owners were reset or it never had any.
 *
 * When nobody's fields changed this is the stored list itself, with its times, so that a write that changes nothing is none.
 */
export function trackUpdate(update: TrackedUpdate): ManagedFieldsEntry[] {
  const { stored, next } = update;
  const known = ownersForWrite(stored, next, update.subresource ?? '');
  // Objects whose owners are unknown stay so until somebody applies them.
  if (stored !== undefined && known.length === 0) return [];
  const type = fieldTypeOf(update.schema);
  const owners = isBuiltIn(update.schema) ? known : ownersByType(known, type);
  let difference: Comparison;
  try {
    difference = compare(stored === undefined ? {} : withoutOwners(stored), withoutOwners(next), type);
  } catch (error) {
    // As Kubernetes does: an object that cannot be read by its schema has no owners.
    if (error instanceof TypedValueError) return [];
    throw error;
  }
  const after = record(owners, without(difference, update.resetFields), update);
  const unchanged = stored !== undefined && sameOwners(after, stored.metadata.managedFields ?? []);
  return unchanged ? (stored.metadata.managedFields as ManagedFieldsEntry[]) : entriesOf(after);
}

/** Schemas of built-in kinds have names, and never change. */
export function isBuiltIn(schema: Schema | undefined): boolean {
  return schema?.name !== undefined;
}

/** The owners after the writer changed what differs. */
export function record(
  owners: readonly Owner[],
  { changed, removed }: Comparison,
  write: WriteRecord,
): readonly Owner[] {
  const fresh = difference(changed, UNOWNED_FIELDS);
  const after = takeAway(takeAway(owners, changed), removed);
  if (isEmptySet(fresh)) return after.some(ownsNothing) ? after.filter((owner) => !ownsNothing(owner)) : after;
  const writer: Owner = {
    manager: write.manager === '' ? 'unknown' : write.manager,
    operation: 'Update',
    apiVersion: write.apiVersion,
    subresource: write.subresource ?? '',
    time: timestamp(write.now),
    fields: fresh,
  };
  if (after.length === 0) return [writer];
  const identity = identityOf(writer);
  const others = after.filter((owner) => !ownsNothing(owner) && identityOf(owner) !== identity);
  const before = after.find((owner) => identityOf(owner) === identity);
  if (before === undefined) return withoutAncient([...others, writer]);
  return withoutAncient([...others, { ...writer, fields: union(before.fields, fresh) }]);
}

/** Takes fields away from all; who loses none stays the same object. */
export function takeAway(owners: readonly Owner[], fields: FieldSet): readonly Owner[] {
  if (isEmptySet(fields)) return owners;
  return owners.map((owner) => {
    const left = difference(owner.fields, fields);
    return left === owner.fields ? owner : { ...owner, fields: left };
  });
}

export function without({ changed, removed }: Comparison, resetFields: FieldSet | undefined): Comparison {
  if (resetFields === undefined) return { changed, removed };
  return {
    changed: recursiveDifference(changed, resetFields),
    removed: recursiveDifference(removed, resetFields),
  };
}

/** Owners are compared by what they share with the stored entries: sets that did not change are the same objects. */
function sameOwners(owners: readonly Owner[], stored: readonly DeepReadonly<ManagedFieldsEntry>[]): boolean {
  return (
    owners.length === stored.length &&
    owners.every(({ fields, time }, index) => {
      const entry = stored[index];
      return entry !== undefined && fields === entry.fieldsV1 && time === entry.time;
    })
  );
}

export function withoutOwners(object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What Go has in an object that nobody filled: its structs, and what is written even when it is empty. */
export function zeroObject({ map }: FieldType): Record<string, unknown> {
  const zero: Record<string, unknown> = {};
  for (const [name, value] of map?.zeroFields ?? []) {
    const isStruct = typeof value === 'object' && value !== null;
    const type = isStruct ? map?.field(name)?.type : undefined;
    zero[name] = type === undefined ? value : zeroObject(type);
  }
  return zero;
}
