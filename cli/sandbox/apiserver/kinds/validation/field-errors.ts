import type { FieldError } from '../../errors/status-error.ts';

/** Kubernetes' `field.Error` constructors: the reason and the words for each way of being wrong. */

export function required(field: string, detail = ''): FieldError {
  return { field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${shown(value)}`, detail) };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`;
  return { field, reason: 'FieldValueNotSupported', message: withDetail(`Unsupported value: ${shown(value)}`, detail) };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}` };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail) };
}

export function missing(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}` };
}

export function tooLong(field: string, maximum: number): FieldError {
  const unit = maximum === 1 ? 'byte' : 'bytes';
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maximum} ${unit}` };
}

export function tooMany(field: string, actual: number, maximum: number): FieldError {
  const unit = maximum === 1 ? 'item' : 'items';
  return { field, reason: 'FieldValueTooMany', message: `Too many: ${actual}: must have at most ${maximum} ${unit}` };
}

/** One `Invalid value` for each message. */
export function invalidFor(field: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(field, value, message));
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

/** As Go prints it: strings by `%q`, numbers and booleans plainly, anything else as JSON, nothing as `null`. */
function shown(value: unknown): string {
  return typeof value === 'string' ? goQuote(value) : (JSON.stringify(value) ?? 'null');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** `strconv.Quote`. */
export function goQuote(text: string): string {
  if (!/[\\"\p{C}\p{Z}]/u.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const character of text) quoted += ESCAPES[character] ?? printable(character);
  return `${quoted}"`;
}

function printable(character: string): string {
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
