import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { AlreadyStored, StorageConflict } from './errors.ts';
import { EventRing } from './event-ring.ts';
import type { Journal } from './journal.ts';
import { ObjectTable } from './object-table.ts';
import type { Storage, StorageEvent, Stored } from './storage.ts';
import { StoredObject, withRevision } from './stored-object.ts';

export interface MemoryStorageOptions {
  /** Events kept for watches that come back and for the pages of a list. Default 1,000. */
  readonly watchHistory?: number;
  /**
   * What is there from the start, shared with whoever else holds it: thousands of servers begin with the same objects.
   * Ignored when the journal brings a state of its own.
   */
  readonly initial?: readonly Stored[];
  /** Keeps every write; what it held is there again. */
  readonly journal?: Journal;
  /** A listener threw, or a snapshot failed: the write stands, and the other listeners are told. Default: a warning of the process. */
  readonly onListenerError?: (error: unknown) => void;
}

const FIRST_REVISION = 1;
const DEFAULT_HISTORY = 1_000;

/** {@link Storage} in the memory of this process. */
export class MemoryStorage implements Storage {
  readonly #tables = new Map<string, ObjectTable>();
  readonly #listeners = new Set<(event: StorageEvent) => void>();
  readonly #history: EventRing;
  readonly #journal: Journal | undefined;
  readonly #onListenerError: (error: unknown) => void;
  /** Events that some listener has not been told yet. */
  readonly #untold: StorageEvent[] = [];
  #telling = false;
  #revision = FIRST_REVISION;

  constructor(options: MemoryStorageOptions = {}) {
    this.#journal = options.journal;
    this.#onListenerError = options.onListenerError ?? warn;
    const restored = options.journal?.restored;
    for (const stored of restored?.objects ?? options.initial ?? []) {
      this.#table(stored.storageKey).put(stored);
      if (stored.revision > this.#revision) this.#revision = stored.revision;
    }
    if (restored !== undefined) this.#revision = Math.max(this.#revision, restored.revision);
    else if (options.journal !== undefined) options.journal.begin(options.initial ?? [], this.#revision);
    this.#history = new EventRing(options.watchHistory ?? DEFAULT_HISTORY, this.#revision);
  }

  get revision(): number {
    return this.#revision;
  }

  get(storageKey: string, namespace: string, name: string): Stored | undefined {
    return this.#tables.get(storageKey)?.get(namespace, name);
  }

  list(storageKey: string, namespace?: string): readonly Stored[] {
    return this.#tables.get(storageKey)?.list(namespace) ?? [];
  }

  create(storageKey: string, namespace: string, name: string, object: KubeObject): Stored {
    const table = this.#table(storageKey);
    if (table.get(namespace, name) !== undefined) {
      throw new AlreadyStored(`${storageKey} ${ObjectTable.key(namespace, name)} is stored already`);
    }
    const revision = this.#revision + 1;
    const stored = new StoredObject(storageKey, namespace, name, withRevision(object, revision), revision);
    this.#commit({ type: 'ADDED', revision, stored, previous: undefined });
    return stored;
  }

  update(expected: Stored, object: KubeObject): Stored {
    this.#expect(expected);
    const { storageKey, namespace, name } = expected;
    const revision = this.#revision + 1;
    const stored = new StoredObject(storageKey, namespace, name, withRevision(object, revision), revision);
    this.#commit({ type: 'MODIFIED', revision, stored, previous: expected });
    return stored;
  }

  delete(expected: Stored, last?: KubeObject): Stored {
    this.#expect(expected);
    const { storageKey, namespace, name, object } = expected;
    const revision = this.#revision + 1;
    const stored = new StoredObject(storageKey, namespace, name, withRevision(last ?? object, revision), revision);
    this.#commit({ type: 'DELETED', revision, stored, previous: expected });
    return stored;
  }

  subscribe(listener: (event: StorageEvent) => void): () => void {
    // A function of its own: the same listener may subscribe twice.
    const own = (event: StorageEvent): void => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  eventsSince(revision: number): readonly StorageEvent[] | undefined {
    return this.#history.since(revision);
  }

  /** As etcd's compaction: watches and pages from before now get 410. For tests and fault injection. */
  compact(): void {
    this.#history.clear(this.#revision);
  }

  #expect(expected: Stored): void {
    const { storageKey, namespace, name } = expected;
    if (this.#tables.get(storageKey)?.get(namespace, name) !== expected) {
      throw new StorageConflict(`${storageKey} ${ObjectTable.key(namespace, name)} is not what it was`);
    }
  }

  /** The journal first: what it cannot keep has not happened. */
  #commit(event: StorageEvent): void {
    this.#journal?.append(event);
    this.#revision = event.revision;
    const table = this.#table(event.stored.storageKey);
    if (event.type === 'DELETED') table.remove(event.stored);
    else table.put(event.stored);
    this.#history.push(event);
    this.#tell(event);
    if (this.#journal?.wantsSnapshot === true) this.#snapshot(this.#journal);
  }

  /** The write is in the log already: it stands, whatever becomes of the snapshot. */
  #snapshot(journal: Journal): void {
    try {
      journal.snapshot(this.#everything(), this.#revision);
    } catch (error) {
      journal.postponeSnapshot();
      this.#onListenerError(error);
    }
  }

  /** A listener may write: what it writes is told after this event has been told to all, so that everybody sees one order. */
  #tell(event: StorageEvent): void {
    this.#untold.push(event);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const listener of this.#listeners) {
        try {
          listener(next);
        } catch (error) {
          this.#onListenerError(error);
        }
      }
    }
    this.#telling = false;
  }

  *#everything(): Iterable<Stored> {
    for (const table of this.#tables.values()) yield* table.values();
  }

  #table(storageKey: string): ObjectTable {
    let table = this.#tables.get(storageKey);
    if (table === undefined) {
      table = new ObjectTable();
      this.#tables.set(storageKey, table);
    }
    return table;
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
