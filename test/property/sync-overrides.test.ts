import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { ClusterOverride } from '../../apis/types/v1beta1/federated-object.ts';
import { deepFreeze } from '../../controller/kube/deep-freeze.ts';
import { isJsonObject, parsePointer, pointerOf, valueAt } from '../../controller/sync/json/json-pointer.ts';
import { applyOverrides } from '../../controller/sync/render/overrides.ts';

// Few and short names, so that paths often lead somewhere.
const ordinary = fc.constantFrom('a', 'b', 'c/d', 'e~f', '0', '-', '');
const treacherous = fc.constantFrom('constructor', '__proto__', 'toString', 'length');
const member = fc.oneof(ordinary, treacherous);
const json = jsonWith(member);
const object = objectWith(member);
const token = fc.oneof(member, fc.integer({ min: -3, max: 3 }).map(String));
const path = fc.array(token, { minLength: 1, maxLength: 4 }).map(pointerOf);
const override: fc.Arbitrary<ClusterOverride> = fc.record(
  { op: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const, '' as const), path, value: json },
  { requiredKeys: ['path'] },
);

function jsonWith(names: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 0, 1, 'x', ''),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value'), { maxKeys: 3 }).map(plain),
    ),
  })).value;
}

function objectWith(names: fc.Arbitrary<string>): fc.Arbitrary<KubeObject> {
  return fc
    .dictionary(names, jsonWith(names), { maxKeys: 4 })
    .map((content) => deepFreeze({ ...plain(content), metadata: { name: 'x' } } as KubeObject));
}

/** As JSON.parse makes them: with `Object.prototype`, and `__proto__` as a member like any other. */
function plain(value: unknown): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

describe('overrides', () => {
  it('never change what they are applied to, nor any prototype', () => {
    fc.assert(
      fc.property(object, fc.array(override), (input, overrides) => {
        const before = JSON.stringify(input);
        const prototype = Object.getOwnPropertyNames(Object.prototype).length;
        applyOverrides(input, overrides, 'earth');
        expect(JSON.stringify(input)).toBe(before);
        expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(prototype);
      }),
    );
  });

  it('put the value where the path leads', () => {
    fc.assert(
      fc.property(object, path, json, (input, where, value) => {
        const result = applyOverrides(input, [{ op: 'replace', path: where, value }], 'earth');
        if ('object' in result) expect(valueAt(result.object, parsePointer(where) ?? [])).toEqual(value);
      }),
    );
  });

  it('replace after add as if the last had been added alone', () => {
    fc.assert(
      fc.property(object, path, json, json, (input, where, first, second) => {
        fc.pre(!endsInList(input, where));
        const add = applyOverrides(input, [{ op: 'add', path: where, value: second }], 'earth');
        const both = applyOverrides(
          input,
          [
            { op: 'add', path: where, value: first },
            { op: 'replace', path: where, value: second },
          ],
          'earth',
        );
        expect(both).toEqual(add);
      }),
    );
  });

  it('undo an addition by a removal', () => {
    fc.assert(
      fc.property(object, path, json, (input, where, value) => {
        fc.pre(valueAt(input, parsePointer(where) ?? []) === undefined && !endsInList(input, where));
        const result = applyOverrides(
          input,
          [
            { op: 'add', path: where, value },
            { op: 'remove', path: where },
          ],
          'earth',
        );
        if ('object' in result) expect(result.object).toEqual(input);
      }),
    );
  });

  it('agree with RFC 6902 wherever it applies an operation', () => {
    // Without what KubeFed has beyond the RFC (negative indices), and without what the library drops (`__proto__`).
    const path = fc.array(fc.oneof(ordinary, fc.constantFrom('1', '2')), { minLength: 1, maxLength: 4 }).map(pointerOf);
    const value = jsonWith(ordinary);
    const operation: fc.Arbitrary<Operation> = fc.oneof(
      fc.record({ op: fc.constant('add' as const), path, value }),
      fc.record({ op: fc.constant('replace' as const), path, value }),
      fc.record({ op: fc.constant('remove' as const), path }),
    );
    fc.assert(
      fc.property(objectWith(ordinary), operation, (input, each) => {
        const expected = structuredClone(input);
        const parent = valueAt(input, (parsePointer(each.path) ?? []).slice(0, -1));
        fc.pre(isJsonObject(parent) || (Array.isArray(parent) && /\/(\d+|-)$/.test(each.path)));
        // The library sets a property "-" on the list.
        fc.pre(!(Array.isArray(parent) && each.op === 'replace' && each.path.endsWith('/-')));
        const [error] = applyPatch(expected, [each]);
        const result = applyOverrides(input, [each as ClusterOverride], 'earth');
        if (error === null) expect(result).toEqual({ object: expected });
        else if (each.op !== 'replace' || Array.isArray(parent)) expect(result).toHaveProperty('error');
        else expect(result).toEqual(applyOverrides(input, [{ ...each, op: 'add' }], 'earth'));
      }),
      { numRuns: 1000 },
    );
  });
});

function endsInList(input: unknown, where: string): boolean {
  return Array.isArray(valueAt(input, (parsePointer(where) ?? []).slice(0, -1)));
}
