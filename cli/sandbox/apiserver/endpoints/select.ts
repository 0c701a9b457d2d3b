import { fromStored } from '../registry/versions.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { Stored } from '../storage/storage.ts';
import { fieldsMatch } from './field-selector.ts';
import { labelsMatch } from './label-selector.ts';
import type { ListOptions } from './list-options.ts';

/** Which objects are meant; `undefined`: all. */
export function selection(
  definition: ResourceDefinition,
  { labels, fields }: Pick<ListOptions, 'labels' | 'fields'>,
): ((stored: Stored) => boolean) | undefined {
  if (labels.length === 0 && fields.length === 0) return undefined;
  return ({ object }) =>
    labelsMatch(labels, object.metadata.labels) &&
    (fields.length === 0 || fieldsMatch(fields, fromStored(definition, object)));
}
