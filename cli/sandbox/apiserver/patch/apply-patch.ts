import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { unsupportedMediaType } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { JsonObject } from './json-object.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** The media types that PATCH of a kind takes, in the order in which Kubernetes names them. */
export function patchTypesOf(definition: Pick<ResourceDefinition, 'custom'>): readonly string[] {
  return definition.custom ? CUSTOM : BUILT_IN;
}

const BUILT_IN: readonly string[] = [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_PATCH];
/** Nothing says how lists of custom resources merge. */
const CUSTOM: readonly string[] = [JSON_PATCH, MERGE_PATCH, APPLY_PATCH];

/**
 * Carries out a patch of one of the three kinds that change what is there; server-side apply is not among them.
 *
 * @param body the decoded body of the request
 * @param isStrictlyRead whether fields that nothing knows are looked for, which changes what a JSON patch is refused for
 * @throws StatusError 415 for a media type that the kind does not take; what the three throw
 */
export function applyPatch(
  definition: Pick<ResourceDefinition, 'custom' | 'schema'>,
  mediaType: string,
  object: DeepReadonly<JsonObject>,
  body: unknown,
  isStrictlyRead = true,
): JsonObject {
  const { custom, schema } = definition;
  if (mediaType === JSON_PATCH) return applyJsonPatch(object, body, isStrictlyRead);
  if (mediaType === MERGE_PATCH) return applyMergePatch(object, body);
  if (mediaType === STRATEGIC_MERGE_PATCH && !custom && schema !== undefined) {
    return applyStrategicMergePatch(schema, object, body);
  }
  throw unsupportedMediaType(patchTypesOf(definition));
}
