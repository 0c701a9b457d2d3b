import fc from 'fast-check';
import { expect, it } from 'vitest';
import { validateCrdSchema } from '../../cli/sandbox/apiserver/customresources/validate-crd-schema.ts';
import { builtInSchema } from '../../cli/sandbox/apiserver/schema/built-in.ts';
import { builtInDocument } from '../../cli/sandbox/apiserver/schema/built-in-document.ts';
import { decodingProblems } from '../../cli/sandbox/apiserver/schema/decoding.ts';
import { applyDefaults } from '../../cli/sandbox/apiserver/schema/defaults.ts';
import { validateEmbeddedResources } from '../../cli/sandbox/apiserver/schema/embedded-resources.ts';
import { validateListTypes } from '../../cli/sandbox/apiserver/schema/list-types.ts';
import { pruneUnknown } from '../../cli/sandbox/apiserver/schema/prune.ts';
import type { Schema } from '../../cli/sandbox/apiserver/schema/schema.ts';
import { validateValue } from '../../cli/sandbox/apiserver/schema/validate-value.ts';
import { wholeSchema } from '../../cli/sandbox/apiserver/schema/whole-schema.ts';

const names = fc.constantFrom('a', 'b', 'spec', 'status', 'metadata', 'kind', 'apiVersion', '__proto__', 'constructor');

/** Structural schemas, as CRDs have them: every default is what its schema allows. */
const schemas: fc.Arbitrary<Schema> = fc.letrec<{ schema: Schema; object: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.record({ type: fc.constant('string' as const), default: fc.constantFrom('x', 'y') }, { requiredKeys: ['type'] }),
    fc.record(
      { type: fc.constant('integer' as const), default: fc.nat(9), maximum: fc.constant(9) },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('boolean' as const), nullable: fc.boolean() }),
    fc.constant({ 'x-kubernetes-int-or-string': true } as const),
    fc.constant({ 'x-kubernetes-preserve-unknown-fields': true } as const),
    fc.record({ type: fc.constant('array' as const), items: tie('schema') }),
    fc.record({ type: fc.constant('object' as const), additionalProperties: tie('schema') }),
    tie('object'),
  ),
  object: fc.record(
    {
      type: fc.constant('object' as const),
      properties: fc.dictionary(names, tie('schema'), { maxKeys: 4 }),
      default: fc.constant({}),
      nullable: fc.boolean(),
      required: fc.uniqueArray(names, { maxLength: 2 }),
      'x-kubernetes-preserve-unknown-fields': fc.constant(true as const),
    },
    { requiredKeys: ['type', 'properties'] },
  ),
})).object;

/** Names that the schemas have, too, so that values meet them. */
const values = fc.jsonValue({ maxDepth: 5 }).chain((plain) =>
  fc.oneof(
    fc.constant(plain),
    fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, 'x', 1, 1.5, true),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 5 }),
      ),
    })).value,
  ),
);

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

it('what has been pruned once is not pruned again, and is judged the same', () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      const object = copy(value);
      pruneUnknown(schema, object);
      const once = copy(object);
      const errors = validateValue(schema, object, '');
      expect(pruneUnknown(schema, object)).toEqual([]);
      expect(object).toEqual(once);
      expect(validateValue(schema, object, '')).toEqual(errors);
    }),
  );
});

it('defaults are filled in once and stay', () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      const object = copy(value);
      applyDefaults(schema, object);
      const once = copy(object);
      applyDefaults(schema, object);
      expect(object).toEqual(once);
    }),
  );
});

it('what is defaulted holds nothing that pruning would take', () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      const object = copy(value);
      pruneUnknown(schema, object);
      applyDefaults(schema, object);
      expect(pruneUnknown(schema, object)).toEqual([]);
    }),
  );
});

it('an object that did not change may be stored again, however wrong it is', () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      expect(validateValue(schema, value, '', copy(value))).toEqual([]);
    }),
  );
});

it('no JSON makes the judging of custom resources throw', () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      const whole = wholeSchema(schema);
      const object = copy(value);
      decodingProblems(whole, object);
      pruneUnknown(whole, object);
      applyDefaults(whole, object);
      validateValue(whole, object, '');
      validateListTypes(schema, object);
      validateEmbeddedResources(schema, object);
    }),
  );
});

it('no JSON makes the decoding of built-in kinds throw', () => {
  const kinds = Object.values(builtInDocument().definitions).flatMap(
    (schema) => schema['x-kubernetes-group-version-kind'] ?? [],
  );
  const fields = fc.constantFrom(
    'metadata',
    'spec',
    'status',
    'template',
    'containers',
    'name',
    'labels',
    'data',
    'items',
  );
  const objects = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue({ maxDepth: 2 }),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fields, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(
    fc.property(fc.constantFrom(...kinds), objects, ({ group, version, kind }, value) => {
      const schema = builtInSchema(group, version, kind);
      if (schema === undefined) throw new Error(kind);
      const object = copy(value);
      const problem = decodingProblems(schema, object);
      expect(problem === undefined || problem.length > 0).toBe(true);
      pruneUnknown(schema, object);
      expect(decodingProblems(schema, object)).toBe(problem);
    }),
  );
});

it('no JSON makes the judging of a CRD schema throw', () => {
  const keywords = fc.constantFrom(
    'type',
    'properties',
    'items',
    'allOf',
    'anyOf',
    'not',
    'default',
    'pattern',
    'format',
  );
  const crdSchema = builtInSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')?.properties?.spec
    ?.properties?.versions?.items?.properties?.schema?.properties?.openAPIV3Schema;
  const sent = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom('object', 'array', 'string', 'integer', 5, '[', null, true),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(keywords, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(
    fc.property(sent, fc.boolean(), (value, hasStatus) => {
      if (crdSchema === undefined) throw new Error('CRDs have schemas');
      // Whoever gets this far has been decoded.
      fc.pre(typeof value === 'object' && value !== null && decodingProblems(crdSchema, value) === undefined);
      pruneUnknown(crdSchema, value);
      validateCrdSchema(withoutNulls(value), 'schema', hasStatus);
    }),
  );
});

/** Go knows no null where a field is a struct, a list or a text. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNulls(field)]));
}

it('nesting as deep as a request may be does no harm', () => {
  const deep = (depth: number, open: string, close: string) =>
    JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`) as unknown;
  const crd = builtInSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition');
  const revision = builtInSchema('apps', 'v1', 'ControllerRevision');
  if (crd === undefined || revision === undefined) throw new Error('both are built in');
  const nested = { spec: { versions: [{ schema: { openAPIV3Schema: deep(9_000, '{"not":', '}') } }] } };
  expect(decodingProblems(crd, nested)).toBe('exceeded max depth');
  expect(decodingProblems(revision, { data: deep(9_000, '[', ']') })).toBeUndefined();
  const free: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  expect(pruneUnknown(free, deep(9_000, '{"a":', '}'))).toEqual([]);
  expect(validateValue(free, deep(9_000, '{"a":', '}'), '')).toEqual([]);
});

it('a schema nested as deep as decoding lets pass is judged and used', () => {
  const levels = 480;
  const inner = '{"type":"object","properties":{"a":';
  const schema = JSON.parse(`${inner.repeat(levels)}{"type":"string"}${'}}'.repeat(levels)}`) as Schema;
  expect(validateCrdSchema(schema, 'schema', true)).toEqual([]);
  const whole = wholeSchema(schema);
  const object = JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as unknown;
  expect(pruneUnknown(whole, object)).toEqual([]);
  expect(validateValue(whole, object, '')).toHaveLength(1);
});
