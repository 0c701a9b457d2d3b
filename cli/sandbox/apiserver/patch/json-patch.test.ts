import { describe, expect, it } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { applyJsonPatch } from './json-patch.ts';

const object = { metadata: { labels: { 'a/b': '1', 'c~d': '2' } }, spec: { list: [1, 2, 3], nothing: null } };

function answer(operations: unknown): unknown {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (error instanceof StatusError) return [error.code, error.message];
    throw error;
  }
}

const REFUSED = [422, 'the server rejected our request due to an error in our request'];

describe('a JSON patch', () => {
  it('adds, removes, replaces, moves, copies and tests', () => {
    const result = applyJsonPatch(object, [
      { op: 'test', path: '/spec/list/0', value: 1 },
      { op: 'add', path: '/spec/list/1', value: 9 },
      { op: 'add', path: '/spec/list/-', value: 8 },
      { op: 'remove', path: '/spec/list/0' },
      { op: 'move', from: '/metadata/labels/a~1b', path: '/metadata/labels/moved' },
      { op: 'copy', from: '/spec/list', path: '/spec/copy' },
      { op: 'replace', path: '/spec/copy/0', value: { x: 1 } },
      { op: 'remove', path: '/metadata/labels/c~0d' },
    ]);
    expect(result).toEqual({
      metadata: { labels: { moved: '1' } },
      spec: { list: [9, 2, 3, 8], copy: [{ x: 1 }, 2, 3, 8], nothing: null },
    });
  });

  it('leaves the object as it is, and copies only where it writes', () => {
    const before = structuredClone(object);
    const result = applyJsonPatch(object, [{ op: 'add', path: '/spec/list/-', value: 4 }]);
    expect(object).toEqual(before);
    expect(result.metadata).toBe(object.metadata);
  });

  it('never changes its own values by later operations', () => {
    const operations = [
      { op: 'add', path: '/spec/new', value: { a: 1 } },
      { op: 'add', path: '/spec/new/b', value: 2 },
      { op: 'copy', from: '/spec/new', path: '/spec/other' },
      { op: 'add', path: '/spec/other/c', value: 3 },
    ];
    expect(applyJsonPatch(object, operations).spec).toMatchObject({ new: { a: 1, b: 2 }, other: { a: 1, b: 2, c: 3 } });
    expect(operations[0]).toEqual({ op: 'add', path: '/spec/new', value: { a: 1 } });
  });

  it('takes what Kubernetes takes beyond the RFC', () => {
    expect(answer([{ op: 'replace', path: '/spec/missing', value: 1 }])).toMatchObject({ spec: { missing: 1 } });
    expect(answer([{ op: 'remove', path: '/spec/list/-1' }])).toMatchObject({ spec: { list: [1, 2] } });
    expect(answer([{ op: 'test', path: '/spec/missing' }])).toEqual(object);
    expect(answer([{ op: 'add', path: '/spec/empty' }])).toMatchObject({ spec: { empty: null } });
    expect(answer(null)).toEqual(object);
  });

  it.each([
    ['a failed test', { op: 'test', path: '/spec/list/0', value: 2 }],
    ['a path through nothing', { op: 'add', path: '/spec/a/b', value: 1 }],
    ['a path through null', { op: 'add', path: '/spec/nothing/b', value: 1 }],
    ['a path through a scalar', { op: 'add', path: '/spec/list/0/b', value: 1 }],
    ['a missing key', { op: 'remove', path: '/spec/missing' }],
    ['an index beyond the end', { op: 'replace', path: '/spec/list/3', value: 1 }],
    ['an index too far before the start', { op: 'remove', path: '/spec/list/-4' }],
    ['no index', { op: 'add', path: '/spec/list/x', value: 1 }],
    ['an unknown operation', { op: 'merge', path: '/spec' }],
    ['no operation', {}],
    ['no path', { op: 'add', value: 1 }],
    ['the whole object', { op: 'remove', path: '' }],
    ['what is inherited', { op: 'add', path: '/constructor/x', value: 1 }],
  ])('refuses %s with 422', (_, operation) => {
    expect(answer([operation])).toEqual(REFUSED);
  });

  it('treats __proto__ as a key like any other', () => {
    const operations: unknown = JSON.parse('[{"op":"add","path":"/spec/__proto__","value":{"polluted":true}}]');
    const result = applyJsonPatch(object, operations) as { spec: object };
    expect(JSON.stringify(result.spec)).toContain('"__proto__":{"polluted":true}');
    expect('polluted' in result.spec).toBe(false);
  });

  it('is unreadable (400) unless it is a list of operations', () => {
    expect(answer({ op: 'add' })).toEqual([
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ]);
    expect(answer([{ op: 1, path: '/a' }])).toEqual([
      400,
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    ]);
    expect(answer(['x'])).toEqual([
      400,
      'error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp',
    ]);
  });

  it('has at most 10,000 operations', () => {
    const test = { op: 'test', path: '/spec/list/0', value: 1 };
    expect(answer(Array.from({ length: 10_000 }, () => test))).toEqual(object);
    expect(answer(Array.from({ length: 10_001 }, () => test))).toEqual([
      413,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ]);
  });
});
