import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CustomResourceDefinition, JsonSchema } from '../../apis/apiextensions/v1.ts';
import { widenCrd } from '../../apis/crd/widen.ts';
import { lenientValidator, pruned, schemaOf } from '../structural-schema.ts';

const FIELD = fc.constantFrom('a', 'b', 'c', 'spec', 'status');
const WORD = fc.constantFrom('x', 'y', 'z');

/** Few names and small trees, so that two of them overlap often. */
const { schema: SCHEMA } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<JsonSchema>({ type: 'string' }),
    fc.record<JsonSchema>({ type: fc.constant('string'), enum: fc.uniqueArray(WORD, { minLength: 1 }) }),
    fc.constant<JsonSchema>({ type: 'string', pattern: '^x' }),
    fc.constant<JsonSchema>({ type: 'integer', format: 'int64' }),
    fc.constant<JsonSchema>({ type: 'boolean' }),
    fc.constant<JsonSchema>({ type: 'boolean', nullable: true }),
    fc.constant<JsonSchema>({ 'x-kubernetes-preserve-unknown-fields': true, nullable: true }),
    fc.constant<JsonSchema>({ 'x-kubernetes-preserve-unknown-fields': true }),
    fc.constant<JsonSchema>({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
    tie('schema').map((items): JsonSchema => ({ type: 'array', items })),
    tie('schema').map((values): JsonSchema => ({ type: 'object', additionalProperties: values })),
    objectOf(tie('schema')),
  ),
}));
const ROOT = objectOf(SCHEMA);

function objectOf(field: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> {
  return fc
    .record({
      properties: fc.dictionary(FIELD, field, { maxKeys: 4, noNullPrototype: true }),
      demand: fc.array(FIELD, { maxLength: 2 }),
      open: fc.boolean(),
    })
    .map(({ properties, demand, open }) => {
      const required = [...new Set(demand)].filter((name) => name in properties);
      return {
        type: 'object' as const,
        properties,
        ...(required.length > 0 ? { required } : {}),
        ...(open ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
      };
    });
}

/** Values that a schema likely accepts, and now and then a wrong one. */
function valueFor(schema: JsonSchema): fc.Arbitrary<unknown> {
  const any = fc.jsonValue({ maxDepth: 2 });
  const fitting = (): fc.Arbitrary<unknown> => {
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.type === 'string') return fc.constantFrom('x', 'y', 'xyz');
    if (schema.type === 'integer') return fc.integer();
    if (schema.type === 'boolean') return fc.boolean();
    if (schema.type === 'array' && schema.items) return fc.array(valueFor(schema.items), { maxLength: 3 });
    if (typeof schema.additionalProperties === 'object') {
      return fc.dictionary(FIELD, valueFor(schema.additionalProperties), { maxKeys: 3, noNullPrototype: true });
    }
    if (schema.properties) {
      const fields: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [name, field] of Object.entries(schema.properties)) fields[name] = valueFor(field);
      return fc.record<Record<string, unknown>>(fields, { requiredKeys: schema.required ?? [], noNullPrototype: true });
    }
    return any;
  };
  return fc.oneof({ arbitrary: fitting(), weight: 9 }, { arbitrary: any, weight: 1 });
}

function crdOf(schema: JsonSchema): CustomResourceDefinition {
  return {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Thing', plural: 'things' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

const widened = (theirs: JsonSchema, ours: JsonSchema) => schemaOf(widenCrd(crdOf(theirs), crdOf(ours)).crd);

test('what was stored before is still accepted, and nothing of it is lost', () => {
  const scenario = fc
    .tuple(ROOT, ROOT)
    .chain(([theirs, ours]) => fc.tuple(fc.constant(theirs), fc.constant(ours), valueFor(theirs)));
  fc.assert(
    fc.property(scenario, ([theirs, ours, value]) => {
      const stored = pruned(theirs, value);
      fc.pre(lenientValidator(theirs)(stored));
      const wider = widened(theirs, ours);
      expect(lenientValidator(wider)(stored)).toBe(true);
      expect(pruned(wider, stored)).toEqual(stored);
    }),
    { numRuns: 150 },
  );
});

test('no field is lost, none becomes required, no word is taken away', () => {
  fc.assert(
    fc.property(ROOT, ROOT, (theirs, ours) => {
      expect([...narrowed(theirs, widened(theirs, ours) as JsonSchema, '')]).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a second time there is nothing left to add', () => {
  fc.assert(
    fc.property(ROOT, ROOT, (theirs, ours) => {
      const once = widenCrd(crdOf(theirs), crdOf(ours));
      expect(widenCrd(once.crd, crdOf(ours))).toEqual({ crd: once.crd, changes: [] });
    }),
    { numRuns: 300 },
  );
});

function* narrowed(before: JsonSchema, after: JsonSchema, path: string): Generator<string> {
  if (before.type !== after.type) yield `${path} has another type`;
  if (before.nullable && !after.nullable) yield `${path} refuses null`;
  if (before.pattern !== after.pattern) yield `${path} has another pattern`;
  const fresh = (after.required ?? []).filter((name) => !before.required?.includes(name));
  if (fresh.length > 0) yield `${path} requires ${fresh.join()}`;
  if (before.enum?.some((word) => !after.enum?.includes(word))) yield `${path} lost a word`;
  const wasOpen = before['x-kubernetes-preserve-unknown-fields'] === true;
  if (wasOpen && after['x-kubernetes-preserve-unknown-fields'] !== true) yield `${path} drops fields`;
  for (const [name, field] of Object.entries(before.properties ?? {})) {
    const same = after.properties?.[name];
    if (same === undefined) yield `${path}.${name} is gone`;
    else yield* narrowed(field, same, `${path}.${name}`);
  }
  if (wasOpen && Object.keys(after.properties ?? {}).length > Object.keys(before.properties ?? {}).length) {
    yield `${path} describes what was free`;
  }
  if (before.items && after.items) yield* narrowed(before.items, after.items, `${path}[]`);
  if (typeof before.additionalProperties === 'object' && typeof after.additionalProperties === 'object') {
    yield* narrowed(before.additionalProperties, after.additionalProperties, `${path}.*`);
  }
}
