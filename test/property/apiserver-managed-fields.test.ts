import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../apis/meta/v1.ts';
import { StatusError } from '../../cli/sandbox/apiserver/errors/status-error.ts';
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  readFieldSet,
  recursiveDifference,
  union,
} from '../../cli/sandbox/apiserver/managed-fields/field-set.ts';
import { serverSideApply } from '../../cli/sandbox/apiserver/managed-fields/server-side-apply.ts';
import { trackUpdate } from '../../cli/sandbox/apiserver/managed-fields/track-update.ts';
import type { Schema } from '../../cli/sandbox/apiserver/schema/schema.ts';

const text: Schema = { type: 'string' };
const schema: Schema = {
  type: 'object',
  properties: {
    apiVersion: text,
    kind: text,
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        scalar: text,
        other: text,
        atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
        map: { type: 'object', additionalProperties: text },
        list: { type: 'array', items: text },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: text, value: text } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

const NOW = new Date('2026-01-01T00:00:00Z');
const word = fc.constantFrom('a', 'b', 'c');
const item = fc.record({ name: word, value: word }, { requiredKeys: ['name'] });
/** Never empty containers: what nobody owns in them is not what is tested here. */
const spec = fc.record(
  {
    scalar: word,
    other: word,
    atomic: fc.dictionary(word, word, { minKeys: 1, noNullPrototype: true }),
    map: fc.dictionary(word, word, { minKeys: 1, noNullPrototype: true }),
    list: fc.array(word, { minLength: 1, maxLength: 3 }),
    set: fc.uniqueArray(word, { minLength: 1 }),
    items: fc.uniqueArray(item, { minLength: 1, selector: ({ name }) => name }),
    free: fc.dictionary(word, fc.oneof(word, fc.dictionary(word, word, { minKeys: 1, noNullPrototype: true })), {
      minKeys: 1,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: [] },
);

function apply(stored: KubeObject | undefined, manager: string, wanted: object, force = false): KubeObject {
  // An empty map is something one can own; nothing is not.
  const content = Object.keys(wanted).length === 0 ? {} : { spec: wanted };
  const applied = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, ...content };
  return serverSideApply({ stored, applied, schema, manager, apiVersion: 'x/v1', force, now: NOW });
}

/** As an update by PUT would leave it. */
function update(stored: KubeObject, manager: string, wanted: object): KubeObject {
  const next = { ...stored, spec: { ...wanted } };
  const managedFields = trackUpdate({ stored, next, schema, manager, apiVersion: 'x/v1', now: NOW });
  return { ...next, metadata: { ...next.metadata, managedFields } };
}

function ownedBy(object: KubeObject, manager: string): FieldSet {
  const entries: ManagedFieldsEntry[] = object.metadata.managedFields ?? [];
  return readFieldSet(entries.find((entry) => entry.manager === manager)?.fieldsV1 ?? {});
}

describe('server-side apply', () => {
  it('twice changes nothing', () => {
    fc.assert(
      fc.property(spec, spec, (mine, theirs) => {
        const stored = apply(apply(undefined, 'them', theirs), 'me', mine, true);
        expect(apply(stored, 'me', mine, true)).toEqual(stored);
      }),
    );
  });

  it('of the same object by two managers never conflicts', () => {
    fc.assert(
      fc.property(spec, (wanted) => {
        const both = apply(apply(undefined, 'me', wanted), 'them', wanted);
        expect(ownedBy(both, 'them')).toEqual(ownedBy(both, 'me'));
      }),
    );
  });

  it('of different fields by two managers never conflicts', () => {
    fc.assert(
      fc.property(spec, (wanted) => {
        const entries = Object.entries(wanted);
        const mine = Object.fromEntries(entries.filter((_, index) => index % 2 === 0));
        const theirs = Object.fromEntries(entries.filter((_, index) => index % 2 === 1));
        const both = apply(apply(undefined, 'me', mine), 'them', theirs);
        expect(both.spec ?? {}).toEqual(wanted);
        expect(isEmptySet(intersection(ownedBy(both, 'me'), ownedBy(both, 'them')))).toBe(true);
      }),
    );
  });

  it('by force never conflicts, gives the manager all it applies, and what it changed nobody else owns', () => {
    fc.assert(
      fc.property(spec, spec, spec, (first, second, mine) => {
        const stored = update(apply(undefined, 'them', first), 'other', { ...first, ...second });
        const alone = ownedBy(apply(undefined, 'me', mine), 'me');
        const forced = apply(stored, 'me', mine, true);
        expect(ownedBy(forced, 'me')).toEqual(alone);
        expect(apply(forced, 'me', mine)).toEqual(forced);
        expect(() => apply(forced, 'them', first)).not.toThrow(TypeError);
      }),
    );
  });

  it('conflicts exactly when force would take a field from somebody', () => {
    fc.assert(
      fc.property(spec, spec, (theirs, mine) => {
        const stored = apply(undefined, 'them', theirs);
        const forced = apply(stored, 'me', mine, true);
        const taken = !isEmptySet(difference(ownedBy(stored, 'them'), ownedBy(forced, 'them')));
        let conflicts = false;
        try {
          expect(apply(stored, 'me', mine)).toEqual(forced);
        } catch (error) {
          if (!(error instanceof StatusError)) throw error;
          expect(error.code).toBe(409);
          conflicts = true;
        }
        expect(conflicts).toBe(taken);
      }),
    );
  });

  it('of nothing takes away just what one owns alone', () => {
    fc.assert(
      fc.property(spec, spec, (theirs, mine) => {
        const stored = apply(apply(undefined, 'them', theirs, true), 'me', mine, true);
        const without = apply(stored, 'me', {}, true);
        expect(isEmptySet(ownedBy(without, 'me'))).toBe(true);
        expect(ownedBy(without, 'them')).toEqual(ownedBy(stored, 'them'));
        const spec_ = (without.spec ?? {}) as Record<string, unknown>;
        for (const name of Object.keys(theirs)) {
          const owned = ownedBy(without, 'them')['f:spec']?.[`f:${name}`];
          if (owned !== undefined) expect(spec_[name]).toBeDefined();
        }
        for (const name of Object.keys(mine)) {
          if (!(name in theirs)) expect(spec_[name] ?? null).toBeNull();
        }
      }),
    );
  });

  it('changes neither what is stored nor what is applied', () => {
    fc.assert(
      fc.property(spec, spec, (theirs, mine) => {
        const stored = apply(undefined, 'them', theirs);
        const before = JSON.stringify([stored, mine]);
        apply(stored, 'me', mine, true);
        expect(JSON.stringify([stored, mine])).toBe(before);
      }),
    );
  });
});

describe('updates', () => {
  it('leave every field that is there with exactly one updater', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('u', 'v', 'w'), spec), { minLength: 1, maxLength: 5 }),
        (writes) => {
          let object: KubeObject | undefined;
          for (const [manager, wanted] of writes) {
            if (object !== undefined) {
              object = update(object, manager, wanted);
              continue;
            }
            const next: KubeObject = { metadata: { name: 'x' }, spec: wanted };
            const managedFields = trackUpdate({
              stored: undefined,
              next,
              schema,
              manager,
              apiVersion: 'x/v1',
              now: NOW,
            });
            object = { ...next, metadata: { ...next.metadata, managedFields } };
          }
          const sets = (object?.metadata.managedFields ?? []).map(({ fieldsV1 }) => readFieldSet(fieldsV1));
          const alone: KubeObject = { metadata: { name: 'x' }, spec: object?.spec };
          const all = trackUpdate({
            stored: undefined,
            next: alone,
            schema,
            manager: 'u',
            apiVersion: 'x/v1',
            now: NOW,
          });
          expect(sets.reduce(union, {})).toEqual(readFieldSet(all[0]?.fieldsV1));
          for (const [index, set] of sets.entries()) {
            for (const other of sets.slice(index + 1)) expect(intersection(set, other)).toEqual({});
          }
        },
      ),
    );
  });
});

describe('sets of fields', () => {
  const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"a"}', 'k:{"name":"b"}', 'v:1', 'v:"a"', 'i:0');
  const sets = fc.letrec<{ branch: unknown; root: unknown }>((tie) => ({
    branch: fc.oneof(
      { maxDepth: 3 },
      fc.constant({}),
      fc.record({ '.': fc.constant({}), 'f:a': tie('branch') }),
      tie('root'),
    ),
    root: fc.dictionary(element, tie('branch'), { maxKeys: 3, noNullPrototype: true }),
  }));
  const set = sets.root.map(readFieldSet);
  const json = (value: FieldSet) => JSON.stringify(value);

  it('keep the laws of sets, and one order', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(json(union(a, b))).toBe(json(union(b, a)));
        expect(json(union(a, a))).toBe(json(a));
        expect(json(intersection(a, b))).toBe(json(intersection(b, a)));
        expect(difference(a, a)).toEqual({});
        expect(recursiveDifference(a, a)).toEqual({});
        expect(json(union(difference(a, b), intersection(a, b)))).toBe(json(a));
        expect(intersection(difference(a, b), b)).toEqual({});
        expect(json(readFieldSet(JSON.parse(json(a))))).toBe(json(a));
      }),
      { numRuns: 500 },
    );
  });
});
