import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { sameContent } from '../../controller/sync/compare/compare.ts';
import { isJsonObject, placeAt, valueAt } from '../../controller/sync/json/json-pointer.ts';

// Fields of typed objects: here an API server adds defaults. (In maps such as `labels` it never does.)
const field = fc.constantFrom('spec', 'strategy', 'securityContext', 'probe', 'lifecycle', 'rollingUpdate');
const leaf = fc.oneof(fc.constantFrom('x', 'y', 'Always', true), fc.integer({ min: 1, max: 9 }));
const element = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('1', '2') });
const map = fc.dictionary(fc.constantFrom('app', 'tier', 'zone'), fc.constantFrom('', 'x', 'y'), { minKeys: 1 });
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(leaf, { minLength: 1, maxLength: 3 }),
    fc.record({ containers: fc.uniqueArray(element, { selector: (each) => each.name, minLength: 1 }) }),
    fc.record({ labels: map }),
    fc.dictionary(field, tie('value'), { minKeys: 1, maxKeys: 4 }),
  ),
})).value;
const desired = fc
  .record({ spec: fc.dictionary(field, value, { minKeys: 1 }), labels: map })
  .map(({ spec, labels }): KubeObject => ({ kind: 'Thing', metadata: { name: 'x', labels }, spec }));

const MAPS = new Set(['labels']);

/** The object with defaults where it is silent, the way an API server or a controller adds them. */
function withDefaults(object: unknown, additions: readonly unknown[], next = { index: 0 }, name = ''): unknown {
  if (Array.isArray(object)) return object.map((each) => withDefaults(each, additions, next));
  if (!isJsonObject(object) || MAPS.has(name)) return object;
  const members = Object.entries(object).map(([key, each]) => [key, withDefaults(each, additions, next, key)]);
  const added = additions[next.index++ % additions.length];
  return { ...Object.fromEntries(members), ...(name === 'metadata' ? {} : { [`added${next.index}`]: added }) };
}

/** The pointers, as tokens, to everything in the object that has no members or elements of its own. */
function leavesOf(node: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (Array.isArray(node)) return node.flatMap((each, index) => leavesOf(each, [...path, String(index)]));
  if (isJsonObject(node)) return Object.entries(node).flatMap(([key, each]) => leavesOf(each, [...path, key]));
  return [path];
}

describe('comparing the content', () => {
  it('takes nothing that an API server adds for a difference', () => {
    fc.assert(
      fc.property(desired, fc.array(value, { minLength: 1 }), (object, additions) => {
        const observed = { ...(withDefaults(object, additions) as KubeObject), status: { ready: true } };
        expect(sameContent(object, observed)).toEqual({ equal: true, differences: [] });
      }),
    );
  });

  it('takes no other order of keyed elements for a difference', () => {
    fc.assert(
      fc.property(fc.uniqueArray(element, { selector: (each) => each.name }), (containers) => {
        const one = { metadata: {}, spec: { containers } };
        const other = { metadata: {}, spec: { containers: containers.toReversed() } };
        expect(sameContent(one, other).equal).toBe(true);
      }),
    );
  });

  it('finds any single leaf that was changed or taken away', () => {
    fc.assert(
      fc.property(
        desired,
        fc.array(value, { minLength: 1 }),
        fc.nat(),
        fc.boolean(),
        (object, additions, pick, change) => {
          const leaves = leavesOf(object.spec, ['spec']);
          const path = leaves[pick % leaves.length] ?? [];
          const before = valueAt(object, path);
          const observed = withDefaults(object, additions);
          const after = change ? `${before}, changed` : undefined;
          const spoilt = placeAt(observed, path, after) as KubeObject;
          expect(sameContent(object, spoilt).equal).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds any label, key or element too many', () => {
    fc.assert(
      fc.property(desired, fc.nat(), (object, pick) => {
        const containers = pathsTo(object, (each, name) => MAPS.has(name) || Array.isArray(each));
        fc.pre(containers.length > 0);
        const path = containers[pick % containers.length] ?? [];
        const container = valueAt(object, path);
        const extended = Array.isArray(container)
          ? [...container, { name: 'extra', image: '1' }]
          : { ...(container as object), extra: '' };
        expect(sameContent(object, placeAt(object, path, extended) as KubeObject).equal).toBe(false);
      }),
    );
  });
});

function pathsTo(
  node: unknown,
  test: (node: unknown, name: string) => boolean,
  path: readonly string[] = [],
): (readonly string[])[] {
  const own = test(node, path.at(-1) ?? '') ? [path] : [];
  if (Array.isArray(node))
    return [...own, ...node.flatMap((each, index) => pathsTo(each, test, [...path, String(index)]))];
  if (!isJsonObject(node)) return own;
  return [...own, ...Object.entries(node).flatMap(([key, each]) => pathsTo(each, test, [...path, key]))];
}
