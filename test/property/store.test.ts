import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { Store } from '../../controller/kube/store.ts';
import { FakeClock } from '../../controller/time/testing/fake-clock.ts';

const KEY = 'default/a';

/** One state in the true history of one object. */
interface Version {
  readonly index: number;
  readonly resourceVersion: string;
  readonly uid: string;
  readonly exists: boolean;
  readonly own: boolean;
}

/** An API server with one object, its watch, and a client that reads and writes through the store under test. */
class World {
  readonly clock = new FakeClock();
  readonly store = new Store<KubeObject>({
    clock: this.clock,
    indexes: { uid: (object) => [object.metadata.uid ?? ''] },
  });
  readonly history: Version[] = [{ index: 0, resourceVersion: 'v0', uid: 'none', exists: false, own: false }];
  /** Index of the last version that the watch, or the list it went on from, has shown. */
  shown = 0;
  readonly watched: number[] = [];
  answer: Version | undefined;
  list: { token: number; snapshot?: Version } | undefined;
  /** The newest own write whose answer has come, and when. */
  floor: { index: number; at: number } | undefined;
  /** Newest state that listeners were told of, by the step in which they were. */
  readonly told: { step: number; index: number }[] = [];
  /** Whether listeners, going by what they were told and by own writes, take the object to be there. */
  toldOfObject = false;
  /** In which step a version, or a later one, was fed to the store. */
  readonly fed = new Map<number, number>();
  step = 0;

  constructor() {
    this.store.subscribe((event) => {
      const index = event.type === 'deleted' ? this.shown : Number(event.object.index);
      this.told.push({ step: this.step, index });
      this.toldOfObject = event.type !== 'deleted';
    });
  }

  get now(): Version {
    const last = this.history.at(-1);
    if (last === undefined) throw new Error('history begins with a version');
    return last;
  }

  objectOf(version: Version): KubeObject {
    const { uid, resourceVersion, index } = version;
    return { metadata: { name: 'a', namespace: 'default', uid, resourceVersion }, index };
  }

  write(own: boolean, exists: boolean): Version | undefined {
    const now = this.now;
    if (!exists && !now.exists) return undefined;
    const index = this.history.length;
    const uid = now.exists ? now.uid : `uid${index}`;
    // A version says nothing about age: higher indexes do not have greater versions.
    const version = { index, resourceVersion: `v${(index * 7919) % 104_729}`, uid, exists, own };
    this.history.push(version);
    return version;
  }

  run(op: string): void {
    this.step += 1;
    const perform: Record<string, () => void> = {
      otherWrites: () => void this.write(false, true),
      otherDeletes: () => void this.write(false, false),
      ownWrite: () => {
        if (this.answer === undefined) this.answer = this.write(true, true);
      },
      ownDelete: () => {
        // A deletion carries the UID that was read.
        const read = this.store.get(KEY)?.metadata.uid;
        if (this.answer === undefined && read === this.now.uid) this.answer = this.write(true, false);
      },
      answer: () => this.takeAnswer(),
      deliver: () => this.deliver(),
      beginList: () => {
        this.list ??= { token: this.store.beginReplace() };
      },
      snapshot: () => {
        if (this.list !== undefined) this.list.snapshot ??= this.now;
      },
      endList: () => this.endList(),
      second: () => this.clock.advance(1_000),
    };
    perform[op]?.();
    this.check();
  }

  takeAnswer(): void {
    const answer = this.answer;
    if (answer === undefined) return;
    this.answer = undefined;
    const before = this.store.get(KEY)?.index;
    if (answer.exists) this.store.noteWrite(this.objectOf(answer));
    else this.store.noteDelete(KEY, answer.uid);
    const after = this.store.get(KEY)?.index;
    if (this.watched.slice(-8).includes(answer.index)) {
      const back = after !== undefined && (before === undefined || Number(after) < Number(before));
      expect(back, `the late answer to ${answer.index} takes ${before} back to ${after}`).toBe(false);
    }
    this.toldOfObject = this.store.has(KEY);
    this.floor = { index: answer.index, at: this.clock.monotonic() };
  }

  deliver(): void {
    const next = this.history[this.shown + 1];
    if (next === undefined || this.list !== undefined) return;
    this.watched.push(next.index);
    this.feed(next, () =>
      next.exists ? this.store.upsert(this.objectOf(next)) : this.store.remove(this.objectOf(next)),
    );
  }

  endList(): void {
    const snapshot = this.list?.snapshot;
    if (this.list === undefined || snapshot === undefined) return;
    const { token } = this.list;
    this.list = undefined;
    this.feed(snapshot, () => this.store.replace(snapshot.exists ? [this.objectOf(snapshot)] : [], token));
  }

  feed(version: Version, take: () => void): void {
    const from = this.shown;
    this.shown = version.index;
    take();
    for (let index = from + 1; index <= version.index; index += 1) {
      this.fed.set(index, this.step);
    }
  }

  /** Holds after every step. */
  check(): void {
    const object = this.store.get(KEY);
    expect(this.store.size).toBe(object === undefined ? 0 : 1);
    for (const { uid } of this.history) {
      expect(this.store.byIndex('uid', uid)).toEqual(object?.metadata.uid === uid ? [object] : []);
    }
    if (this.floor === undefined || this.clock.monotonic() - this.floor.at >= 5_000) return;
    const { index: floor } = this.floor;
    const shows = this.history.some(
      ({ index, exists }) => index >= floor && (object === undefined ? !exists : object.index === index),
    );
    expect(shows, `shows ${object?.index ?? 'nothing'} after the answer to own write ${floor}`).toBe(true);
  }

  settle(): void {
    for (const op of ['beginList', 'snapshot', 'endList', 'answer']) {
      if (op !== 'beginList' || this.list !== undefined) this.run(op);
    }
    while (this.shown < this.now.index) this.run('deliver');
    for (let second = 0; second < 5; second += 1) this.run('second');
  }
}

const op = fc.oneof(
  { weight: 3, arbitrary: fc.constant('otherWrites') },
  { weight: 1, arbitrary: fc.constant('otherDeletes') },
  { weight: 3, arbitrary: fc.constant('ownWrite') },
  { weight: 1, arbitrary: fc.constant('ownDelete') },
  { weight: 4, arbitrary: fc.constant('answer') },
  { weight: 6, arbitrary: fc.constant('deliver') },
  { weight: 1, arbitrary: fc.constant('beginList') },
  { weight: 1, arbitrary: fc.constant('snapshot') },
  { weight: 1, arbitrary: fc.constant('endList') },
  { weight: 1, arbitrary: fc.constant('second') },
);

describe('a store fed by watch, lists and answers to own writes in any order', () => {
  it('never shows less than what was written, ends with the truth, and tells every change by others', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
        const world = new World();
        for (const next of ops) world.run(next);
        world.settle();

        const truth = world.now;
        expect(world.store.get(KEY)?.metadata.resourceVersion).toBe(truth.exists ? truth.resourceVersion : undefined);
        expect(world.clock.pending).toBe(0);

        for (const change of world.history.slice(1)) {
          const fed = world.fed.get(change.index);
          if (change.own || fed === undefined) continue;
          // Made void by an own deletion, or by an own creation under the name that was free again.
          const undone = world.history.some(
            ({ index, own, exists }) =>
              index >= change.index && !exists && (own || world.history[index + 1]?.own === true),
          );
          // Came and went unseen.
          const known = !truth.exists && !world.toldOfObject;
          if (undone || known) continue;
          const told = world.told.some(({ step, index }) => step >= fed && index >= change.index);
          expect(told, `change ${change.index} by somebody else`).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
