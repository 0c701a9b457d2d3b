import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Change, MemberState } from '../../apis/dashboard/v1.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { splitKey } from '../kube/resource.ts';
import type { ShownStore } from './stores.ts';
import { memberState } from './views/cluster-view.ts';

export interface ClusterNews {
  readonly changed: Set<string>;
  readonly gone: string[];
  readonly words: Omit<Change, 'at'>[];
  /** Whether an object itself is another one than before. */
  objects: boolean;
}

/** The members that are shown, and which of them have become different. */
export class ClusterRoll {
  readonly #due: () => void;
  readonly #dirty = new Set<string>();
  readonly #known = new Map<string, { readonly object: DeepReadonly<KubeFedCluster>; readonly state: MemberState }>();
  #store: ShownStore<KubeFedCluster> | undefined;
  #forget: () => void = () => undefined;
  #isWhole = false;

  constructor(due: () => void) {
    this.#due = due;
  }

  get synced(): boolean {
    return this.#store?.synced === true;
  }

  show(store: ShownStore<KubeFedCluster>): void {
    this.#forget();
    this.#store = store;
    this.#isWhole = false;
    this.#forget = store.onShown((key) => this.touch(splitKey(key).name));
    for (const key of store.keys()) this.touch(splitKey(key).name);
    this.#due();
  }

  touch(name: string): void {
    this.#dirty.add(name);
    this.#due();
  }

  close(): void {
    this.#forget();
  }

  names(): string[] {
    return [...this.#known.keys()].sort();
  }

  *values(): IterableIterator<DeepReadonly<KubeFedCluster>> {
    for (const { object } of this.#known.values()) yield object;
  }

  get(name: string): DeepReadonly<KubeFedCluster> | undefined {
    return this.#known.get(name)?.object;
  }

  takeNews(): ClusterNews {
    const news: ClusterNews = { changed: new Set(), gone: [], words: [], objects: false };
    const store = this.#store;
    if (store === undefined) return news;
    const current = new Map([...store.values()].map((object) => [object.metadata.name ?? '', object]));
    const wasWhole = this.#isWhole;
    if (store.synced && !this.#isWhole) {
      for (const name of this.#known.keys()) this.#dirty.add(name);
      for (const name of current.keys()) this.#dirty.add(name);
      this.#isWhole = true;
    } else if (!store.synced) this.#due();
    for (const name of this.#dirty) this.#look(name, current.get(name), wasWhole, news);
    this.#dirty.clear();
    return news;
  }

  #look(name: string, object: DeepReadonly<KubeFedCluster> | undefined, tells: boolean, news: ClusterNews): void {
    const { changed, gone, words } = news;
    const before = this.#known.get(name);
    const about = { cluster: name };
    if (before?.object !== object) news.objects = true;
    if (object === undefined) {
      if (before === undefined || !this.#isWhole) return;
      this.#known.delete(name);
      gone.push(name);
      words.push({ about, from: before.state, to: 'gone' });
      return;
    }
    const state = memberState(object);
    this.#known.set(name, { object, state });
    changed.add(name);
    if (!tells || before?.state === state) return;
    const message = object.status?.conditions?.find((each) => each.type === 'Ready')?.message;
    words.push({
      about,
      ...(before === undefined ? {} : { from: before.state }),
      to: before === undefined ? 'joined' : state,
      ...(message && state !== 'ready' ? { message } : {}),
    });
  }
}
