import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { duplicate, invalid, required, tooMany } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';
import type { CrdVersion, PrinterColumnDescription } from './crd.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_SELECTABLE_FIELDS = 8;

export function validateSubresources(
  subresources: DeepReadonly<CrdVersion['subresources']>,
  path: string,
): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = '' } = scale;
  return [
    ...validateReplicasPath(specReplicasPath, `${path}.scale.specReplicasPath`, '.spec.'),
    ...validateReplicasPath(statusReplicasPath, `${path}.scale.statusReplicasPath`, '.status.'),
    ...(labelSelectorPath === '' ? [] : validateSelectorPath(labelSelectorPath, `${path}.scale.labelSelectorPath`)),
  ];
}

function validateReplicasPath(value: string, path: string, below: '.spec.' | '.status.'): FieldError[] {
  if (value === '') return [required(path)];
  const errors = validateSimplePath(value, path);
  if (errors.length > 0 || value.startsWith(below)) return errors;
  return [invalid(path, value, `should be a json path under ${below.slice(0, -1)}`)];
}

function validateSelectorPath(value: string, path: string): FieldError[] {
  const errors = validateSimplePath(value, path);
  if (errors.length > 0 || value.startsWith('.spec.') || value.startsWith('.status.')) return errors;
  return [invalid(path, value, 'should be a json path under either .spec or .status')];
}

function validateSimplePath(value: string, path: string): FieldError[] {
  return value.startsWith('.') ? [] : [invalid(path, value, 'must be a simple json path starting with .')];
}

export function validateColumns(
  columns: readonly DeepReadonly<PrinterColumnDescription>[] | undefined,
  path: string,
): FieldError[] {
  return (columns ?? []).flatMap((column, i) => validateColumn(column, `${path}[${i}]`));
}

function validateColumn(column: DeepReadonly<PrinterColumnDescription>, path: string): FieldError[] {
  const { name = '', type = '', format = '', jsonPath = '' } = column;
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  return [
    ...(name === '' ? [required(`${path}.name`)] : []),
    ...(type === '' ? [required(`${path}.type`, types)] : []),
    ...(type !== '' && !COLUMN_TYPES.includes(type) ? [invalid(`${path}.type`, type, types)] : []),
    ...(format !== '' && !COLUMN_FORMATS.includes(format)
      ? [invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`)]
      : []),
    ...(jsonPath === '' ? [required(`${path}.JSONPath`)] : validateSimplePath(jsonPath, `${path}.JSONPath`)),
  ];
}

export function validateSelectableFields(
  { selectableFields = [], schema }: DeepReadonly<CrdVersion>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { jsonPath = '' }] of selectableFields.entries()) {
    const at = `${path}[${i}].jsonPath`;
    if (jsonPath === '') {
      errors.push(required(at));
      continue;
    }
    const found = fieldAt(schema?.openAPIV3Schema as Schema | undefined, jsonPath);
    if (typeof found === 'string') {
      errors.push(invalid(at, jsonPath, `is an invalid path: ${found}`));
      continue;
    }
    if (jsonPath.startsWith('.metadata')) errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (found.type !== 'string' && found.type !== 'boolean' && found.type !== 'integer') {
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.push(invalid(at, jsonPath, why));
    }
    if (seen.has(jsonPath)) errors.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
  }
  if (seen.size > MAX_SELECTABLE_FIELDS) errors.push(tooMany(path, seen.size, MAX_SELECTABLE_FIELDS));
  return errors;
}

/** The schema of the field that a path such as `.spec.host` names. A string: why there is none. */
function fieldAt(schema: Schema | undefined, path: string): Schema | string {
  if (!path.startsWith('.')) return `expected [ or . but got: ${/^[^.[\]]*/.exec(path)?.[0]}`;
  let current: Schema | undefined = schema;
  for (const step of path.slice(1).split('.')) {
    const values: Schema | boolean | undefined = current?.additionalProperties;
    const next: Schema | undefined =
      own(current?.properties, step) ?? (typeof values === 'object' ? values : undefined);
    if (next === undefined) return 'does not refer to a valid field';
    current = next;
  }
  return current ?? 'does not refer to a valid field';
}
