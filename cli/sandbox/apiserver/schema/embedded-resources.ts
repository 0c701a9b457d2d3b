import { invalid, required } from '../errors/field-errors.ts';
import type { FieldError } from '../errors/status-error.ts';
import { isMap, own } from './json-value.ts';
import type { Schema } from './schema.ts';

/** What is wrong with the metadata of an object within an object. Given by who knows metadata. */
export type MetadataRules = (metadata: Readonly<Record<string, unknown>>, path: string) => readonly FieldError[];

const DNS1035_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';
const DNS1035_RULE = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${DNS1035_PATTERN}')`;

/** The apiVersions, kinds and metadata of embedded resources (`x-kubernetes-embedded-resource`). Paths begin at the root. */
export function validateEmbeddedResources(
  schema: Schema,
  value: unknown,
  metadataRules: MetadataRules = () => [],
): FieldError[] {
  const errors: FieldError[] = [];
  if (mayEmbed(schema)) visit(schema, value, '', metadataRules, errors);
  return errors;
}

function visit(schema: Schema, value: unknown, path: string, rules: MetadataRules, errors: FieldError[]): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [i, item] of value.entries()) visit(items, item, `${path}[${i}]`, rules, errors);
  } else if (isMap(value)) {
    if (schema['x-kubernetes-embedded-resource'] === true) errors.push(...validateEmbedded(value, path, rules));
    const { properties, additionalProperties } = schema;
    for (const key of Object.keys(value)) {
      const known = own(properties, key);
      if (known !== undefined) visit(known, value[key], childOf(path, key), rules, errors);
      else if (typeof additionalProperties === 'object') {
        visit(additionalProperties, value[key], `${path}[${key}]`, rules, errors);
      }
    }
  }
}

function validateEmbedded(resource: Record<string, unknown>, path: string, rules: MetadataRules): FieldError[] {
  const { apiVersion, kind, metadata } = resource;
  return [
    ...(apiVersion === undefined ? [required(childOf(path, 'apiVersion'))] : validateApiVersion(apiVersion, path)),
    ...(kind === undefined ? [required(childOf(path, 'kind'))] : validateKind(kind, path)),
    ...(isMap(metadata) ? rules(metadata, childOf(path, 'metadata')) : []),
  ];
}

function validateApiVersion(apiVersion: unknown, path: string): FieldError[] {
  const field = childOf(path, 'apiVersion');
  if (typeof apiVersion !== 'string') return [invalid(field, apiVersion, 'must be a string')];
  if (apiVersion === '') return [invalid(field, apiVersion, 'must not be empty')];
  if (apiVersion.split('/').length <= 2) return [];
  return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
}

function validateKind(kind: unknown, path: string): FieldError[] {
  const field = childOf(path, 'kind');
  if (typeof kind !== 'string') return [invalid(field, kind, 'must be a string')];
  if (kind === '') return [invalid(field, kind, 'must not be empty')];
  const problems = [
    ...(kind.length > 63 ? ['must be no more than 63 characters'] : []),
    ...(new RegExp(`^${DNS1035_PATTERN}$`).test(kind.toLowerCase()) ? [] : [DNS1035_RULE]),
  ];
  if (problems.length === 0) return [];
  return [invalid(field, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`)];
}

function childOf(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

const known = new WeakMap<Schema, boolean>();

/** Few schemas embed anything. */
function mayEmbed(schema: Schema): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  const { properties, items, additionalProperties } = schema;
  const found =
    schema['x-kubernetes-embedded-resource'] === true ||
    Object.values(properties ?? {}).some(mayEmbed) ||
    (items !== undefined && mayEmbed(items)) ||
    (typeof additionalProperties === 'object' && mayEmbed(additionalProperties));
  known.set(schema, found);
  return found;
}
