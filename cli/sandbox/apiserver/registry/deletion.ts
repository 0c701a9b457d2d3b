import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import { conflict } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

export interface DeleteOptions {
  /** Deleted only if it is this one, in this state. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly gracePeriodSeconds?: number;
}

/** Finalizers by which the garbage collector is told what to do with dependents. */
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** @throws {StatusError} 409: it is another object, or another state of it. */
export function checkPreconditions(
  definition: ResourceDefinition,
  { metadata }: DeepReadonly<KubeObject>,
  { uid, resourceVersion }: DeleteOptions,
): void {
  const what = { group: definition.group, plural: definition.kind };
  const name = metadata.name ?? '';
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(what, name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(what, name, why);
  }
}

/**
 * The object's metadata once its deletion has been asked for; `undefined`: nothing keeps it, it goes now; the very same: it
 * is going already, and this request changes nothing.
 */
export function metadataWhenDeleted(
  definition: ResourceDefinition,
  object: DeepReadonly<KubeObject>,
  options: DeleteOptions,
  now: Date,
): DeepReadonly<ObjectMeta> | undefined {
  const { strategy } = definition;
  const { metadata } = object;
  const finalizers = finalizersWhenDeleted(
    metadata.finalizers ?? [],
    options.propagationPolicy ?? impliedPolicy(definition, metadata),
  );
  const held = strategy.isHeld?.(object) === true;
  const grace = graceOf(definition, object, options);
  if (finalizers.length === 0 && !held && grace === 0) return undefined;

  const { finalizers: before, ...rest } = metadata;
  const withFinalizers = {
    ...rest,
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  const sameFinalizers = (before ?? []).join() === finalizers.join();
  if (metadata.deletionTimestamp === undefined) {
    return {
      ...withFinalizers,
      deletionTimestamp: seconds(new Date(now.getTime() + grace * 1_000)),
      ...(held && strategy.gracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds: grace }),
      ...(metadata.generation === undefined || metadata.generation === 0
        ? {}
        : { generation: metadata.generation + 1 }),
    };
  }
  const running = metadata.deletionGracePeriodSeconds ?? 0;
  const shorter =
    strategy.gracePeriodSeconds !== undefined && options.gracePeriodSeconds !== undefined && grace < running;
  if (!shorter) return sameFinalizers ? metadata : withFinalizers;
  const end = Date.parse(metadata.deletionTimestamp) - (running - grace) * 1_000;
  return { ...withFinalizers, deletionTimestamp: seconds(new Date(end)), deletionGracePeriodSeconds: grace };
}

/** A kind with grace, once there is no more of it: its deletion is seen before its end. The very same for other kinds. */
export function withoutGrace(
  { strategy }: ResourceDefinition,
  object: DeepReadonly<KubeObject>,
  now: Date,
): DeepReadonly<KubeObject> {
  const { metadata } = object;
  const { deletionTimestamp, deletionGracePeriodSeconds: grace, generation } = metadata;
  if (strategy.gracePeriodSeconds === undefined || grace === 0) return object;
  if (deletionTimestamp !== undefined) {
    const end = Date.parse(deletionTimestamp) - (grace ?? 0) * 1_000;
    return {
      ...object,
      metadata: { ...metadata, deletionTimestamp: seconds(new Date(end)), deletionGracePeriodSeconds: 0 },
    };
  }
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: seconds(now),
      deletionGracePeriodSeconds: 0,
      ...(generation === undefined || generation === 0 ? {} : { generation: generation + 1 }),
    },
  };
}

/** Whether an update took away the last thing that kept an object that was to go. */
export function goesWithUpdate(
  definition: ResourceDefinition,
  stored: DeepReadonly<KubeObject>,
  updated: DeepReadonly<KubeObject>,
): boolean {
  if (stored.metadata.deletionTimestamp === undefined) return false;
  if ((updated.metadata.finalizers ?? []).length > 0) return false;
  if ((stored.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  return definition.strategy.isHeld?.(updated) !== true;
}

/** Without a policy in the request: what the object says already, else what its kind does. */
function impliedPolicy(
  { strategy }: ResourceDefinition,
  { finalizers = [] }: DeepReadonly<ObjectMeta>,
): DeleteOptions['propagationPolicy'] {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  if (finalizers.includes(FOREGROUND)) return 'Foreground';
  return strategy.defaultPropagation;
}

function finalizersWhenDeleted(finalizers: readonly string[], policy: DeleteOptions['propagationPolicy']): string[] {
  const others = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (policy === 'Orphan') return [...others, ORPHAN];
  if (policy === 'Foreground') return [...others, FOREGROUND];
  return others;
}

function graceOf(
  { strategy }: ResourceDefinition,
  object: DeepReadonly<KubeObject>,
  { gracePeriodSeconds: asked }: DeleteOptions,
): number {
  if (strategy.gracePeriodSeconds === undefined) return 0;
  const usual = strategy.gracePeriodSeconds(object);
  // A Pod that runs nowhere has nothing to end.
  if (usual === 0) return 0;
  const running = object.metadata.deletionGracePeriodSeconds;
  const wanted = asked === undefined ? (running ?? usual) : asked < 0 ? 1 : asked;
  return running === undefined ? wanted : Math.min(running, wanted);
}

function seconds(date: Date): string {
  return rfc3339(date);
}
