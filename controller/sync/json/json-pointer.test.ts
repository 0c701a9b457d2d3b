import { describe, expect, it } from 'vitest';
import { parsePointer, placeAt, pointerOf, valueAt, withMember } from './json-pointer.ts';

describe('JSON pointers', () => {
  it.each([
    ['', []],
    ['/', ['']],
    ['/spec/replicas', ['spec', 'replicas']],
    ['/metadata/annotations/a.io~1b~0c', ['metadata', 'annotations', 'a.io/b~c']],
    ['/~01', ['~1']],
  ])('reads %j and writes it back', (pointer, tokens) => {
    expect(parsePointer(pointer)).toEqual(tokens);
    expect(pointerOf(tokens)).toBe(pointer);
  });

  it.each(['spec/replicas', 'spec', '/a~', '/a~2'])('takes %j for no pointer', (pointer) => {
    expect(parsePointer(pointer)).toBeUndefined();
  });

  it.each([
    ['/spec/ports/1/port', 443],
    ['/spec/ports/-1/port', 443],
    ['/spec/ports/-3', undefined],
    ['/spec/ports/2', undefined],
    ['/spec/ports/-', undefined],
    ['/spec/ports/length', undefined],
    ['/spec/constructor', undefined],
    ['/__proto__', undefined],
    ['/spec/name/0', undefined],
  ])('finds %s', (pointer, value) => {
    const object = { spec: { ports: [{ port: 80 }, { port: 443 }], name: 'web' } };
    expect(valueAt(object, parsePointer(pointer) ?? [])).toBe(value);
  });

  it.each([
    ['makes the objects on its way', { a: 1 }, ['b', 'c'], 2, { a: 1, b: { c: 2 } }],
    ['replaces what is there', { a: { b: 1, c: 2 } }, ['a', 'b'], 3, { a: { b: 3, c: 2 } }],
    ['takes away', { a: { b: 1, c: 2 } }, ['a', 'b'], undefined, { a: { c: 2 } }],
    ['takes nothing away where there is nothing', { a: 1 }, ['b', 'c'], undefined, { a: 1 }],
    ['reaches into lists', { a: [{ b: 1 }, { b: 2 }] }, ['a', '1', 'b'], 3, { a: [{ b: 1 }, { b: 3 }] }],
    ['takes an element away', { a: [1, 2, 3] }, ['a', '1'], undefined, { a: [1, 3] }],
    ['adds no element to a list', { a: [1] }, ['a', '4'], 2, { a: [1] }],
  ])('%s', (_what, object, tokens, value, expected) => {
    const before = structuredClone(object);
    expect(placeAt(object, tokens, value)).toEqual(expected);
    expect(object).toEqual(before);
  });

  it('shares what it does not change', () => {
    const object = { spec: { a: {} }, data: {} };
    const changed = placeAt(object, ['spec', 'b'], 1) as typeof object;
    expect(changed.data).toBe(object.data);
    expect(changed.spec.a).toBe(object.spec.a);
  });

  it('makes __proto__ a member like any other', () => {
    const object = withMember({}, '__proto__', { polluted: true });
    expect(Object.keys(object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(JSON.stringify(placeAt({}, ['__proto__', 'polluted'], true))).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
