import type { FieldError } from '../errors/status-error.ts';

/** Bytes in UTF-8. */
const MAX_LENGTH = 128;

/** Who writes, when the request does not say: what stands before the first slash of its User-Agent. */
export function managerName(fieldManager: string | null | undefined, userAgent: string | undefined): string {
  if (fieldManager) return fieldManager;
  let name = '';
  let length = 0;
  for (const char of userAgent?.split('/', 1)[0] ?? '') {
    if (!isPrintable(char)) continue;
    length += Buffer.byteLength(char);
    if (length > MAX_LENGTH) break;
    name += char;
  }
  return name;
}

/** What is wrong with the query parameters `fieldManager` and `force` of a PATCH. */
export function patchOptionErrors(
  fieldManager: string | undefined,
  force: boolean | undefined,
  isApply: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (isApply && !fieldManager) {
    errors.push({
      field: 'fieldManager',
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
    });
  }
  if (!isApply && force !== undefined) {
    errors.push({
      field: 'force',
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified for non-apply patch',
    });
  }
  return [...errors, ...fieldManagerErrors(fieldManager)];
}

export function fieldManagerErrors(fieldManager = ''): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(fieldManager) > MAX_LENGTH) {
    const message = `Too long: may not be more than ${MAX_LENGTH} bytes`;
    errors.push({ field: 'fieldManager', reason: 'FieldValueTooLong', message });
  }
  let position = 0;
  for (const char of fieldManager) {
    if (!isPrintable(char)) {
      const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
      const message = `Invalid value: ${JSON.stringify(fieldManager)}: invalid character ${code} (at position ${position})`;
      errors.push({ field: 'fieldManager', reason: 'FieldValueInvalid', message });
    }
    position += Buffer.byteLength(char);
  }
  return errors;
}

/** Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the space. */
function isPrintable(char: string): boolean {
  return char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}
