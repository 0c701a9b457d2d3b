import { forbiddenField, invalid, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { patternProblem } from '../schema/go-regexp.ts';
import { isMap, jsonEqual, own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';

type Level = 'root' | 'item' | 'field';
const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

/**
 * Why a schema is not structural: one whose fields' types are told apart from the rules for their values, so that pruning and
 * defaulting know what is what. Kubernetes: `pkg/apiserver/schema/validation.go` and `complete.go`.
 */
export function validateStructural(schema: Schema, path: string): FieldError[] {
  const errors = [...invariants(schema, 'root', path), ...completeness(schema, schema, path, path)];
  return errors.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

function textOf({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

function invariants(schema: Schema, level: Level, path: string): FieldError[] {
  const { type = '', properties = {}, additionalProperties } = schema;
  // Go takes `items: 5` for items that say nothing.
  const items = isMap(schema.items) ? schema.items : undefined;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const errors: FieldError[] = [];

  if (type === 'array' && schema.items === undefined) errors.push(required(`${path}.items`, 'must be specified'));
  if (items !== undefined) errors.push(...invariants(items, 'item', `${path}.items`));
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...invariants(property, 'field', `${path}.properties[${name}]`));
  }
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === 'root') errors.push(forbiddenField(at, 'must not be used at the root'));
    if (typeof additionalProperties === 'object') errors.push(...invariants(additionalProperties, 'field', at));
    if (embedded) errors.push(forbiddenField(at, 'must not be used if x-kubernetes-embedded-resource is set'));
  }
  if (intOrString && preserves) {
    const why = 'must be false if x-kubernetes-int-or-string is true';
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, why));
  }
  if (intOrString && embedded) {
    const why = 'must be false if x-kubernetes-int-or-string is true';
    errors.push(invalid(`${path}.x-kubernetes-embedded-resource`, true, why));
  }
  errors.push(...rulesForValues(schema, path, jsonEqual(schema.anyOf, INT_OR_STRING), hasIntOrStringAllOf(schema)));
  errors.push(...typeErrors(type, level, path, { embedded, free: intOrString || preserves }));
  errors.push(...metaErrors(schema, level, path, embedded));
  if (embedded && !preserves && Object.keys(properties).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${path}.properties`, why));
  }
  return errors;
}

function hasIntOrStringAllOf({ allOf }: Schema): boolean {
  return jsonEqual(allOf?.[0]?.anyOf, INT_OR_STRING);
}

function typeErrors(
  type: string,
  level: Level,
  path: string,
  { embedded, free }: { readonly embedded: boolean; readonly free: boolean },
): FieldError[] {
  const at = `${path}.type`;
  const errors: FieldError[] = [];
  if (embedded && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? required(at, why) : invalid(at, type, why));
  } else if (type === '' && !free) {
    const where = { root: 'at the root', item: 'for specified array items', field: 'for specified object fields' };
    errors.push(required(at, `must not be empty ${where[level]}`));
  }
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(invalid(at, type, 'must be object at the root'));
  return errors;
}

/** apiVersion, kind and metadata are what they are; a CRD may only narrow names. */
function metaErrors({ properties }: Schema, level: Level, path: string, embedded: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const isResource = level === 'root' || embedded;
  for (const name of ['kind', 'apiVersion']) {
    const property = own(properties, name);
    if (property === undefined || !isResource || property.type === 'string') continue;
    errors.push(invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'));
  }
  const metadata = own(properties, 'metadata');
  if (metadata === undefined) return errors;
  const at = `${path}.properties[metadata]`;
  if (isResource && metadata.type !== 'object')
    errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level === 'root') {
    const { type: _, description: __, default: ___, properties: fields = {}, ...others } = metadata;
    const onlyNames = Object.keys(fields).every((field) => field === 'name' || field === 'generateName');
    if (!onlyNames || Object.keys(others).length > 0 || metadata.description !== undefined) {
      const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
      errors.push(forbiddenField(at, why));
    }
  }
  return errors;
}

/** `allOf`, `anyOf`, `oneOf` and `not` may say how values have to be, not what fields there are. */
function rulesForValues(schema: Schema, path: string, skipAnyOf: boolean, skipFirstAllOf: boolean): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const problem = pattern === undefined || pattern === '' ? undefined : patternProblem(pattern);
  return [
    ...(skipAnyOf ? [] : anyOf.flatMap((nested, i) => nestedErrors(nested, `${path}.anyOf[${i}]`))),
    ...allOf.flatMap((nested, i) => nestedErrors(nested, `${path}.allOf[${i}]`, skipFirstAllOf && i === 0)),
    ...oneOf.flatMap((nested, i) => nestedErrors(nested, `${path}.oneOf[${i}]`)),
    ...(not === undefined ? [] : nestedErrors(not, `${path}.not`)),
    ...(problem === undefined || pattern === undefined
      ? []
      : [invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${problem}`)]),
  ];
}

/** What may not stand in a nested schema, and how that is said. */
const NOT_NESTED: readonly (readonly [keyof Schema | 'title', string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function nestedErrors(schema: Schema, path: string, skipAnyOf = false): FieldError[] {
  const { items, properties = {} } = schema;
  const said = schema as Readonly<Record<string, unknown>>;
  return [
    ...rulesForValues(schema, path, skipAnyOf, false),
    ...(items === undefined ? [] : nestedErrors(items, `${path}.items`)),
    ...Object.entries(properties).flatMap(([name, property]) => nestedErrors(property, `${path}.properties[${name}]`)),
    ...NOT_NESTED.flatMap(([field, why]) =>
      said[field] === undefined || said[field] === false ? [] : [forbiddenField(`${path}.${field}`, why)],
    ),
    ...(Object.hasOwn(properties, 'metadata')
      ? [forbiddenField(`${path}.properties[metadata]`, 'must not be specified in a nested context')]
      : []),
  ];
}

/** Every field that a rule speaks of must have a type outside of the rules. */
function completeness(rules: Schema, schema: Schema | undefined, path: string, rulesPath: string): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = rules;
  const nested = (one: Schema, at: string) => nestedCompleteness(one, schema, path, `${rulesPath}.${at}`);
  return [
    ...(not === undefined ? [] : nested(not, 'not')),
    ...allOf.flatMap((one, i) => nested(one, `allOf[${i}]`)),
    ...anyOf.flatMap((one, i) => nested(one, `anyOf[${i}]`)),
    ...oneOf.flatMap((one, i) => nested(one, `oneOf[${i}]`)),
  ];
}

function nestedCompleteness(rules: Schema, schema: Schema | undefined, path: string, rulesPath: string): FieldError[] {
  if (schema === undefined) return [required(path, `because it is defined in ${rulesPath}`)];
  const { items, properties = {} } = rules;
  return [
    ...completeness(rules, schema, path, rulesPath),
    ...(items === undefined ? [] : nestedCompleteness(items, schema.items, `${path}.items`, `${rulesPath}.items`)),
    ...Object.entries(properties).flatMap(([name, property]) => {
      const at = `properties[${name}]`;
      return nestedCompleteness(property, own(schema.properties, name), `${path}.${at}`, `${rulesPath}.${at}`);
    }),
  ];
}
