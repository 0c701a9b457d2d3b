import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { badRequest, bareFailure } from '../errors/status-error.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { ownersByType } from './changed-schema.ts';
import { problemsOf } from './check-applied.ts';
import { type Comparison, compare } from './compare.ts';
import { applyConflict, type FieldConflict } from './conflicts.ts';
import { entriesOf, identityOf, type Owner, ownersOf, ownsNothing, timestamp, UNOWNED_FIELDS } from './entries.ts';
import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  NOTHING,
  pathsOf,
  recursiveDifference,
  union,
} from './field-set.ts';
import { type FieldType, fieldTypeOf } from './field-type.ts';
import { fieldsOf, withNamedFields } from './fields-of.ts';
import { fieldsLastApplied, KUBECTL, LAST_APPLIED, lastAppliedText } from './last-applied.ts';
import { merge } from './merge.ts';
import { removeFields } from './remove.ts';
import { isBuiltIn, record, takeAway, type WriteRecord, without, withoutOwners, zeroObject } from './track-update.ts';

export interface Application extends WriteRecord {
  /** `undefined`: the object is to be created. */
  readonly stored: DeepReadonly<KubeObject> | undefined;
  /** What the manager wants, and no more: as it was sent, whatever it is. */
  readonly applied: DeepReadonly<KubeObject>;
  /** Takes fields from other managers instead of failing. */
  readonly force: boolean;
  /** What the endpoint speaks; left out: it is checked elsewhere. */
  readonly kind?: string;
}

/**
 * Server-side apply: what is stored with what is applied merged into it, without what the manager applied before, applies no
 * longer and nobody else owns; and with its new `metadata.managedFields`. Defaults and validation are the caller's. Neither
 * object is changed, the result shares parts of both.
 *
 * @throws StatusError 409 for fields that others own and whose values differ, 400 for another kind or version or an object
 *   with managedFields, 500 (as in Kubernetes) for an object that does not fit the schema
 */
export function serverSideApply(application: Application): KubeObject {
  const { stored, applied, now } = application;
  checkKind(application);
  const type = fieldTypeOf(application.schema);
  checkFit(applied, type);

  const live = stored === undefined ? (zeroObject(type) as KubeObject) : (withoutOwners(stored) as KubeObject);
  const before = ownersBefore(stored, live, type, application);
  const outcome = attempt(application, live, before, type);

  const merged = outcome.object;
  const isNew = !jsonEqual(live, merged);
  const self = identityOf(applier(application, NOTHING));
  const owners = outcome.owners.map((owner) =>
    isNew && identityOf(owner) === self ? { ...owner, time: timestamp(now) } : owner,
  );
  return finished(application, isNew ? merged : live, entriesOf(owners));
}

/** A merged object, and who owns its fields. */
interface Outcome {
  readonly object: KubeObject;
  readonly owners: readonly Owner[];
}

function attempt(application: Application, live: KubeObject, before: readonly Owner[], type: FieldType): Outcome {
  const { force, stored, apiVersion, manager } = application;
  const { outcome, conflicts } = applyTo(application, live, before, type);
  if (force || conflicts.length === 0) return outcome;
  if (manager !== KUBECTL || stored === undefined) throw applyConflict(conflicts);
  const allowed = fieldsLastApplied(live, apiVersion, type);
  const left = conflicts.filter(({ path }) => !hasPath(allowed, path));
  if (left.length > 0) throw applyConflict(left);
  return outcome;
}

function applyTo(
  application: Application,
  live: KubeObject,
  before: readonly Owner[],
  type: FieldType,
): { outcome: Outcome; conflicts: FieldConflict[] } {
  const { applied, resetFields } = application;
  const all = fieldsOf(applied, type);
  const self = applier(application, resetFields === undefined ? all : recursiveDifference(all, resetFields));
  const identity = identityOf(self);
  const last = before.find((owner) => identityOf(owner) === identity);
  const others = before.filter((owner) => owner !== last);

  const merged = merge(live, applied, type) as KubeObject;
  const managed = others.reduce((fields, owner) => union(fields, owner.fields), self.fields);
  const object = (last === undefined ? merged : pruned(merged, last.fields, managed, type)) as KubeObject;

  const changes = without(compare(live, object, type), resetFields);
  const conflicts = others.flatMap((owner) =>
    pathsOf(intersection(owner.fields, changes.changed)).map((path): FieldConflict => ({ owner, path })),
  );
  const time = last?.time;
  const owned = { ...self, time, fields: difference(self.fields, UNOWNED_FIELDS) };
  const owners = [...withoutLost(others, changes), owned].filter((owner) => !ownsNothing(owner));
  return { outcome: { object, owners }, conflicts };
}

function withoutLost(owners: readonly Owner[], { changed, removed }: Comparison): readonly Owner[] {
  return takeAway(takeAway(owners, changed), removed);
}

/** Without what was applied last, is not applied now and belongs to nobody else. */
function pruned(merged: unknown, last: FieldSet, managed: FieldSet, type: FieldType): unknown {
  if (isEmptySet(difference(last, managed))) return merged;
  const named = (fields: FieldSet) => withNamedFields(fields, type);
  const mergedFields = named(fieldsOf(merged, type));
  const withoutLast = removeFields(merged, named(last), type);
  // What others own comes back,
  const kept = union(named(fieldsOf(withoutLast, type)), named(managed));
  const withOwned = removeFields(merged, difference(mergedFields, kept), type);
  // and so does what was never this manager's.
  const gone = difference(mergedFields, named(fieldsOf(withOwned, type)));
  return removeFields(merged, intersection(gone, named(last)), type);
}

function applier({ manager, apiVersion, subresource }: Application, fields: FieldSet): Owner {
  return {
    manager: manager === '' ? 'unknown' : manager,
    operation: 'Apply',
    apiVersion,
    subresource: subresource ?? '',
    time: undefined,
    fields,
  };
}

/** What is there already and has no owner gets one, once somebody applies to it. */
function ownersBefore(
  stored: DeepReadonly<KubeObject> | undefined,
  live: KubeObject,
  type: FieldType,
  application: Application,
): readonly Owner[] {
  const owners = ownersOf(stored);
  if (owners.length > 0 || stored === undefined) {
    return isBuiltIn(application.schema) ? owners : ownersByType(owners, type);
  }
  const all = without(compare({}, live, type), application.resetFields);
  return record([], all, { ...application, manager: 'before-first-apply' });
}

function checkKind({ applied, apiVersion, kind }: Application): void {
  const otherKind = kind !== undefined && applied.kind !== kind;
  if (applied.apiVersion !== apiVersion || otherKind) {
    throw badRequest(`invalid object type: ${kindText(applied)}`);
  }
  const { managedFields } = metadataOf(applied);
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil');
}

/** As Go prints a GroupVersionKind: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
function kindText({ apiVersion = '', kind = '' }: DeepReadonly<KubeObject>): string {
  return `${String(apiVersion).includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`;
}

/** What is applied is as the client sent it: metadata may be missing, or anything. */
function metadataOf({ metadata }: DeepReadonly<KubeObject>): DeepReadonly<KubeObject['metadata']> {
  return typeof metadata === 'object' && metadata !== null ? metadata : {};
}

function checkFit(applied: DeepReadonly<KubeObject>, type: FieldType): void {
  const problems = problemsOf(applied, type);
  if (problems.length === 0) return;
  const { namespace = '', name = '' } = metadataOf(applied);
  const list = problems.length === 1 ? problems[0] : ['errors:', ...problems.map((each) => `  ${each}`)].join('\n');
  const what = `${namespace}/${name}; ${kindText(applied)}`;
  const message = `failed to create typed patch object (${what}): ${list}`;
  throw bareFailure(message);
}

/** What identifies the object stays as it is stored, whatever `null`s were applied. */
const SYSTEM_FIELDS = ['creationTimestamp', 'deletionTimestamp', 'uid', 'generation', 'selfLink'] as const;

function finished(
  { stored, applied, manager }: Application,
  object: KubeObject,
  entries: ManagedFieldsEntry[],
): KubeObject {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const field of SYSTEM_FIELDS) {
    if (metadata[field] !== null) continue;
    const value = (stored?.metadata as Record<string, unknown> | undefined)?.[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  const { annotations } = metadataOf(object);
  if (manager === KUBECTL && annotations?.[LAST_APPLIED]) {
    metadata.annotations = { ...annotations, [LAST_APPLIED]: lastAppliedText(applied) };
  }
  if (entries.length === 0) delete metadata.managedFields;
  else metadata.managedFields = entries;
  return { ...object, metadata };
}
