import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { type FieldSet, isEmptySet, readFieldSet, setOfPaths, union } from './field-set.ts';
import { compareText } from './path-element.ts';

/** Whose fields: an entry of `metadata.managedFields`, read. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** `undefined`: nobody knows. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

type Entries = readonly DeepReadonly<ManagedFieldsEntry>[];

/** Two writes are of the same owner when this agrees. Who applies stays the same from version to version. */
export function identityOf({ manager, operation, apiVersion, subresource }: Omit<Owner, 'time' | 'fields'>): string {
  return JSON.stringify({
    ...(manager === '' ? {} : { manager }),
    operation,
    ...(operation === 'Apply' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  });
}

/** The entries of a stored object: the server wrote them, so they are well-formed and sorted. */
export function ownersOf(object: DeepReadonly<KubeObject> | undefined): Owner[] {
  const entries: Entries = object?.metadata.managedFields ?? [];
  return entries.map((entry) => owner(entry, (entry.fieldsV1 ?? {}) as FieldSet));
}

/**
 * The entries that count for a write: those of the request, or the stored ones where the request has none or has malformed ones,
 * so that a client that knows nothing of them takes nothing away. An empty list, or one of an empty entry, resets them.
 */
export function ownersForWrite(
  stored: DeepReadonly<KubeObject> | undefined,
  next: DeepReadonly<KubeObject>,
  subresource: string,
): Owner[] {
  const sent: Entries | undefined | null = next.metadata.managedFields;
  if (sent === undefined || sent === null || subresource !== '') return ownersOf(stored);
  if (isReset(sent)) return [];
  if (jsonEqual(sent, stored?.metadata.managedFields)) return ownersOf(stored);
  return readOwners(sent) ?? ownersOf(stored);
}

function isReset(entries: Entries): boolean {
  return entries.length === 0 || (entries.length === 1 && jsonEqual(entries[0], {}));
}

function readOwners(entries: Entries): Owner[] | undefined {
  const owners = new Map<string, Owner>();
  for (const entry of entries) {
    const isOperation = entry.operation === 'Apply' || entry.operation === 'Update';
    if (!isOperation || !entry.apiVersion || entry.fieldsType !== 'FieldsV1') return undefined;
    try {
      const read = owner(entry, readFieldSet(entry.fieldsV1));
      owners.set(identityOf(read), read);
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
  return [...owners.values()];
}

function owner(entry: DeepReadonly<ManagedFieldsEntry>, fields: FieldSet): Owner {
  return {
    manager: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time ?? undefined,
    fields,
  };
}

/** As they stand in an object: those who apply first, then by time, manager, version and subresource. */
export function entriesOf(owners: readonly Owner[]): ManagedFieldsEntry[] {
  return (owners.length > 1 ? owners.toSorted(compareOwners) : owners).map(entryOf);
}

/** Field by field, not by spreading: every write makes these. */
function entryOf({ manager, operation, apiVersion, subresource, time, fields }: Owner): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {};
  if (manager !== '') entry.manager = manager;
  entry.operation = operation;
  entry.apiVersion = apiVersion;
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = fields as Record<string, unknown>;
  if (subresource !== '') entry.subresource = subresource;
  return entry;
}

function compareOwners(a: Owner, b: Owner): number {
  return (
    compareText(a.operation, b.operation) ||
    compareTimes(a, b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

export function compareTimes(a: Owner, b: Owner): number {
  return seconds(a.time) - seconds(b.time);
}

function seconds(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000) || 0;
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function timestamp(now: Date): string {
  const second = Math.floor(now.getTime() / 1000);
  if (second !== lastSecond) {
    lastText = rfc3339(now);
    lastSecond = second;
  }
  return lastText;
}

/** Many writes come in the same second. */
let lastSecond = Number.NaN;
let lastText = '';

const MAX_UPDATERS = 10;

/**
 * Keeps at most ten entries of updates: the oldest are put together as `ancient-changes`, one entry per version.
 * Kubernetes: `capManagersManager`.
 */
export function withoutAncient(owners: readonly Owner[]): readonly Owner[] {
  const updaters = owners.filter(({ operation }) => operation === 'Update');
  let excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return owners;
  updaters.sort((a, b) => compareTimes(a, b) || compareText(identityOf(a), identityOf(b)));
  const kept = new Map(owners.map((each) => [identityOf(each), each]));
  const firstOfVersion = new Map<string, Owner>();
  for (const updater of updaters) {
    if (excess <= 0) break;
    const first = firstOfVersion.get(updater.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(updater.apiVersion, updater);
      continue;
    }
    const bucket: Owner = { ...updater, manager: 'ancient-changes', subresource: '' };
    const identity = identityOf(bucket);
    const gathered = kept.get(identity)?.fields ?? first.fields;
    if (!kept.has(identity)) kept.delete(identityOf(first));
    kept.delete(identityOf(updater));
    kept.set(identity, { ...bucket, fields: union(updater.fields, gathered) });
    excess -= 1;
  }
  return [...kept.values()];
}

/** What identifies the object belongs to nobody. */
export const UNOWNED_FIELDS: FieldSet = setOfPaths(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
);

export function ownsNothing({ fields }: Owner): boolean {
  return isEmptySet(fields);
}
