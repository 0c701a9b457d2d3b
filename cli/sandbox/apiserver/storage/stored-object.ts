import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { deepFreeze } from '../../../../controller/kube/deep-freeze.ts';
import type { Stored } from './storage.ts';

/** A {@link Stored} whose JSON is made when it is first asked for. */
export class StoredObject implements Stored {
  readonly storageKey: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: DeepReadonly<KubeObject>;
  readonly revision: number;
  #json: string | undefined;

  /** Takes the object over and freezes it. It bears the resourceVersion of `revision` already. */
  constructor(storageKey: string, namespace: string, name: string, object: KubeObject, revision: number) {
    this.storageKey = storageKey;
    this.namespace = namespace;
    this.name = name;
    this.object = deepFreeze(object) as DeepReadonly<KubeObject>;
    this.revision = revision;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.object);
    return this.#json;
  }
}

/** The order in which Go writes metadata. */
const METADATA_ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const satisfies readonly (keyof ObjectMeta)[];

/**
 * The object as it is kept: apiVersion and kind first, so that lists can leave them out of their items' JSON, then metadata
 * as Kubernetes orders it. Field by field, not by spreading: every write makes these.
 */
export function withRevision(object: DeepReadonly<KubeObject>, revision: number): KubeObject {
  const { apiVersion, kind, metadata } = object as KubeObject;
  const kept: Partial<KubeObject> = {};
  if (apiVersion !== undefined) kept.apiVersion = apiVersion;
  if (kind !== undefined) kept.kind = kind;
  kept.metadata = ordered(metadata, String(revision));
  addMissing(kept, object);
  return kept as KubeObject;
}

function ordered(metadata: ObjectMeta, resourceVersion: string): ObjectMeta {
  const sorted: Record<string, unknown> = {};
  for (const field of METADATA_ORDER) {
    const value = field === 'resourceVersion' ? resourceVersion : metadata[field];
    if (value !== undefined) sorted[field] = value;
  }
  addMissing(sorted, metadata);
  return sorted;
}

function addMissing(to: Record<string, unknown>, source: object): void {
  const from = source as Readonly<Record<string, unknown>>;
  for (const field in from) {
    if (Object.hasOwn(to, field)) continue;
    // Assigned, `__proto__` would become the prototype.
    if (field === '__proto__')
      Object.defineProperty(to, field, { value: from[field], enumerable: true, writable: true, configurable: true });
    else to[field] = from[field];
  }
}
