import { forbiddenField, invalid, notSupported, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { isMap, own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';
import { structuralSchemaOf } from './structural-form.ts';
import { validateStructural } from './structural-schema.ts';
import { validateDefaults } from './validate-defaults.ts';
import { validateListSchema } from './validate-list-schema.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const META_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/** Beside these, the root of a schema says nothing when the status is a subresource: that is judged by its own part alone. */
const AT_ROOT: Readonly<Record<string, string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

/** What is wrong with the schema of a version. Rules in CEL are looked at as texts only. */
export function validateCrdSchema(sent: unknown, path: string, hasStatus: boolean): FieldError[] {
  const schema = structuralSchemaOf(sent);
  const errors: FieldError[] = [];
  if (hasStatus) errors.push(...validateRoot(schema, path));
  if (schema.nullable === true) errors.push(forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root'));
  if (!saysTheUnsupported(schema)) {
    const structural = validateStructural(schema, path);
    errors.push(...structural);
    if (structural.length === 0) errors.push(...validateDefaults(schema, path));
  }
  errors.push(...validateNode(schema, path, { isRoot: true, inMeta: false }));
  return errors;
}

function validateRoot(schema: Schema, path: string): FieldError[] {
  if (schema.type !== undefined && schema.type !== 'object') {
    const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(`${path}.type`, schema.type, why)];
  }
  const other = Object.keys(schema).find((field) => !Object.hasOwn(AT_ROOT, field) && field !== 'nullable');
  if (other === undefined) return [];
  const why = `only [${Object.values(AT_ROOT).join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalid(path, schema, why)];
}

/** Keywords that have no structural form: what is wrong with the rest can then not be said. */
function saysTheUnsupported(schema: Schema): boolean {
  const said = schema as Readonly<Record<string, unknown>>;
  if (NOT_SUPPORTED.some((field) => said[field] !== undefined) || Array.isArray(schema.items)) return true;
  const { properties = {}, additionalProperties, items, not, allOf = [], anyOf = [], oneOf = [] } = schema;
  const within = [...Object.values(properties), additionalProperties, items, not, ...allOf, ...anyOf, ...oneOf];
  return within.some((one) => typeof one === 'object' && saysTheUnsupported(one));
}

interface Place {
  readonly isRoot: boolean;
  /** Within apiVersion, kind or metadata, of the object or of one in it. */
  readonly inMeta: boolean;
  /** Why there may be no defaults here. */
  readonly noDefaults?: string;
}

function validateNode(schema: Schema, path: string, place: Place): FieldError[] {
  return [
    ...validateStandard(schema, path, place),
    ...validateChildren(schema, path, place),
    ...validateListSchema(schema, path),
    ...validateMapType(schema, path),
    ...validateRules(schema, path),
  ];
}

const NOT_SUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

function validateStandard(schema: Schema, path: string, { inMeta, noDefaults }: Place): FieldError[] {
  const type: string = schema.type ?? '';
  const said = schema as Readonly<Record<string, unknown>>;
  return [
    ...(type !== '' && !TYPES.includes(type) ? [notSupported(`${path}.type`, type, TYPES)] : []),
    ...(schema.default !== undefined && noDefaults !== undefined
      ? [forbiddenField(`${path}.default`, `must not be set ${noDefaults}`)]
      : []),
    ...NOT_SUPPORTED.flatMap((field) =>
      said[field] === undefined ? [] : [forbiddenField(`${path}.${field}`, `${field} is not supported`)],
    ),
    ...(type === 'null'
      ? [forbiddenField(`${path}.type`, 'type cannot be set to null, use nullable as an alternative')]
      : []),
    ...(Array.isArray(schema.items)
      ? [forbiddenField(`${path}.items`, 'items must be a schema object and not an array')]
      : []),
    ...(inMeta && schema['x-kubernetes-embedded-resource'] === true
      ? [forbiddenField(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta')]
      : []),
    ...(schema.uniqueItems === true
      ? [
          forbiddenField(
            `${path}.uniqueItems`,
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...(schema['x-kubernetes-preserve-unknown-fields'] === false
      ? [invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')]
      : []),
  ];
}

function validateChildren(schema: Schema, path: string, place: Place): FieldError[] {
  const { properties = {}, additionalProperties, items, not, allOf = [], anyOf = [], oneOf = [] } = schema;
  const { inMeta, noDefaults } = place;
  const below: Place = { isRoot: false, inMeta, ...(noDefaults === undefined ? {} : { noDefaults }) };
  const errors: FieldError[] = [];
  if (additionalProperties !== undefined) {
    if (Object.keys(properties).length > 0 && additionalProperties !== true) {
      const why = 'additionalProperties and properties are mutual exclusive';
      errors.push(forbiddenField(`${path}.additionalProperties`, why));
    }
    if (typeof additionalProperties === 'object') {
      const reason = 'inside additionalProperties applying to object metadata';
      const inside = inMeta ? { ...below, noDefaults: reason } : below;
      errors.push(...validateNode(additionalProperties, `${path}.additionalProperties`, inside));
    }
  }
  const isResource = place.isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, property] of Object.entries(properties)) {
    const meta = isResource && META_FIELDS.has(name);
    const inside: Place = {
      ...below,
      ...(meta ? { inMeta: true } : {}),
      ...(meta && place.isRoot ? { noDefaults: `in top-level ${name}` } : {}),
    };
    errors.push(...validateNode(property, `${path}.properties[${name}]`, inside));
  }
  if (not !== undefined) errors.push(...validateNode(not, `${path}.not`, below));
  for (const [field, list] of Object.entries({ allOf, oneOf, anyOf })) {
    for (const [i, one] of list.entries()) errors.push(...validateNode(one, `${path}.${field}[${i}]`, below));
  }
  if (items !== undefined && isMap(items)) errors.push(...validateNode(items, `${path}.items`, below));
  return errors;
}

function validateMapType(schema: Schema, path: string): FieldError[] {
  const mapType: string | undefined = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  const why = 'must be object if x-kubernetes-map-type is specified';
  const type = schema.type ?? '';
  return [
    ...(type === '' ? [required(`${path}.type`, why)] : []),
    ...(type !== '' && type !== 'object' ? [invalid(`${path}.type`, type, why)] : []),
    ...(mapType === 'atomic' || mapType === 'granular'
      ? []
      : [notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])]),
  ];
}

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** CEL rules: their texts must be there; whether they compile, nobody here can say. */
function validateRules(schema: Schema, path: string): FieldError[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  return rules.flatMap((rule, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const text = (field: string) => {
      const value = own(rule, field);
      return typeof value === 'string' ? value : '';
    };
    const message = text('message');
    const errors: FieldError[] = [];
    if (text('rule').trim() === '') errors.push(required(`${at}.rule`, 'rule is not specified'));
    else if (message !== '' && message.trim() === '') {
      errors.push(invalid(`${at}.message`, message, 'must be non-empty if specified'));
    } else if (/[\n\r]/.test(message.trim())) {
      errors.push(invalid(`${at}.message`, message, 'must not contain line breaks'));
    } else if (/[\n\r]/.test(text('rule').trim()) && message.trim() === '') {
      errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
    }
    if (rule.messageExpression !== undefined && text('messageExpression').trim() === '') {
      errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
    }
    const reason = text('reason');
    if (reason !== '' && !REASONS.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, REASONS));
    return errors;
  });
}
