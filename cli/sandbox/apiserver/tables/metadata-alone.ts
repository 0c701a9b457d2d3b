import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

/** The metadata of an object as it is shown without the rest of it. */
export function metadataAlone(
  { fieldAnnotations }: Pick<ResourceDefinition, 'fieldAnnotations'>,
  { metadata }: DeepReadonly<KubeObject>,
): DeepReadonly<ObjectMeta> {
  const { annotations } = metadata;
  if (fieldAnnotations === undefined || annotations === undefined) return metadata;
  if (!fieldAnnotations.some((key) => Object.hasOwn(annotations, key))) return metadata;
  const kept = Object.entries(annotations).filter(([key]) => !fieldAnnotations.includes(key));
  const { annotations: _, ...others } = metadata;
  return kept.length === 0 ? others : { ...others, annotations: Object.fromEntries(kept) };
}
