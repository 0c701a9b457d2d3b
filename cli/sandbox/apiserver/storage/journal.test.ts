import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StorageUnavailable } from './errors.ts';
import { JournalDamaged, openJournal } from './journal.ts';
import { MemoryStorage } from './memory-storage.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

function open(snapshotAfterBytes?: number) {
  const journal = openJournal(directory, snapshotAfterBytes === undefined ? {} : { snapshotAfterBytes });
  const problems: unknown[] = [];
  const storage = new MemoryStorage({ journal, onListenerError: (error) => problems.push(error) });
  return { journal, storage, problems };
}

const state = (storage: MemoryStorage) => storage.list('configmaps').map(({ json }) => json);

describe('Journal', () => {
  it('brings every write back, with its revision, without having been closed', () => {
    const { storage } = open();
    const a = storage.create('configmaps', 'shop', 'a', configMap('a'));
    storage.update(a, configMap('a', { text: 'line\nbreak ü' }));
    storage.delete(storage.create('configmaps', 'shop', 'b', configMap('b')));
    const again = open().storage;
    expect(state(again)).toEqual(state(storage));
    expect(again.revision).toBe(storage.revision);
    expect(again.eventsSince(storage.revision)).toEqual([]);
    expect(again.eventsSince(storage.revision - 1)).toBeUndefined();
  });

  it('cuts off a last line that a crash tore, and goes on', () => {
    const { storage } = open();
    storage.create('configmaps', 'shop', 'a', configMap('a'));
    appendFileSync(join(directory, 'log.jsonl'), '["ADDED",3,"configmaps","sh');
    const second = open().storage;
    expect(state(second)).toEqual(state(storage));
    second.create('configmaps', 'shop', 'b', configMap('b'));
    expect(state(open().storage)).toEqual(state(second));
  });

  it('survives a crash at every byte of the log', () => {
    const { storage } = open();
    const log = join(directory, 'log.jsonl');
    const ends: number[] = [0];
    for (const name of ['a', 'b', 'c']) {
      storage.create('configmaps', 'shop', name, configMap(name));
      ends.push(statSync(log).size);
    }
    const bytes = readFileSync(log);
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(log, bytes.subarray(0, length));
      const { journal, storage: restored } = open();
      expect(restored.list('configmaps')).toHaveLength(ends.filter((end) => end <= length).length - 1);
      journal.close();
    }
  });

  it('says where a log is damaged that is not merely torn', () => {
    const { storage } = open();
    storage.create('configmaps', 'shop', 'a', configMap('a'));
    const log = join(directory, 'log.jsonl');
    writeFileSync(log, `garbage\n${readFileSync(log, 'utf8')}`);
    expect(() => open()).toThrow(JournalDamaged);
    expect(() => open()).toThrow(/log\.jsonl:1 is damaged/);
  });

  it('begins the log anew from a snapshot when it has grown, and needs no more than the two files', () => {
    const { storage } = open(2_000);
    let stored = storage.create('configmaps', 'shop', 'a', configMap('a'));
    for (let round = 0; round < 200; round += 1) {
      stored = storage.update(stored, configMap('a', { round: String(round) }));
      expect(statSync(join(directory, 'log.jsonl')).size).toBeLessThan(2_000);
    }
    const again = open().storage;
    expect(state(again)).toEqual(state(storage));
    expect(again.revision).toBe(storage.revision);
  });

  it('reads no entry twice when a crash left the log beside the snapshot that holds it', () => {
    const { journal, storage } = open();
    const log = join(directory, 'log.jsonl');
    storage.delete(storage.create('configmaps', 'shop', 'a', configMap('a')));
    storage.create('configmaps', 'shop', 'a', configMap('a', { second: 'yes' }));
    const before = readFileSync(log);
    journal.snapshot(storage.list('configmaps'), storage.revision);
    writeFileSync(log, before);
    expect(state(open().storage)).toEqual(state(storage));
  });

  it('makes and tells a write that is in the log although no snapshot can be written', () => {
    const { journal, storage, problems } = open(1);
    mkdirSync(join(directory, 'snapshot.jsonl.new'));
    const told: string[] = [];
    storage.subscribe(({ stored }) => told.push(stored.name));
    storage.create('configmaps', 'shop', 'a', configMap('a'));
    expect(told).toEqual(['a']);
    expect(problems).toHaveLength(1);
    journal.close();
    rmSync(join(directory, 'snapshot.jsonl.new'), { recursive: true });
    expect(state(open().storage)).toEqual(state(storage));
  });

  it('makes no write that it cannot keep', () => {
    const { journal, storage } = open();
    journal.close();
    const revision = storage.revision;
    expect(() => storage.create('configmaps', 'shop', 'a', configMap('a'))).toThrow(StorageUnavailable);
    expect(storage.revision).toBe(revision);
    expect(storage.get('configmaps', 'shop', 'a')).toBeUndefined();
  });
});
