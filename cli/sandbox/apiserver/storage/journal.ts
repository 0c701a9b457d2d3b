import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { StorageUnavailable } from './errors.ts';
import { ObjectTable } from './object-table.ts';
import type { StorageEvent, Stored } from './storage.ts';
import { StoredObject } from './stored-object.ts';

/** A journal whose files cannot be what this server wrote: nothing is guessed. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
}

interface Restored {
  readonly revision: number;
  readonly objects: readonly Stored[];
}

/** A line of the log, and without the type one of the snapshot. */
type Entry = readonly [
  type: string,
  revision: number,
  storageKey: string,
  namespace: string,
  name: string,
  object: KubeObject | null,
];

const FORMAT = 'fedmesh-snapshot/1';
const SNAPSHOT_AFTER_BYTES = 8 * 1024 * 1024;

/**
 * Every write on disk before it counts: `log.jsonl` takes a line per write, synced before the write returns, and
 * `snapshot.jsonl` holds the state from which the log goes on. A crash leaves at most a torn last line, which was never
 * acknowledged and is cut off.
 */
export class Journal {
  /** What the files held; `undefined` for a new directory. */
  readonly restored: Restored | undefined;
  readonly #directory: string;
  readonly #log: number;
  #logBytes: number;
  #snapshotAt: number;
  #broken: Error | undefined;
  #closed = false;

  /** Use {@link openJournal}. */
  constructor(
    directory: string,
    log: number,
    logBytes: number,
    restored: Restored | undefined,
    snapshotAfterBytes: number,
  ) {
    this.#directory = directory;
    this.#log = log;
    this.#logBytes = logBytes;
    this.#snapshotAt = snapshotAfterBytes;
    this.restored = restored;
  }

  /** The state that a new directory starts from. */
  begin(objects: Iterable<Stored>, revision: number): void {
    this.snapshot(objects, revision);
  }

  /** @throws StorageUnavailable: the write is not kept and must not be made. */
  append({ type, revision, stored }: StorageEvent): void {
    if (this.#broken !== undefined || this.#closed)
      throw unavailable(this.#broken ?? new Error('the journal is closed'));
    const head = JSON.stringify([type, revision, stored.storageKey, stored.namespace, stored.name]);
    const line = `${head.slice(0, -1)},${type === 'DELETED' ? 'null' : stored.json}]\n`;
    try {
      this.#logBytes += writeAll(this.#log, line, this.#logBytes);
    } catch (error) {
      this.#cutTo(this.#logBytes);
      throw unavailable(error);
    }
    try {
      fdatasyncSync(this.#log);
    } catch (error) {
      // What a failed sync left on disk is unknown, and a second one would succeed without having written it.
      this.#broken = asError(error);
      throw unavailable(error);
    }
  }

  get wantsSnapshot(): boolean {
    return this.#logBytes >= this.#snapshotAt;
  }

  /** Writes the whole state and begins the log anew. A crash at any point leaves one of the two states, both right. */
  snapshot(objects: Iterable<Stored>, revision: number): void {
    const temporary = join(this.#directory, 'snapshot.jsonl.new');
    const file = openSync(temporary, 'w', 0o600);
    let bytes = 0;
    try {
      bytes += writeAll(file, `${JSON.stringify({ format: FORMAT, revision })}\n`, bytes);
      for (const { storageKey, namespace, name, json, revision: own } of objects) {
        const head = JSON.stringify([own, storageKey, namespace, name]);
        bytes += writeAll(file, `${head.slice(0, -1)},${json}]\n`, bytes);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, join(this.#directory, 'snapshot.jsonl'));
    syncDirectory(this.#directory);
    // Entries that the snapshot holds already are skipped when read: a crash before this line does no harm.
    ftruncateSync(this.#log, 0);
    this.#logBytes = 0;
    this.#snapshotAt = Math.max(this.#snapshotAt, 2 * bytes);
  }

  /** After one that failed: the log goes on growing, and the next try is a while away. */
  postponeSnapshot(): void {
    this.#snapshotAt = 2 * this.#logBytes;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#log);
  }

  #cutTo(length: number): void {
    try {
      ftruncateSync(this.#log, length);
    } catch (error) {
      this.#broken = asError(error);
    }
  }
}

/**
 * Opens or makes the journal in `directory`, which one server at a time may use.
 * @throws JournalDamaged
 */
export function openJournal(directory: string, options: { readonly snapshotAfterBytes?: number } = {}): Journal {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const objects = new Map<string, Stored>();
  const snapshotFile = join(directory, 'snapshot.jsonl');
  const logFile = join(directory, 'log.jsonl');
  const isNew = !existsSync(snapshotFile);
  let revision = isNew ? 0 : readSnapshot(snapshotFile, objects);
  const log = openSync(logFile, 'a+', 0o600);
  try {
    syncDirectory(directory);
    const { size } = fstatSync(log);
    let kept = 0;
    if (!isNew) [revision, kept] = replay(logFile, revision, objects);
    // What a new directory's log holds was never acknowledged: the first snapshot had not been written.
    if (kept < size) ftruncateSync(log, kept);
    const restored = isNew ? undefined : { revision, objects: [...objects.values()] };
    return new Journal(directory, log, kept, restored, options.snapshotAfterBytes ?? SNAPSHOT_AFTER_BYTES);
  } catch (error) {
    closeSync(log);
    throw error;
  }
}

function readSnapshot(path: string, objects: Map<string, Stored>): number {
  const lines = readFileSync(path, 'utf8').split('\n');
  const header = parsed<{ format?: string; revision?: number }>(lines[0] ?? '', path, 1);
  if (header.format !== FORMAT || header.revision === undefined) {
    throw new JournalDamaged(`${path} is not a snapshot of this version (${FORMAT})`);
  }
  lines.slice(1, -1).forEach((line, index) => {
    const [revision, storageKey, namespace, name, object] = parsed<[number, string, string, string, KubeObject]>(
      line,
      path,
      index + 2,
    );
    put(objects, new StoredObject(storageKey, namespace, name, object, revision));
  });
  return header.revision;
}

/** Returns the latest revision and how many bytes of the log are good. */
function replay(path: string, from: number, objects: Map<string, Stored>): [revision: number, bytes: number] {
  const lines = readFileSync(path, 'utf8').split('\n');
  // The part after the last newline: empty, or torn.
  lines.pop();
  let revision = from;
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    const [type, own, storageKey, namespace, name, object] = parsed<Entry>(line, path, index + 1);
    bytes += Buffer.byteLength(line) + 1;
    if (own <= from) continue;
    revision = own;
    if (type === 'DELETED' || object === null) objects.delete(mapKey(storageKey, namespace, name));
    else put(objects, new StoredObject(storageKey, namespace, name, object, own));
  }
  return [revision, bytes];
}

function put(objects: Map<string, Stored>, stored: Stored): void {
  objects.set(mapKey(stored.storageKey, stored.namespace, stored.name), stored);
}

function mapKey(storageKey: string, namespace: string, name: string): string {
  return `${storageKey}/${ObjectTable.key(namespace, name)}`;
}

function parsed<T>(line: string, path: string, number: number): T {
  try {
    return JSON.parse(line) as T;
  } catch (error) {
    throw new JournalDamaged(`${path}:${number} is damaged: ${asError(error).message}`, { cause: error });
  }
}

/** A short write is finished here. Returns the bytes written. */
function writeAll(file: number, text: string, position: number): number {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
  return bytes.length;
}

/** A new name is safe once its directory is. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function unavailable(cause: unknown): StorageUnavailable {
  return new StorageUnavailable(`the write cannot be kept: ${asError(cause).message}`, { cause });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
