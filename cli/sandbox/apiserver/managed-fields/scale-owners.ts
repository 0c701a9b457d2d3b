import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { builtInSchema } from '../schema/built-in.ts';
import { entriesOf, identityOf, type Owner, ownersOf } from './entries.ts';
import { difference, hasPath, isEmptySet, setOfPaths } from './field-set.ts';
import { fieldElement } from './path-element.ts';
import { trackUpdate } from './track-update.ts';

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS_OF_SCALE = setOfPaths(['f:spec', 'f:replicas']);

/** A write to `scale` of an object. */
export interface ScaleWrite {
  /** As it is stored: the object that is scaled. */
  readonly parent: DeepReadonly<KubeObject>;
  /** In which the object is served. */
  readonly apiVersion: string;
  /** Where the object says how many there are to be: `['spec', 'replicas']`. */
  readonly replicasPath: readonly string[];
  /** The Scale before the write. */
  readonly current: DeepReadonly<KubeObject>;
  readonly manager: string;
  readonly now: Date;
}

/**
 * The object's `metadata.managedFields` after its Scale was updated. Owning the Scale's replicas is owning the object's; who comes to
 * own them this way has an entry of its own, which, as in Kubernetes, says no time.
 */
export function trackScale(write: ScaleWrite, next: DeepReadonly<KubeObject>): ManagedFieldsEntry[] {
  const { managedFields: _, ...metadata } = next.metadata;
  const entries = trackUpdate({ ...scaleRecord(write), stored: scaleWithOwners(write), next: { ...next, metadata } });
  return ownersAfter(write, entries);
}

/**
 * The Scale that `patch` makes of the current one, which says who owns it, and the object's `metadata.managedFields`.
 * Applying has its own bookkeeping.
 */
export function patchScale(
  write: ScaleWrite,
  patch: (current: DeepReadonly<KubeObject>) => KubeObject,
  isApply: boolean,
): { readonly scale: KubeObject; readonly managedFields: ManagedFieldsEntry[] } {
  const scale = patch(scaleWithOwners(write));
  const managedFields = isApply ? ownersAfter(write, scale.metadata.managedFields ?? []) : trackScale(write, scale);
  return { scale, managedFields };
}

function scaleRecord({ manager, now }: ScaleWrite) {
  const schema = builtInSchema('autoscaling', 'v1', 'Scale');
  return { schema, manager, apiVersion: SCALE_VERSION, subresource: 'scale', now };
}

/** Who owns the object's replicas owns those of its Scale. Kubernetes: `ScaleHandler.ToSubresource`. */
function scaleWithOwners({ parent, current, replicasPath }: ScaleWrite): DeepReadonly<KubeObject> {
  const path = replicasPath.map(fieldElement);
  const owners = ownersOf(parent)
    .filter(({ fields }) => hasPath(fields, path))
    .map((owner): Owner => ({ ...owner, apiVersion: SCALE_VERSION, fields: REPLICAS_OF_SCALE }));
  if (owners.length === 0) return current;
  return { ...current, metadata: { ...current.metadata, managedFields: entriesOf(owners) } };
}

/** Kubernetes: `ScaleHandler.ToParent`. */
function ownersAfter(
  { parent, apiVersion, replicasPath }: ScaleWrite,
  entries: readonly ManagedFieldsEntry[],
): ManagedFieldsEntry[] {
  const path = replicasPath.map(fieldElement);
  const replicas = setOfPaths(path);
  const scaling = new Map<string, Owner>();
  for (const owner of ownersOf({ metadata: { managedFields: [...entries] } })) {
    if (hasPath(owner.fields, ['f:spec', 'f:replicas'])) {
      const own: Owner = { ...owner, apiVersion, time: undefined, fields: replicas };
      scaling.set(identityOf(own), own);
    }
  }
  const kept = ownersOf(parent).flatMap((owner): Owner[] => {
    if (!hasPath(owner.fields, path) || scaling.delete(identityOf(owner))) return [owner];
    const fields = difference(owner.fields, replicas);
    return isEmptySet(fields) ? [] : [{ ...owner, fields }];
  });
  return entriesOf([...kept, ...scaling.values()]);
}
