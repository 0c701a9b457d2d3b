import { forbiddenField } from '../../errors/field-errors.ts';
import type { FieldError } from '../../errors/status-error.ts';
import { semanticallyEqual } from '../../validation/immutable.ts';

/** Of all values of a Secret or ConfigMap together. */
export const MAX_DATA_BYTES = 1024 * 1024;

export function sizeOfBase64(value: string): number {
  return Buffer.byteLength(value, 'base64');
}

type Immutable = { readonly immutable?: boolean; readonly data?: unknown; readonly binaryData?: unknown };

/** `immutable: true` is for good: neither it nor what it guards may change. */
export function frozenWhenImmutable(
  object: Immutable,
  stored: Immutable,
  fields: readonly ('data' | 'binaryData')[],
): FieldError[] {
  if (stored.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [forbiddenField('immutable', why)]),
    ...fields.flatMap((field) => (semanticallyEqual(object[field], stored[field]) ? [] : [forbiddenField(field, why)])),
  ];
}
