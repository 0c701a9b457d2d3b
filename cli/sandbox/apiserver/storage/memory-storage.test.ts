import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { AlreadyStored, StorageConflict } from './errors.ts';
import { MemoryStorage } from './memory-storage.ts';
import type { StorageEvent } from './storage.ts';

const KEY = 'configmaps';

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

describe('MemoryStorage', () => {
  it('gives every write a revision of its own, and the object its resourceVersion', () => {
    const storage = new MemoryStorage();
    const first = storage.create(KEY, 'shop', 'a', configMap('a'));
    const second = storage.update(first, configMap('a', { x: '1' }));
    expect(second.revision).toBe(first.revision + 1);
    expect(second.object.metadata.resourceVersion).toBe(String(second.revision));
    expect(storage.revision).toBe(second.revision);
    expect(JSON.parse(second.json)).toEqual(second.object);
  });

  it('refuses a second object of that name, and a write on what is not stored any more', () => {
    const storage = new MemoryStorage();
    const first = storage.create(KEY, 'shop', 'a', configMap('a'));
    expect(() => storage.create(KEY, 'shop', 'a', configMap('a'))).toThrow(AlreadyStored);
    const second = storage.update(first, configMap('a'));
    expect(() => storage.update(first, configMap('a'))).toThrow(StorageConflict);
    expect(() => storage.delete(first)).toThrow(StorageConflict);
    storage.delete(second);
    expect(() => storage.update(second, configMap('a'))).toThrow(StorageConflict);
    expect(storage.get(KEY, 'shop', 'a')).toBeUndefined();
  });

  it('lists in the order of keys as etcd does, also what came later, and only the namespace asked for', () => {
    const storage = new MemoryStorage();
    const put = (namespace: string, name: string) => storage.create(KEY, namespace, name, configMap(name));
    const names = () => storage.list(KEY).map(({ namespace, name }) => `${namespace}/${name}`);
    put('b', 'x');
    put('a', 'z');
    expect(names()).toEqual(['a/z', 'b/x']);
    put('a', 'b');
    put('a-b', 'c');
    expect(names()).toEqual(['a-b/c', 'a/b', 'a/z', 'b/x']);
    expect(storage.list(KEY, 'a').map(({ name }) => name)).toEqual(['b', 'z']);
    expect(storage.list('pods', 'a')).toEqual([]);
  });

  it('tells everybody the same order, also when a listener writes', () => {
    const storage = new MemoryStorage();
    const seen: string[][] = [[], []];
    const note = (at: number) => (event: StorageEvent) => seen[at]?.push(`${event.type} ${event.stored.name}`);
    storage.subscribe((event) => {
      if (event.stored.name === 'a' && event.type === 'ADDED') storage.create(KEY, 'shop', 'b', configMap('b'));
    });
    storage.subscribe(note(0));
    const stop = storage.subscribe(note(1));
    storage.delete(storage.create(KEY, 'shop', 'a', configMap('a')));
    stop();
    storage.create(KEY, 'shop', 'c', configMap('c'));
    expect(seen[0]).toEqual(['ADDED a', 'ADDED b', 'DELETED a', 'ADDED c']);
    expect(seen[1]).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
  });

  it('keeps a write that a listener fails on, and tells the others', () => {
    const errors: unknown[] = [];
    const storage = new MemoryStorage({ onListenerError: (error) => errors.push(error) });
    const seen: string[] = [];
    storage.subscribe(() => {
      throw new Error('broken');
    });
    storage.subscribe(({ stored }) => seen.push(stored.name));
    storage.create(KEY, 'shop', 'a', configMap('a'));
    storage.create(KEY, 'shop', 'b', configMap('b'));
    expect(seen).toEqual(['a', 'b']);
    expect(errors).toHaveLength(2);
  });

  it('keeps as many events as it was told to, and says when older ones are asked for', () => {
    const storage = new MemoryStorage({ watchHistory: 3 });
    const start = storage.revision;
    for (const name of ['a', 'b', 'c', 'd', 'e']) storage.create(KEY, 'shop', name, configMap(name));
    expect(storage.eventsSince(start)).toBeUndefined();
    expect(storage.eventsSince(start + 1)).toBeUndefined();
    expect(storage.eventsSince(start + 2)?.map(({ stored }) => stored.name)).toEqual(['c', 'd', 'e']);
    expect(storage.eventsSince(start + 4)?.map(({ stored }) => stored.name)).toEqual(['e']);
    expect(storage.eventsSince(start + 5)).toEqual([]);
    expect(storage.eventsSince(start + 500)).toEqual([]);
    storage.compact();
    expect(storage.eventsSince(start + 4)).toBeUndefined();
    expect(storage.eventsSince(storage.revision)).toEqual([]);
  });

  it('shows the last state of what was deleted, with the revision of the deletion', () => {
    const storage = new MemoryStorage();
    const stored = storage.create(KEY, 'shop', 'a', configMap('a', { x: '1' }));
    const deleted = storage.delete(stored);
    expect(deleted.object).toMatchObject({ data: { x: '1' }, metadata: { resourceVersion: String(storage.revision) } });
    expect(storage.eventsSince(stored.revision)?.[0]).toMatchObject({ type: 'DELETED', previous: stored });
  });

  it('shares what all servers start with', () => {
    const model = new MemoryStorage();
    const initial = [model.create(KEY, 'shop', 'a', configMap('a'))];
    const storage = new MemoryStorage({ initial });
    expect(storage.get(KEY, 'shop', 'a')).toBe(initial[0]);
    expect(storage.revision).toBe(initial[0]?.revision);
  });
});
