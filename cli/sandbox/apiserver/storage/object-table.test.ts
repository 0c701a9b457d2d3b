import { describe, expect, test } from 'vitest';
import { ObjectTable } from './object-table.ts';
import { StoredObject } from './stored-object.ts';

function object(name: string, namespace = 'default'): StoredObject {
  return new StoredObject('configmaps', namespace, name, { metadata: { name, namespace } }, 1);
}

function namesIn(table: ObjectTable, namespace?: string): string[] {
  return table.list(namespace).map(({ name }) => name);
}

describe('a list is in the order of etcd', () => {
  test.each([3, 50])('however many objects (%i) came since the last one', (count) => {
    const table = new ObjectTable();
    const names = Array.from({ length: count }, (_, n) => `map-${n}`);
    for (const name of names.toReversed()) table.put(object(name));
    expect(namesIn(table)).toEqual(names.toSorted());
    for (const name of names) table.put(object(`${name}-more`));
    expect(namesIn(table)).toEqual([...names, ...names.map((name) => `${name}-more`)].sort());
  });

  test('when objects come, change and go between two lists', () => {
    const table = new ObjectTable();
    const [a, b, c] = [object('a'), object('b'), object('c')];
    for (const each of [c, a, b, b]) table.put(each);
    table.remove(b);
    expect(namesIn(table)).toEqual(['a', 'c']);
    table.put(b);
    table.remove(a);
    table.remove(a);
    expect(namesIn(table)).toEqual(['b', 'c']);
  });

  test('and holds one namespace when one is asked for', () => {
    const table = new ObjectTable();
    for (const namespace of ['b', 'a', 'ab']) for (const name of ['y', 'x']) table.put(object(name, namespace));
    expect(namesIn(table, 'a')).toEqual(['x', 'y']);
    expect(table.list(undefined).map(({ namespace }) => namespace)).toEqual(['a', 'a', 'ab', 'ab', 'b', 'b']);
  });
});
