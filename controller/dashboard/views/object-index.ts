import type { ObjectKey, ObjectState, ObjectSummary, TypeSummary } from '../../../apis/dashboard/v1.ts';
import { type Access, mayList } from './access.ts';
import { byName, type ObjectQuery, rankOf } from './object-query.ts';

export type StateCounts = Readonly<Record<ObjectState, number>>;

/** An object as the index holds it. */
export interface IndexedObject {
  readonly summary: ObjectSummary;
  /** How it stands in the clusters that it is placed on. */
  readonly copies: readonly (readonly [cluster: string, state: ObjectState])[];
  /** Its resourceVersion: whoever looks at the object itself sees more of it than the summary. */
  readonly version: string;
}

interface Entry extends IndexedObject {
  summary: ObjectSummary;
  copies: IndexedObject['copies'];
  version: string;
  /** `namespace/name` in lower case: what is searched in. */
  readonly text: string;
  changed: number;
  readonly group: Group;
  gone: boolean;
}

/** Objects of one type in one namespace: whoever may see one of them may see all. */
interface Group {
  readonly type: string;
  readonly namespace: string | undefined;
  readonly states: Record<ObjectState, number>;
  readonly copies: Map<string, Record<ObjectState, number>>;
}

interface TypeEntries {
  readonly kind: string;
  readonly objects: Map<string, Entry>;
}

export interface FoundObjects {
  readonly items: readonly ObjectSummary[];
  readonly total: number;
  readonly states: StateCounts;
}

/**
 * What lists, totals and search are answered from, kept current object by object, so that no answer has to look at an object
 * itself. Totals are counted as objects come and go, by what can be seen together.
 */
export class ObjectIndex {
  readonly #types = new Map<string, TypeEntries>();
  readonly #groups = new Map<string, Group>();
  readonly #deleting = new Set<Entry>();
  /** All of them by name, once somebody asks. */
  #sorted: Entry[] = [];
  #isSorted = true;
  #hasGone = false;

  get size(): number {
    let size = 0;
    for (const { objects } of this.#types.values()) size += objects.size;
    return size;
  }

  addType(type: string, kind: string): void {
    this.#types.set(type, { kind, objects: new Map() });
  }

  removeType(type: string): void {
    for (const key of [...(this.#types.get(type)?.objects.keys() ?? [])]) this.delete(type, key);
    this.#types.delete(type);
    for (const [id, group] of this.#groups) if (group.type === type) this.#groups.delete(id);
  }

  get(type: string, key: string): ObjectSummary | undefined {
    return this.#types.get(type)?.objects.get(key)?.summary;
  }

  *keys(type: string): IterableIterator<string> {
    yield* this.#types.get(type)?.objects.keys() ?? [];
  }

  /** @returns what was there before */
  set(type: string, key: string, object: IndexedObject): IndexedObject | undefined {
    const objects = this.#types.get(type)?.objects;
    if (objects === undefined) return undefined;
    const { summary, copies, version } = object;
    const changed = Date.parse(summary.changedAt ?? '') || 0;
    const entry = objects.get(key);
    if (entry === undefined) {
      const group = this.#groupOf(type, summary.namespace);
      const added: Entry = { summary, copies, version, changed, group, text: key.toLowerCase(), gone: false };
      objects.set(key, added);
      this.#count(added, 1);
      this.#sorted.push(added);
      this.#isSorted = false;
      return undefined;
    }
    const before = { summary: entry.summary, copies: entry.copies, version: entry.version };
    this.#count(entry, -1);
    Object.assign(entry, { summary, copies, version, changed });
    this.#count(entry, 1);
    return before;
  }

  delete(type: string, key: string): IndexedObject | undefined {
    const objects = this.#types.get(type)?.objects;
    const entry = objects?.get(key);
    if (entry === undefined) return undefined;
    objects?.delete(key);
    this.#count(entry, -1);
    entry.gone = true;
    this.#hasGone = true;
    return entry;
  }

  /** Where there are objects: what a person's rights have to be asked for. */
  *places(): IterableIterator<{ readonly type: string; readonly namespace: string | undefined }> {
    yield* this.#groups.values();
  }

  types(): string[] {
    return [...this.#types.keys()];
  }

  find(query: ObjectQuery, access: Access): FoundObjects {
    const states = noObjects();
    const found: Entry[] = [];
    const groups = new Set<Group>();
    for (const group of this.#groups.values()) {
      if (!mayList(access, group.type, group.namespace)) continue;
      if (query.types !== undefined && !query.types.has(group.type)) continue;
      if (query.namespace !== undefined && group.namespace !== query.namespace) continue;
      groups.add(group);
    }
    for (const entry of this.#byName()) {
      if (!groups.has(entry.group) || !entry.text.includes(query.search)) continue;
      if (query.clusters !== undefined && !entry.copies.some(([cluster]) => query.clusters?.has(cluster))) continue;
      const { state } = entry.summary;
      states[state] += 1;
      if (query.states === undefined || query.states.has(state)) found.push(entry);
    }
    const sorted = inOrder(found, query);
    const { offset, limit } = query;
    return { items: sorted.slice(offset, offset + limit).map(({ summary }) => summary), total: found.length, states };
  }

  /** Totals of all that may be seen. */
  states(access: Access): StateCounts {
    const sum = noObjects();
    for (const group of this.#visible(access)) addUp(sum, group.states);
    return sum;
  }

  typeSummaries(access: Access): TypeSummary[] {
    const summaries: TypeSummary[] = [];
    for (const [type, { kind }] of this.#types) {
      if (access.objects !== 'all' && !access.objects.has(type)) continue;
      const objects = noObjects();
      for (const group of this.#visible(access)) if (group.type === type) addUp(objects, group.states);
      summaries.push({ type, kind, objects });
    }
    return summaries.sort((a, b) => (a.type < b.type ? -1 : 1));
  }

  /** How what may be seen stands in one cluster. */
  copiesIn(cluster: string, access: Access): StateCounts {
    const sum = noObjects();
    for (const group of this.#visible(access)) {
      const copies = group.copies.get(cluster);
      if (copies !== undefined) addUp(sum, copies);
    }
    return sum;
  }

  /** Those that are being deleted, by name. */
  deleting(access: Access): ObjectKey[] {
    return [...this.#deleting]
      .filter(({ group }) => mayList(access, group.type, group.namespace))
      .sort(compareByName)
      .map(({ summary }) => summary);
  }

  *#visible(access: Access): IterableIterator<Group> {
    for (const group of this.#groups.values()) if (mayList(access, group.type, group.namespace)) yield group;
  }

  #groupOf(type: string, namespace: string | undefined): Group {
    const id = `${type}\n${namespace ?? ''}`;
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { type, namespace, states: noObjects(), copies: new Map() };
      this.#groups.set(id, group);
    }
    return group;
  }

  #count(entry: Entry, by: 1 | -1): void {
    const { group, summary, copies } = entry;
    group.states[summary.state] += by;
    for (const [cluster, state] of copies) {
      let counts = group.copies.get(cluster);
      if (counts === undefined) {
        counts = noObjects();
        group.copies.set(cluster, counts);
      }
      counts[state] += by;
    }
    if (summary.state !== 'deleting') return;
    if (by === 1) this.#deleting.add(entry);
    else this.#deleting.delete(entry);
  }

  /** Brought up to date when somebody asks: mostly in order already, which is quick to sort. */
  #byName(): readonly Entry[] {
    if (this.#hasGone) this.#sorted = this.#sorted.filter(({ gone }) => !gone);
    if (!this.#isSorted) this.#sorted.sort(compareByName);
    this.#hasGone = false;
    this.#isSorted = true;
    return this.#sorted;
  }
}

export function noObjects(): Record<ObjectState, number> {
  return { ok: 0, progressing: 0, failed: 0, deleting: 0 };
}

function addUp(sum: Record<ObjectState, number>, more: StateCounts): void {
  sum.ok += more.ok;
  sum.progressing += more.progressing;
  sum.failed += more.failed;
  sum.deleting += more.deleting;
}

function compareByName(a: Entry, b: Entry): number {
  return byName(a.summary, b.summary);
}

/** `found` is by name. */
function inOrder(found: Entry[], { sort, descending }: ObjectQuery): Entry[] {
  if (sort === 'changed') found.sort((a, b) => a.changed - b.changed);
  if (sort === 'state') found.sort((a, b) => rankOf(a.summary.state) - rankOf(b.summary.state));
  if (sort === 'type') {
    found.sort((a, b) => (a.summary.type === b.summary.type ? 0 : a.summary.type < b.summary.type ? -1 : 1));
  }
  return descending ? found.reverse() : found;
}
