import type { Change, ObjectKey, ObjectState, ObjectSummary } from '../../apis/dashboard/v1.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { keyOf } from '../kube/resource.ts';
import type { Clock } from '../time/clock.ts';
import type { ShownTypeStore } from './stores.ts';
import type { Access } from './views/access.ts';
import { ObjectIndex } from './views/object-index.ts';
import { copyState, summaryOf } from './views/object-state.ts';
import { scrubberOf } from './views/secret-values.ts';
import { isSecretType, type ShownType } from './views/shown-type.ts';

export interface ObjectNews {
  readonly changed: ObjectSummary[];
  readonly gone: ObjectKey[];
  /** Clusters in which something stands otherwise than before. */
  readonly clusters: Set<string>;
  readonly words: Omit<Change, 'at'>[];
  /** Whether anything that is being deleted came, went or changed. */
  deletions: boolean;
}

interface Shown extends ShownTypeStore {
  readonly dirty: Set<string>;
  readonly forget: () => void;
  /** Everything that the store listed is in the index: from now on a change is news. */
  isWhole: boolean;
  /** Since when nobody feeds it, on the monotonic clock. */
  abandonedAt?: number;
}

/** A leader that has just begun starts its types one by one: so long what was shown of the others stays. */
const ABANDONED_MS = 5_000;
const WORDS_AT_ONCE = 200;

/** The federated objects that are shown, and which of them have become different. */
export class ObjectRoll {
  readonly index = new ObjectIndex();
  readonly startedAt: number;
  readonly #clock: Clock;
  readonly #due: () => void;
  readonly #types = new Map<string, Shown>();
  readonly #interned = new Map<string, readonly (readonly [string, ObjectState])[]>();
  #begun = false;
  #groups = 0;
  #placesVersion = 0;

  constructor({ clock, due }: { readonly clock: Clock; readonly due: () => void }) {
    this.#clock = clock;
    this.#due = due;
    this.startedAt = clock.now();
  }

  get synced(): boolean {
    return this.#begun && [...this.#types.values()].every(({ isWhole }) => isWhole);
  }

  show(types: readonly ShownTypeStore[]): void {
    this.#begun = true;
    const names = new Set(types.map(({ type }) => type.name));
    for (const each of types) this.#showType(each);
    for (const [name, shown] of this.#types) {
      if (names.has(name)) delete shown.abandonedAt;
      else shown.abandonedAt ??= this.#clock.monotonic();
    }
    this.#due();
  }

  close(): void {
    for (const { forget } of this.#types.values()) forget();
  }

  type(name: string): ShownTypeStore | undefined {
    return this.#types.get(name);
  }

  places() {
    const pairs = [...this.index.places()];
    if (pairs.length !== this.#groups) this.#placesVersion += 1;
    this.#groups = pairs.length;
    return { version: this.#placesVersion, types: this.index.types(), pairs };
  }

  federatedNamespaces(namespace: string): DeepReadonly<FederatedObject>[] {
    const found: DeepReadonly<FederatedObject>[] = [];
    for (const { type, store } of this.#types.values()) {
      if (!type.sync.isNamespace) continue;
      for (const object of store.values()) if (object.metadata.namespace === namespace) found.push(object);
    }
    return found;
  }

  *deleting(access: Access): IterableIterator<{ type: ShownType; object: DeepReadonly<FederatedObject> }> {
    for (const key of this.index.deleting(access)) {
      const shown = this.#types.get(key.type);
      const object = shown?.store.get(keyOf(key));
      if (shown !== undefined && object !== undefined) yield { type: shown.type, object };
    }
  }

  takeNews(): ObjectNews {
    const news: ObjectNews = { changed: [], gone: [], clusters: new Set(), words: [], deletions: false };
    for (const [name, shown] of this.#types) {
      this.#look(name, shown, news);
      if (shown.abandonedAt !== undefined) this.#abandon(name, shown, shown.abandonedAt, news);
    }
    return news;
  }

  #showType({ type, store }: ShownTypeStore): void {
    const before = this.#types.get(type.name);
    if (before?.store === store) return;
    before?.forget();
    const dirty = new Set(store.keys());
    const forget = store.onShown((key) => {
      dirty.add(key);
      this.#due();
    });
    if (before === undefined) {
      this.index.addType(type.name, type.sync.target.kind);
      this.#placesVersion += 1;
    }
    this.#types.set(type.name, { type, store, dirty, forget, isWhole: false });
  }

  #look(name: string, shown: Shown, news: ObjectNews): void {
    const { store, dirty } = shown;
    const tells = shown.isWhole;
    if (store.synced && !shown.isWhole) {
      shown.isWhole = true;
      for (const key of this.index.keys(name)) dirty.add(key);
      for (const key of store.keys()) dirty.add(key);
    } else if (!store.synced) this.#due();
    for (const key of dirty) {
      const object = store.get(key);
      if (object !== undefined) this.#set(shown, key, object, tells, news);
      else if (shown.isWhole) this.#delete(name, key, tells, news);
    }
    dirty.clear();
  }

  #set(shown: Shown, key: string, object: DeepReadonly<FederatedObject>, tells: boolean, news: ObjectNews): void {
    const { type } = shown;
    const summary = summaryOf(type, object, isSecretType(type) ? scrubberOf(object) : undefined);
    const copies = this.#copiesOf(object);
    const version = object.metadata.resourceVersion ?? '';
    const before = this.index.set(type.name, key, { summary, copies, version });
    if (before?.summary.state === 'deleting' || summary.state === 'deleting') news.deletions = true;
    if (before?.version === version && isSame(before.summary, summary) && before.copies === copies) return;
    news.changed.push(summary);
    if (before?.copies !== copies) noteClusters(news.clusters, before?.copies, copies);
    if (!tells || before?.summary.state === summary.state) return;
    const [problem] = summary.problems;
    const message = problem && `${problem.cluster}: ${problem.message ?? problem.status}`;
    say(news, {
      about: aboutOf(summary),
      ...(before === undefined ? {} : { from: before.summary.state }),
      to: summary.state,
      ...(message === undefined ? {} : { message }),
    });
  }

  #delete(name: string, key: string, tells: boolean, news: ObjectNews): void {
    const before = this.index.delete(name, key);
    if (before === undefined) return;
    const about = aboutOf(before.summary);
    if (before.summary.state === 'deleting') news.deletions = true;
    noteClusters(news.clusters, before.copies, []);
    news.gone.push(about);
    if (tells) say(news, { about, from: before.summary.state, to: 'gone' });
  }

  #abandon(name: string, shown: Shown, since: number, news: ObjectNews): void {
    if (this.#clock.monotonic() - since < ABANDONED_MS) {
      this.#due();
      return;
    }
    shown.forget();
    for (const key of [...this.index.keys(name)]) this.#delete(name, key, false, news);
    this.index.removeType(name);
    this.#types.delete(name);
    this.#placesVersion += 1;
  }

  /** Of many objects most stand alike: they share one list. */
  #copiesOf({ status }: DeepReadonly<FederatedObject>): readonly (readonly [string, ObjectState])[] {
    const copies = (status?.clusters ?? []).map((each) => [each.name, copyState(each.status ?? '')] as const);
    const id = copies.join(';');
    const known = this.#interned.get(id);
    if (known !== undefined) return known;
    // What nobody uses any more goes with the rest, now and then.
    if (this.#interned.size > 10_000) this.#interned.clear();
    this.#interned.set(id, copies);
    return copies;
  }
}

function say(news: ObjectNews, words: Omit<Change, 'at'>): void {
  if (news.words.length < WORDS_AT_ONCE) news.words.push(words);
}

function aboutOf({ type, namespace, name }: ObjectKey): ObjectKey {
  return { type, ...(namespace === undefined ? {} : { namespace }), name };
}

function noteClusters(
  noted: Set<string>,
  before: readonly (readonly [string, ObjectState])[] = [],
  after: readonly (readonly [string, ObjectState])[],
): void {
  for (const [cluster] of before) noted.add(cluster);
  for (const [cluster] of after) noted.add(cluster);
}

function isSame(a: ObjectSummary, b: ObjectSummary): boolean {
  return (
    a.state === b.state &&
    a.reason === b.reason &&
    a.ok === b.ok &&
    a.placed === b.placed &&
    a.changedAt === b.changedAt &&
    (a.problems === b.problems || JSON.stringify(a.problems) === JSON.stringify(b.problems))
  );
}
