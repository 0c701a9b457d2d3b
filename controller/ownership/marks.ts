import type { DeepReadonly, KubeObject, ObjectMeta } from '../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION, MANAGED_LABEL, TEMPLATE_ANNOTATIONS_ANNOTATION } from '../../apis/well-known.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';

/** Whose an object in a member is, by the marks that it bears. */
export type Ownership =
  /** Made by this control plane. */
  | 'created'
  /** There before, and looked after by this control plane; or somebody said since that it is theirs. */
  | 'adopted'
  /** Made by another control plane. */
  | 'foreign';

/**
 * All that sync writes into the metadata of a member's objects. Nothing else under these prefixes is touched: a member may
 * be the host of a federation itself, with finalizers and annotations that hold it together.
 */
const LABELS = [MANAGED_LABEL];
const ANNOTATIONS = [CREATED_BY_ANNOTATION, TEMPLATE_ANNOTATIONS_ANNOTATION];

type Metadata = DeepReadonly<ObjectMeta>;

/** Whose an object is; `undefined` when it bears no mark of a federation. */
export function ownershipOf(metadata: Metadata, controlPlaneUid: string): Ownership | undefined {
  if (!bearsMarks(metadata)) return undefined;
  const createdBy = metadata.annotations?.[CREATED_BY_ANNOTATION];
  if (createdBy !== undefined && createdBy !== controlPlaneUid) return 'foreign';
  // A managed label of `false`, or taken off, is how people say: hands off.
  const isManaged = metadata.labels?.[MANAGED_LABEL] === 'true';
  return createdBy !== undefined && isManaged ? 'created' : 'adopted';
}

/**
 * Controllers copy the labels and annotations of what they look after: a ReplicaSet bears the marks of its Deployment. It
 * goes with its owner, or is released after it; it is nothing that anybody placed there.
 */
export function isCopy(resource: Resource, { metadata }: DeepReadonly<KubeObject>): boolean {
  if (metadata.ownerReferences?.some(({ controller }) => controller === true)) return true;
  // Written for each Service with its labels, and without an owner.
  return groupResourceOf(resource) === 'endpoints' && metadata.annotations?.[CREATED_BY_ANNOTATION] === undefined;
}

export function bearsMarks({ labels, annotations }: Metadata): boolean {
  return (
    LABELS.some((key) => labels?.[key] !== undefined) || ANNOTATIONS.some((key) => annotations?.[key] !== undefined)
  );
}

/**
 * A merge patch that takes every mark off an object, on condition that it is still the one that was looked at.
 * `undefined` when it bears none.
 */
export function releasePatch({ metadata }: DeepReadonly<KubeObject>): Record<string, unknown> | undefined {
  if (!bearsMarks(metadata)) return undefined;
  const { uid, resourceVersion, labels, annotations } = metadata;
  return {
    metadata: {
      uid,
      resourceVersion,
      ...nulls('labels', LABELS, labels),
      ...nulls('annotations', ANNOTATIONS, annotations),
    },
  };
}

function nulls(
  field: string,
  keys: readonly string[],
  values: Readonly<Record<string, string>> | undefined,
): Record<string, unknown> {
  const present = keys.filter((key) => values?.[key] !== undefined);
  return present.length === 0 ? {} : { [field]: Object.fromEntries(present.map((key) => [key, null])) };
}
