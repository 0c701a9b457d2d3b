import type { Resource } from '../../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { CREATED_BY_ANNOTATION } from '../../../apis/well-known.ts';
import { isJsonObject, parsePointer, placeAt, valueAt } from '../json/json-pointer.ts';
import { allocatedPaths, withDataOf, withLeastFamilies, withTolerationsOf } from './retained-fields.ts';
import type { Retention } from './retention.ts';

/**
 * What an apply says of the desired object over an observed one: only what is ours. Whatever else is there belongs to its API
 * server, to controllers or to people, and an apply leaves it alone by being silent. It is conditional on what was observed.
 *
 * Three things it still has to know: who created the object (an apply that lacks that would take it away), what the
 * member allocated where the template says something else, and lists that can only be applied as a whole.
 */
export function appliedOver(
  desired: DeepReadonly<KubeObject>,
  observed: DeepReadonly<KubeObject>,
  resource: Resource,
  retention: Retention,
): KubeObject {
  const { uid, resourceVersion, annotations } = observed.metadata;
  const createdBy = annotations?.[CREATED_BY_ANNOTATION];
  const metadata = {
    ...desired.metadata,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(createdBy === undefined
      ? {}
      : { annotations: { ...desired.metadata.annotations, [CREATED_BY_ANNOTATION]: createdBy } }),
  };
  let object: unknown = { ...desired, metadata };
  for (const path of allocatedPaths(resource)) {
    const value = valueAt(observed, path);
    if (value !== undefined && valueAt(object, path) !== undefined) object = placeAt(object, path, value);
  }
  if (resource.group === 'rbac.authorization.k8s.io' && isJsonObject(valueAt(object, ['aggregationRule']))) {
    object = placeAt(object, ['rules'], undefined);
  }
  if (resource.group === '' && resource.kind === 'Service') object = withLeastFamilies(object, observed);
  if (resource.group === '' && resource.kind === 'Pod') object = withTolerationsOf(object, observed);
  if (resource.group === '' && resource.kind === 'Secret') object = withDataOf(object);
  for (const path of retention.retainPaths) {
    const tokens = parsePointer(path) ?? [];
    // A field of a list's element has no name that ownership could be told by: the member's value is repeated.
    object = placeAt(object, tokens, isPlain(tokens) ? undefined : valueAt(observed, tokens));
  }
  if (retention.retainReplicas) object = placeAt(object, ['spec', 'replicas'], undefined);
  return object as KubeObject;
}

/** The fields that an apply is silent about although the template may speak of them: by name, so without those in lists. */
export function leftToMembers({ retainReplicas, retainPaths }: Retention): readonly (readonly string[])[] {
  const declared = retainPaths.map((path) => parsePointer(path) ?? []).filter(isPlain);
  return retainReplicas ? [['spec', 'replicas'], ...declared] : declared;
}

function isPlain(tokens: readonly string[]): boolean {
  return tokens.length > 0 && !tokens.some((token) => /^([+-]?\d+|-)$/.test(token));
}
