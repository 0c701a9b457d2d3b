import fc from 'fast-check';
import { createPatch } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from '../../cli/sandbox/apiserver/patch/json-patch.ts';
import { applyMergePatch } from '../../cli/sandbox/apiserver/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../cli/sandbox/apiserver/patch/strategic-merge-patch.ts';
import { builtInSchema } from '../../cli/sandbox/apiserver/schema/built-in.ts';

type JsonObject = Record<string, unknown>;

const key = fc.constantFrom('a', 'b', 'c', 'a/b', 'm~n', '', '0', '-', 'constructor', '__proto__');
const scalar = fc.oneof(fc.constantFrom('x', 'y', 0, 1, true, false), fc.string({ maxLength: 3 }));

/** JSON objects; with `null`s or without. Parsed, so that `__proto__` is a key. */
function objects(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<JsonObject> {
  const { object } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
    object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(toObject),
  }));
  return object as fc.Arbitrary<JsonObject>;
}

function toObject(entries: [string, unknown][]): JsonObject {
  return JSON.parse(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  );
}

const full = objects(scalar);
const withNulls = objects(fc.oneof(scalar, fc.constant(null)));

/** As text, with sorted keys: tells `__proto__` and missing keys apart. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, child]) => `${JSON.stringify(name)}:${text(child)}`).join(',')}}`;
}

describe('a JSON patch', () => {
  const plain = objects(scalar).filter((object) => !text(object).includes('__proto__'));

  it('made by a diff leads from one object to the other', () => {
    fc.assert(
      fc.property(plain, plain, (from, to) => {
        const before = text(from);
        const operations = createPatch(from, to);
        expect(text(applyJsonPatch(from, operations))).toBe(text(to));
        expect(text(from)).toBe(before);
      }),
    );
  });

  it('never crashes, whatever is sent', () => {
    fc.assert(
      fc.property(full, fc.jsonValue(), (object, patch) => {
        try {
          applyJsonPatch(object, patch);
        } catch (error) {
          expect(error).toMatchObject({ name: 'StatusError' });
        }
      }),
    );
  });
});

describe('a merge patch', () => {
  it('applied twice is as applied once', () => {
    fc.assert(
      fc.property(full, withNulls, (object, patch) => {
        const once = applyMergePatch(object, patch);
        expect(text(applyMergePatch(once, patch))).toBe(text(once));
      }),
    );
  });

  it('of nothing changes nothing', () => {
    fc.assert(
      fc.property(withNulls, (object) => {
        expect(text(applyMergePatch(object, {}))).toBe(text(object));
      }),
    );
  });

  it('of an object without nulls onto nothing is that object', () => {
    fc.assert(
      fc.property(full, (patch) => {
        expect(text(applyMergePatch({}, patch))).toBe(text(patch));
      }),
    );
  });

  it('sets what it says and keeps the rest', () => {
    fc.assert(
      fc.property(full, withNulls, (object, patch) => {
        const result = applyMergePatch(object, patch);
        for (const name of Object.keys(patch)) {
          if (patch[name] === null) expect(Object.hasOwn(result, name)).toBe(false);
        }
        for (const name of Object.keys(object)) {
          if (!Object.hasOwn(patch, name)) expect(text(result[name])).toBe(text(object[name]));
        }
      }),
    );
  });

  it('never changes what it is given', () => {
    fc.assert(
      fc.property(full, withNulls, (object, patch) => {
        const before = text([object, patch]);
        applyMergePatch(object, patch);
        expect(text([object, patch])).toBe(before);
      }),
    );
  });
});

describe('a strategic merge patch', () => {
  const schema = builtInSchema('apps', 'v1', 'Deployment') ?? {};
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const container = fc.record(
    { name: names, image: fc.constantFrom('x', 'y'), tty: fc.boolean() },
    { requiredKeys: ['name'] },
  );
  const containers = fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 4 });
  const spec = (list: unknown[], more: object = {}) => ({
    spec: { template: { spec: { containers: list, ...more } } },
  });
  const listOf = (object: JsonObject) =>
    (object as { spec: { template: { spec: { containers: { name: string }[] } } } }).spec.template.spec.containers;

  it('applied twice is as applied once', () => {
    fc.assert(
      fc.property(containers, containers, (there, patch) => {
        const once = applyStrategicMergePatch(schema, spec(there), spec(patch));
        expect(applyStrategicMergePatch(schema, once, spec(patch))).toEqual(once);
      }),
    );
  });

  it('keeps every item and merges those that share a key', () => {
    fc.assert(
      fc.property(containers, containers, (there, patch) => {
        const result = listOf(applyStrategicMergePatch(schema, spec(there), spec(patch)));
        const expected = new Map<string, object>(there.map((item) => [item.name, item]));
        for (const item of patch) expected.set(item.name, { ...expected.get(item.name), ...item });
        expect(new Map(result.map((item) => [item.name, item]))).toEqual(expected);
        expect(result).toHaveLength(expected.size);
      }),
    );
  });

  it('keeps both orders: the patch’s, and the server’s of what only that has', () => {
    fc.assert(
      fc.property(containers, containers, (there, patch) => {
        const result = listOf(applyStrategicMergePatch(schema, spec(there), spec(patch))).map(({ name }) => name);
        const patched: string[] = patch.map(({ name }) => name);
        const others = there.map(({ name }) => name).filter((name) => !patched.includes(name));
        expect(result.filter((name) => patched.includes(name))).toEqual(patched);
        expect(result.filter((name) => !patched.includes(name))).toEqual(others);
      }),
    );
  });

  it('that deletes all items leaves none', () => {
    fc.assert(
      fc.property(containers, (there) => {
        const patch = there.map(({ name }) => ({ name, $patch: 'delete' }));
        expect(listOf(applyStrategicMergePatch(schema, spec(there), spec(patch)))).toEqual([]);
      }),
    );
  });

  it('never crashes, whatever is sent', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('delete', 'replace', 'merge'));
    const directive = fc.constantFrom(
      '$patch',
      '$retainKeys',
      '$setElementOrder/containers',
      '$deleteFromPrimitiveList/x',
    );
    fc.assert(
      fc.property(containers, directive, value, fc.jsonValue(), (there, name, wanted, list) => {
        try {
          applyStrategicMergePatch(schema, spec(there), {
            spec: { template: { spec: { [name]: wanted, containers: list } } },
          });
        } catch (error) {
          expect(error).toMatchObject({ name: 'StatusError' });
        }
      }),
    );
  });
});
