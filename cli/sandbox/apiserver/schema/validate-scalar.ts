import { goJson, goNumber } from '../errors/go-text.ts';
import { hasFormat, isKnownFormat } from './formats.ts';
import { matchesGoPattern } from './go-regexp.ts';
import { jsonEqual } from './json-value.ts';
import type { Schema } from './schema.ts';
import type { Findings } from './validation-findings.ts';

/** A place to look at: its schema, its path from the root, and where to note what is wrong. */
export interface Check {
  readonly schema: Schema;
  readonly path: string;
  readonly found: Findings;
}

const INT_OR_STRING = ['integer', 'string'];
const NONE: readonly string[] = [];

export function typesOf(schema: Schema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return INT_OR_STRING;
  return schema.type === undefined ? NONE : [schema.type];
}

/** A format that Kubernetes does not know counts as none. */
function formatOf(schema: Schema, types: readonly string[]): string {
  const { format } = schema;
  return format !== undefined && isKnownFormat(format, types.length === 1 ? types[0] : undefined) ? format : '';
}

export function checkType({ schema, path, found }: Check, types: readonly string[], value: unknown): void {
  if (value === null) {
    if (types.length > 0 && schema.nullable !== true) found.addWrongType(path, types.join(','), 'null');
    else found.matches++;
    return;
  }
  const format = formatOf(schema, types);
  if (types.length === 0 && format === '') return;
  const actual = typeOf(value);
  const fits =
    types.includes(actual) ||
    (actual === 'integer' && types.includes('number')) ||
    (actual === 'integer' && types.includes('integer'));
  const textual = actual === 'string' || actual === 'array';
  if (!textual && format !== '' && !fits) {
    // In these messages the format stands for the type, wanted and met.
    found.addWrongType(path, format, actual === 'integer' ? 'int64' : actual === 'number' ? 'float64' : '');
    return;
  }
  const numeric = types.includes('number') || types.includes('integer');
  if (!(textual && format !== '' && !numeric) && !fits) {
    found.addWrongType(path, types.join(','), actual);
    return;
  }
  found.matches++;
}

function typeOf(value: unknown): string {
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

export function checkString({ schema, path, found }: Check, value: string): void {
  found.matches++;
  const { minLength, maxLength, pattern } = schema;
  if (maxLength !== undefined && lengthOf(value) > maxLength) found.addTooLong(path, maxLength);
  else if (minLength !== undefined && lengthOf(value) < minLength) {
    found.addInvalid(path, value, `should be at least ${minLength} chars long`);
  } else if (pattern !== undefined && pattern !== '') {
    const matches = matchesGoPattern(pattern, value);
    if (matches === true) return;
    const shown = matches === false ? pattern : `${pattern}, but pattern is invalid: ${matches}`;
    found.addInvalid(path, value, `should match '${shown}'`);
  }
}

/** In code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

export function checkFormat(check: Check, value: string): void {
  const { schema, path, found } = check;
  const format = formatOf(schema, typesOf(schema));
  if (format === '' || format.startsWith('int') || format === 'float' || format === 'double') return;
  found.matches++;
  if (!hasFormat(format, value)) found.addWrongType(path, format, value);
}

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2 ** 63;
const FLOAT32_MAX = 3.4028235677973366e38;

export function checkNumber({ schema, path, found }: Check, types: readonly string[], value: number): void {
  found.matches += 2;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const type = types.length === 1 ? types[0] : undefined;
  const format = type === undefined ? '' : formatOf(schema, types);
  const range = (bound: number, what: string): boolean => {
    if (fitsRange(bound, type, format)) return true;
    const of = format === '' ? `${type} (default format)` : `${type} with format ${format}`;
    found.addUnplaced(`${what} value must be of type ${of} in ${path}`);
    return false;
  };
  // Bounds of integers are cut to integers.
  const native = (bound: number, what: string): number =>
    range(bound, what) && isInt64(value) ? Math.trunc(bound) : bound;

  range(value, 'Checked');
  if (multipleOf !== undefined) {
    const factor = native(multipleOf, 'MultipleOf');
    // Cut to an integer, a fraction may leave nothing.
    if (factor <= 0) found.addWrongFactor(path, value, goNumber(factor));
    else if (!isMultiple(value, factor)) found.addInvalid(path, value, `should be a multiple of ${goNumber(factor)}`);
  }
  if (maximum !== undefined) {
    const bound = native(maximum, 'Maximum boundary');
    if (exclusiveMaximum === true ? value >= bound : value > bound) {
      const words = exclusiveMaximum === true ? 'less than' : 'less than or equal to';
      found.addInvalid(path, value, `should be ${words} ${goNumber(bound)}`);
    }
  }
  if (minimum !== undefined) {
    const bound = native(minimum, 'Minimum boundary');
    if (exclusiveMinimum === true ? value <= bound : value < bound) {
      const words = exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
      found.addInvalid(path, value, `should be ${words} ${goNumber(bound)}`);
    }
  }
}

function isInt64(value: number): boolean {
  return Number.isInteger(value) && value < INT64_MAX && value >= -INT64_MAX;
}

function fitsRange(value: number, type: string | undefined, format: string): boolean {
  if (format === 'float') return Math.abs(value) <= FLOAT32_MAX;
  if (type !== 'integer') return true;
  if (format === 'int32') return Number.isInteger(value) && value <= INT32_MAX && value >= -INT32_MAX - 1;
  return isInt64(value);
}

function isMultiple(value: number, factor: number): boolean {
  const times = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

export function checkEnum({ schema, path, found }: Check, value: unknown): void {
  const allowed = schema.enum;
  if (allowed === undefined || allowed.length === 0) return;
  // A null that is among them does not help, in Kubernetes as here.
  if (value !== null && allowed.some((one) => jsonEqual(one, value))) return;
  found.addNotSupported(
    path,
    value,
    allowed.map((one) => (typeof one === 'string' ? one : goJson(one))),
  );
}
