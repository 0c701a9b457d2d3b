import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { FieldError } from '../errors/status-error.ts';
import type { ResourceDefinition, Strategy, Subresource, WriteContext } from '../resources/resource-definition.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { validateValue } from '../schema/validate-value.ts';

/** What is wrong with a custom resource by its schema; with the subresource `status`, with its status alone. */
export function schemaErrors(
  { custom, schema }: ResourceDefinition,
  object: KubeObject,
  before: DeepReadonly<KubeObject> | undefined,
  subresource?: string,
): FieldError[] {
  if (!custom || schema === undefined) return [];
  const status = schema.properties?.status;
  if (subresource === 'status') {
    if (status === undefined || object.status === undefined) return [];
    // Judged by itself: what is wrong says `replicas in body`, of the field `status.replicas`.
    return before?.status === undefined
      ? validateValue(status, object.status, 'status')
      : validateValue(status, object.status, 'status', before.status);
  }
  return before === undefined ? validateValue(schema, object, '') : validateValue(schema, object, '', before);
}

/** A subresource that knows what is wrong with what it writes says so instead of the kind. */
export function validateChange(
  view: Subresource | undefined,
  strategy: Strategy,
  object: DeepReadonly<KubeObject>,
  before: DeepReadonly<KubeObject>,
  context: WriteContext,
): readonly FieldError[] {
  if (writesFreely(view)) return [];
  if (view?.kind === 'view' && view.validateUpdate !== undefined) return view.validateUpdate(object, before, context);
  return strategy.validateUpdate?.(object, before, context) ?? [];
}

export function writesFreely(view: Subresource | undefined): boolean {
  return view?.kind === 'action' && view.writesFreely === true;
}

/** A status that is no subresource is a part like any other. */
export function differsBeyondStatus(
  { custom, subresources }: ResourceDefinition,
  object: DeepReadonly<KubeObject>,
  stored: DeepReadonly<KubeObject>,
): boolean {
  const ignored = (field: string): boolean =>
    field === 'metadata' ||
    field === 'apiVersion' ||
    (field === 'status' && (!custom || subresources.status !== undefined));
  for (const field of new Set([...Object.keys(object), ...Object.keys(stored)])) {
    if (!ignored(field) && !jsonEqual(object[field], stored[field])) return true;
  }
  return false;
}
