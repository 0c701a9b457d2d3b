import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { FakeClock } from '../time/testing/fake-clock.ts';
import { Store, type StoreEvent, type StoreOptions } from './store.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

function configMap(name: string, resourceVersion: string, fields: Partial<ConfigMap> = {}, uid = `uid-${name}`) {
  const { metadata, ...rest } = fields;
  const object: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid, resourceVersion, ...metadata },
    ...rest,
  };
  return object;
}

function storeWithLog(options: StoreOptions<ConfigMap> = {}) {
  const clock = new FakeClock();
  const store = new Store<ConfigMap>({ clock, ...options });
  const events: string[] = [];
  const record = (event: StoreEvent<ConfigMap>) => {
    const previous = event.previous === undefined ? '' : ` after ${event.previous.metadata.resourceVersion}`;
    events.push(`${event.type} ${event.key} ${event.object.metadata.resourceVersion}${previous}`);
  };
  store.subscribe(record);
  const take = () => events.splice(0);
  const version = (name: string) => store.get(`default/${name}`)?.metadata.resourceVersion;
  return { store, clock, take, version };
}

describe('what list and watch show', () => {
  it('is told as added, updated and deleted, each with what was there before', () => {
    const { store, take } = storeWithLog();
    store.upsert(configMap('a', '1'));
    store.upsert(configMap('a', '2'));
    store.remove(configMap('a', '3'));
    expect(take()).toEqual(['added default/a 1', 'updated default/a 2 after 1', 'deleted default/a 2 after 2']);
    expect(store.size).toBe(0);
  });

  it('a list tells only what differs from what is held', () => {
    const { store, take } = storeWithLog();
    store.replace([configMap('same', '1'), configMap('changed', '2'), configMap('gone', '3')]);
    take();
    store.replace([configMap('same', '1'), configMap('changed', '4'), configMap('new', '5')]);
    expect(take()).toEqual([
      'updated default/changed 4 after 2',
      'added default/new 5',
      'deleted default/gone 3 after 3',
    ]);
    expect([...store.keys()]).toEqual(['default/same', 'default/changed', 'default/new']);
  });

  it('an object made anew under an old name is an update even if its version looks the same', () => {
    const { store, take } = storeWithLog();
    store.replace([configMap('a', '1', {}, 'first')]);
    take();
    store.replace([configMap('a', '1', {}, 'second')]);
    expect(take()).toEqual(['updated default/a 1 after 1']);
  });

  it('cannot be changed by whoever reads it', () => {
    const { store } = storeWithLog();
    store.upsert(configMap('a', '1', { data: { color: 'red' } }));
    const data = store.get('default/a')?.data as Record<string, string>;
    expect(() => {
      data.color = 'blue';
    }).toThrow(TypeError);
  });

  it('keeps fields that nobody knows and drops managedFields, also under a transform', () => {
    const { store } = storeWithLog({ transform: ({ data: _, ...object }) => object });
    const fields = { metadata: { managedFields: [{ manager: 'kubectl' }] }, data: { big: 'x' }, future: { deep: [1] } };
    store.upsert(configMap('a', '1', fields));
    expect(store.get('default/a')).toEqual({ ...configMap('a', '1'), future: { deep: [1] } });
  });

  it('is found by index, and no longer once the value has changed', () => {
    const { store } = storeWithLog({ indexes: { color: (object) => (object.data?.color ?? '').split(',') } });
    store.replace([
      configMap('a', '1', { data: { color: 'red,green' } }),
      configMap('b', '2', { data: { color: 'red' } }),
      configMap('c', '3', { data: { color: 'red' } }),
    ]);
    const names = (color: string) => store.byIndex('color', color).map((object) => object.metadata.name);
    expect(names('red')).toEqual(['a', 'b', 'c']);
    store.upsert(configMap('a', '4', { data: { color: 'green' } }));
    store.remove(configMap('b', '5'));
    expect([names('red'), names('green'), names('blue')]).toEqual([['c'], ['a'], []]);
    expect(() => store.byIndex('size', 'xl')).toThrow('no index "size"');
  });

  it('goes to the other listeners when one throws', () => {
    const logged: unknown[] = [];
    const log = { error: (fields: unknown) => logged.push(fields) } as unknown as NonNullable<
      StoreOptions<ConfigMap>['log']
    >;
    const store = new Store<ConfigMap>({ log });
    const seen: string[] = [];
    store.subscribe(() => {
      throw new Error('broken listener');
    });
    const unsubscribe = store.subscribe((event) => seen.push(event.key));
    store.upsert(configMap('a', '1'));
    unsubscribe();
    store.upsert(configMap('a', '2'));
    expect(seen).toEqual(['default/a']);
    expect(logged).toHaveLength(2);
    expect(logged[0]).toMatchObject({ key: 'default/a', err: { message: 'broken listener' } });
  });
});

describe('waitForSync', () => {
  it('resolves with the first whole list, even an empty one, and at once ever after', async () => {
    const { store } = storeWithLog();
    const waiting = store.waitForSync(new AbortController().signal);
    expect(store.synced).toBe(false);
    store.replace([]);
    await waiting;
    await store.waitForSync(new AbortController().signal);
    expect(store.synced).toBe(true);
  });

  it('rejects with the reason when it is given up', async () => {
    const { store } = storeWithLog();
    const giveUp = new AbortController();
    const waiting = store.waitForSync(giveUp.signal);
    giveUp.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(store.waitForSync(giveUp.signal)).rejects.toThrow('stopping');
  });
});

describe('own writes', () => {
  it('show at once, in get, values and byIndex, and their echo is no event', () => {
    const { store, take, version, clock } = storeWithLog({ indexes: { color: ({ data }) => [data?.color ?? ''] } });
    store.upsert(configMap('a', '1', { data: { color: 'red' } }));
    take();
    store.noteWrite(configMap('a', '2', { data: { color: 'blue' } }));
    store.noteWrite(configMap('b', '3', { data: { color: 'blue' } }));
    expect(store.byIndex('color', 'red')).toEqual([]);
    expect(store.byIndex('color', 'blue').map((object) => object.metadata.name)).toEqual(['a', 'b']);
    expect([...store.values()].map((object) => object.metadata.resourceVersion)).toEqual(['2', '3']);
    store.upsert(configMap('a', '2', { data: { color: 'blue' } }));
    store.upsert(configMap('b', '3', { data: { color: 'blue' } }));
    clock.advance(10_000);
    expect(take()).toEqual([]);
    expect([version('a'), version('b')]).toEqual(['2', '3']);
  });

  it('are not hidden by older events still under way, and those are told with the echo', () => {
    const { store, take, version } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    store.noteWrite(configMap('a', '3'));
    store.upsert(configMap('a', '2'));
    expect(version('a')).toBe('3');
    expect(take()).toEqual([]);
    store.upsert(configMap('a', '3'));
    expect(take()).toEqual(['updated default/a 3 after 1']);
  });

  it('two in a row: the echo of the first is no news', () => {
    const { store, take, version } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    store.noteWrite(configMap('a', '2'));
    store.noteWrite(configMap('a', '3'));
    store.upsert(configMap('a', '2'));
    expect(version('a')).toBe('3');
    store.upsert(configMap('a', '3'));
    store.upsert(configMap('a', '4'));
    expect(take()).toEqual(['updated default/a 4 after 3']);
  });

  it('whose answer comes after their echo, and after newer events, hide nothing', () => {
    const { store, take, version } = storeWithLog();
    for (const resourceVersion of ['1', '2', '3', '4']) store.upsert(configMap('a', resourceVersion));
    take();
    store.noteWrite(configMap('a', '2'));
    expect(version('a')).toBe('4');
    store.remove(configMap('a', '5'));
    store.noteWrite(configMap('a', '4'));
    expect(store.has('default/a')).toBe(false);
  });

  it('known to be older by generation or deletion hide nothing', () => {
    const { store, version } = storeWithLog();
    store.replace([
      configMap('a', '9', { metadata: { generation: 3 } }),
      configMap('b', '9', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    ]);
    store.noteWrite(configMap('a', '8', { metadata: { generation: 2 } }));
    store.noteWrite(configMap('b', '8'));
    expect([version('a'), version('b')]).toEqual(['9', '9']);
  });

  it('end with the deletion of what they wrote', () => {
    const { store, take } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    store.noteWrite(configMap('a', '2'));
    store.remove(configMap('a', '3'));
    expect(take()).toEqual(['deleted default/a 2 after 2']);
    expect(store.has('default/a')).toBe(false);
  });

  it('outlive the deletion of the object that bore the name before', () => {
    const { store, take, version } = storeWithLog();
    store.upsert(configMap('a', '1', {}, 'old'));
    take();
    store.noteWrite(configMap('a', '3', {}, 'new'));
    store.remove(configMap('a', '2', {}, 'old'));
    expect(version('a')).toBe('3');
    store.upsert(configMap('a', '3', {}, 'new'));
    expect(take()).toEqual(['updated default/a 3 after 1']);
  });

  it('give way to a list that began after them, not to one that began before', () => {
    const { store, take, version } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    const early = store.beginReplace();
    store.noteWrite(configMap('a', '2'));
    store.noteWrite(configMap('b', '3'));
    store.replace([configMap('a', '1')], early);
    expect([version('a'), version('b')]).toEqual(['2', '3']);
    expect(take()).toEqual([]);
    const late = store.beginReplace();
    store.replace([configMap('a', '4')], late);
    expect(take()).toEqual(['updated default/a 4 after 1', 'deleted default/b 3 after 3']);
  });

  it('that no watch confirms give way to what it showed after five seconds', () => {
    const { store, clock, take, version } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    store.noteWrite(configMap('a', '2'));
    clock.advance(3_000);
    store.noteWrite(configMap('b', '3'));
    store.upsert(configMap('a', '7'));
    clock.advance(1_999);
    expect(version('a')).toBe('2');
    clock.advance(1);
    expect(take()).toEqual(['updated default/a 7 after 1']);
    clock.advance(3_000);
    expect(take()).toEqual(['deleted default/b 3 after 3']);
    expect(clock.pending).toBe(0);
  });
});

describe('own deletions', () => {
  it('show at once and are no event, however often the watch showed the object meanwhile', () => {
    const { store, take } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    store.noteDelete('default/a', 'uid-a');
    store.upsert(configMap('a', '2'));
    expect(store.has('default/a')).toBe(false);
    expect(store.size).toBe(0);
    store.remove(configMap('a', '3'));
    expect(take()).toEqual([]);
  });

  it('do not hide the next object of that name', () => {
    const { store, take, version } = storeWithLog();
    store.upsert(configMap('a', '1', {}, 'old'));
    take();
    store.noteDelete('default/a', 'old');
    store.upsert(configMap('a', '3', {}, 'new'));
    expect(version('a')).toBe('3');
    expect(take()).toEqual(['added default/a 3']);
    store.noteDelete('default/a', 'old');
    expect(version('a')).toBe('3');
  });

  it('followed by an own creation show the new object, and neither echo is an event', () => {
    const { store, take, version } = storeWithLog();
    store.upsert(configMap('a', '1', {}, 'old'));
    take();
    store.noteDelete('default/a', 'old');
    store.noteWrite(configMap('a', '3', {}, 'new'));
    store.remove(configMap('a', '2', {}, 'old'));
    expect(version('a')).toBe('3');
    store.upsert(configMap('a', '3', {}, 'new'));
    expect(take()).toEqual([]);
  });

  it('that did not happen are taken back after five seconds', () => {
    const { store, take, clock } = storeWithLog();
    store.upsert(configMap('a', '1'));
    take();
    store.noteDelete('default/a', 'uid-a');
    clock.advance(5_000);
    expect(take()).toEqual(['added default/a 1']);
  });
});
