import { isJsonObject, type JsonObject } from '../sync/json/json-pointer.ts';

/** What an OpenAPI v3 document says of one kind and all that it is made of, without descriptions. */
export interface KindSchema {
  readonly root: JsonObject;
  readonly definitions: ReadonlyMap<string, JsonObject>;
}

const REF = '#/components/schemas/';
const GVK = 'x-kubernetes-group-version-kind';
const OPEN = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
const KEPT = ['$ref', 'allOf', 'properties', 'items', 'additionalProperties', OPEN, EMBEDDED];
/** More are the same mistake over and over. */
const MOST_FIELDS = 10;

export function schemaOf(
  document: unknown,
  kind: { readonly group: string; readonly version: string; readonly kind: string },
): KindSchema | undefined {
  const components = isJsonObject(document) ? document.components : undefined;
  const schemas = isJsonObject(components) ? components.schemas : undefined;
  if (!isJsonObject(schemas)) return undefined;
  const root = Object.values(schemas).find((schema) => isJsonObject(schema) && isOf(schema[GVK], kind));
  if (!isJsonObject(root)) return undefined;
  const definitions = new Map<string, JsonObject>();
  const reduced = reduce(root, schemas, definitions);
  return { root: reduced, definitions };
}

/**
 * Fields of the value, by their paths, that the kind does not have. Where a schema leaves open what may come, so does this.
 *
 * @param at the path of the value itself
 */
export function fieldsOf(schema: KindSchema, value: unknown, at: string): string[] {
  const found: string[] = [];
  walk(schema, schema.root, value, at, found);
  return found.slice(0, MOST_FIELDS);
}

function walk(kind: KindSchema, schema: JsonObject, value: unknown, at: string, found: string[]): void {
  if (found.length >= MOST_FIELDS) return;
  const parts = partsOf(kind, schema);
  if (parts.some((part) => part[OPEN] === true)) return;
  if (Array.isArray(value)) {
    const items = parts.map((part) => part.items).find(isJsonObject);
    if (items === undefined) return;
    for (const [index, each] of value.entries()) walk(kind, items, each, `${at}[${index}]`, found);
    return;
  }
  if (!isJsonObject(value)) return;
  const properties = parts.map((part) => part.properties).filter(isJsonObject);
  const rest = parts.map((part) => part.additionalProperties).find((each) => each !== undefined && each !== false);
  if (properties.length === 0 && !isJsonObject(rest)) return;
  const embedded = parts.some((part) => part[EMBEDDED] === true);
  for (const [name, child] of Object.entries(value)) {
    const own = properties.find((each) => Object.hasOwn(each, name))?.[name] ?? rest;
    const path = /^[\w-]+$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`;
    if (isJsonObject(own)) walk(kind, own, child, path, found);
    else if (own === undefined && !(embedded && ['apiVersion', 'kind', 'metadata'].includes(name))) found.push(path);
  }
}

/** The schema itself and all that it is put together from. */
function partsOf(kind: KindSchema, schema: JsonObject): JsonObject[] {
  const parts: JsonObject[] = [];
  const pending = [schema];
  const seen = new Set<JsonObject>();
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    parts.push(part);
    const referred = typeof part.$ref === 'string' ? kind.definitions.get(part.$ref) : undefined;
    if (referred !== undefined) pending.push(referred);
    if (Array.isArray(part.allOf)) pending.push(...part.allOf.filter(isJsonObject));
  }
  return parts;
}

/** What says which fields there are; a core group's document has a megabyte of other things. */
function reduce(schema: JsonObject, schemas: JsonObject, definitions: Map<string, JsonObject>): JsonObject {
  const reduceEach = (value: unknown) => (isJsonObject(value) ? reduce(value, schemas, definitions) : value);
  const reduced: Record<string, unknown> = {};
  for (const key of KEPT) {
    const value = schema[key];
    if (value === undefined) continue;
    if (key === 'properties' && isJsonObject(value)) {
      reduced[key] = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, reduceEach(each)]));
    } else if (key === 'allOf' && Array.isArray(value)) reduced[key] = value.map(reduceEach);
    else reduced[key] = reduceEach(value);
  }
  const ref = schema.$ref;
  if (typeof ref === 'string' && ref.startsWith(REF) && !definitions.has(ref)) {
    const target = schemas[ref.slice(REF.length)];
    // Before its own are looked at: some kinds contain themselves.
    definitions.set(ref, {});
    if (isJsonObject(target)) definitions.set(ref, reduce(target, schemas, definitions));
  }
  return reduced;
}

function isOf(kinds: unknown, kind: { group: string; version: string; kind: string }): boolean {
  return (
    Array.isArray(kinds) &&
    kinds.some(
      (each) =>
        isJsonObject(each) && each.group === kind.group && each.version === kind.version && each.kind === kind.kind,
    )
  );
}
