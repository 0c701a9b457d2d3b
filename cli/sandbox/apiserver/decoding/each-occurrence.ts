import { decodingProblems } from '../schema/decoding.ts';
import { isMap, own } from '../schema/json-value.ts';
import type { Schema } from '../schema/schema.ts';
import { Entries, isList, lastOf, type Occurrences, occurrencesOf, superseded } from './json-occurrences.ts';

/**
 * What Go's decoder makes of JSON in which a key comes twice: it reads each value into the same field, so each has to fit, and what a
 * later one does not say stays as an earlier one had it.
 */
export interface DecodedOccurrences {
  readonly value: unknown;
  /** Why one that a later one supersedes does not fit. */
  readonly problem: string | undefined;
}

/** @param schema of the Go type; `text` is JSON */
export function decodeEachOccurrence(schema: Schema, text: string): DecodedOccurrences {
  const node = occurrencesOf(text);
  for (const value of superseded(node)) {
    const problem = decodingProblems(schema, value);
    if (problem !== undefined) return { value, problem };
  }
  return { value: into(schema, node, undefined), problem: undefined };
}

/** What the text says that it is, each time: of custom resources, too, these fields have Go types. */
export function* typeMetasOf(text: string): Generator<{ readonly apiVersion?: unknown; readonly kind?: unknown }> {
  const node = occurrencesOf(text);
  if (!(node instanceof Entries)) return;
  for (const [key, value] of node.all) if (key === 'apiVersion' || key === 'kind') yield { [key]: lastOf(value) };
}

/** The value of a field of the type once `node` is decoded into it; `before` is what it holds. */
function into(schema: Schema, node: Occurrences, before: unknown): unknown {
  if (node === null) return isEmptiedByNull(schema) ? null : (before ?? null);
  if (readsItself(schema)) return lastOf(node);
  if (isList(node)) {
    const { items } = schema;
    if (items === undefined) return lastOf(node);
    // Go decodes into the elements that are there already.
    const held: readonly unknown[] = Array.isArray(before) ? before : [];
    return node.map((item, at) => into(items, item, held[at]));
  }
  if (!(node instanceof Entries)) return node;
  const { properties, additionalProperties } = schema;
  const fields = new Map(Object.entries(isMap(before) ? before : {}));
  for (const [key, child] of node.all) {
    const property = own(properties, key);
    if (property !== undefined) fields.set(key, into(property, child, fields.get(key)));
    // The entries of a map are new each time.
    else if (typeof additionalProperties === 'object') fields.set(key, into(additionalProperties, child, undefined));
    else fields.set(key, lastOf(child));
  }
  return Object.fromEntries(fields);
}

/** Pointers, lists and maps are; into structs, texts and numbers Go reads nothing then. */
function isEmptiedByNull(schema: Schema): boolean {
  const { type, format, additionalProperties, go } = schema;
  if (go?.type.startsWith('*') === true || type === 'array' || format === 'byte') return true;
  return additionalProperties !== undefined || readsItself(schema);
}

/** Types with a decoder of their own, which begins anew. */
function readsItself({ name, properties, additionalProperties }: Schema): boolean {
  return name !== undefined && properties === undefined && additionalProperties === undefined;
}
