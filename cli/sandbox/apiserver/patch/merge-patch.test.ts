import { describe, expect, it } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { applyMergePatch } from './merge-patch.ts';

describe('a merge patch', () => {
  it.each([
    // From RFC 7386, appendix A.
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: [1, null] }, { a: [null, { b: null, c: 1 }] }, { a: [null, { c: 1 }] }],
  ])('%j with %j is %j', (object, patch, result) => {
    const before = structuredClone(object);
    expect(applyMergePatch(object, patch)).toEqual(result);
    expect(object).toEqual(before);
  });

  it.each([
    [[], 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['x', 'error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}'],
    [true, 'error decoding patch: json: cannot unmarshal bool into Go value of type map[string]interface {}'],
    [null, 'Invalid JSON Patch'],
  ])('cannot be %j', (patch, message) => {
    expect(() => applyMergePatch({}, patch)).toThrow(StatusError);
    expect(() => applyMergePatch({}, patch)).toThrow(message);
  });

  it('does not reach the prototype', () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
