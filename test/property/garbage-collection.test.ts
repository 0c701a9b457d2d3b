import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnerReference } from '../../apis/meta/v1.ts';
import { startTestCluster, type TestCluster } from '../../cli/sandbox/apiserver/controllers/testing/cluster.ts';

/** An object, by number: whom of those before it names as owner, and how. A number beyond all objects names nobody. */
interface Node {
  readonly owners: readonly { readonly of: number; readonly blocks: boolean }[];
  readonly namespace: 'one' | 'two';
}

interface Deletion {
  readonly of: number;
  readonly policy: 'Background' | 'Foreground' | 'Orphan';
}

const SIZE = 12;

const graphs = fc.array(
  fc.record({
    owners: fc.uniqueArray(fc.record({ of: fc.nat(SIZE + 2), blocks: fc.boolean() }), {
      maxLength: 3,
      selector: ({ of }) => of,
    }),
    namespace: fc.constantFrom('one' as const, 'one' as const, 'one' as const, 'two' as const),
  }),
  { minLength: 1, maxLength: SIZE },
);
const deletions = fc.array(
  fc.record({ of: fc.nat(SIZE - 1), policy: fc.constantFrom('Background', 'Foreground', 'Orphan') }),
  { maxLength: 4 },
);

describe('garbage collection', () => {
  it('keeps exactly what has a living owner or none, whatever is deleted in whichever way and order', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, deletions, fc.boolean(), async (nodes, deleted, wait) => {
        const cluster = startTestCluster();
        try {
          const uids = create(cluster, nodes);
          const model = new Model(nodes);
          await cluster.controllers.settled();
          model.collect();
          for (const { of, policy } of deleted) {
            if (!model.alive.has(of)) continue;
            cluster.delete('Secret', keyOf(nodes, of), policy as Deletion['policy']);
            model.delete(of, policy as Deletion['policy']);
            if (!wait) continue;
            await cluster.controllers.settled();
            model.collect();
          }
          await cluster.controllers.settled();
          model.collect();
          // Without a pause in between it is a race, in Kubernetes too, whether dependents are released before they are collected.
          if (!wait && deleted.some(({ policy }) => policy === 'Orphan')) return;
          expect(cluster.names('Secret')).toEqual([...model.alive].map((index) => keyOf(nodes, index)).sort());
          for (const { object } of cluster.storage.list('secrets')) {
            expect(object.metadata.deletionTimestamp).toBeUndefined();
            for (const { uid } of object.metadata.ownerReferences ?? []) {
              expect(cluster.storage.list('secrets').map((stored) => stored.object.metadata.uid)).toContain(uid);
              expect(uids).toContain(uid);
            }
          }
          expect(cluster.errors).toEqual([]);
          expect(cluster.clock.pending).toBe(0);
        } finally {
          cluster.controllers.close();
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** What should be there: owners count in their own namespace only. */
class Model {
  readonly alive: Set<number>;
  readonly #owners: Map<number, Set<number>>;
  readonly #nodes: readonly Node[];

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    this.alive = new Set(nodes.keys());
    this.#owners = new Map(nodes.map(({ owners }, index) => [index, new Set(ownersBefore(owners, index))]));
  }

  delete(index: number, policy: Deletion['policy']): void {
    this.alive.delete(index);
    if (policy !== 'Orphan') return;
    for (const owners of this.#owners.values()) owners.delete(index);
  }

  /** Until nothing changes: what had owners and has none that lives goes; those that live on forget the dead. */
  collect(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const index of [...this.alive]) {
        const owners = this.#owners.get(index) ?? new Set();
        if (owners.size === 0) continue;
        const living = [...owners].filter((owner) => this.alive.has(owner) && this.#sameNamespace(owner, index));
        if (living.length === owners.size) continue;
        if (living.length === 0) this.alive.delete(index);
        else this.#owners.set(index, new Set(living));
        changed = true;
      }
    }
  }

  #sameNamespace(owner: number, dependent: number): boolean {
    return this.#nodes[owner]?.namespace === this.#nodes[dependent]?.namespace;
  }
}

function create(cluster: TestCluster, nodes: readonly Node[]): string[] {
  for (const name of ['one', 'two']) cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const uids: string[] = [];
  for (const [index, { owners, namespace }] of nodes.entries()) {
    const ownerReferences = ownersBefore(owners, index).map((of): OwnerReference => {
      const uid = uids[of] ?? `ffffffff-0000-4000-8000-${String(of).padStart(12, '0')}`;
      const blocks = owners.find((owner) => owner.of === of)?.blocks ?? false;
      return { apiVersion: 'v1', kind: 'Secret', name: `s${of}`, uid, blockOwnerDeletion: blocks };
    });
    const metadata = { name: `s${index}`, namespace, ...(ownerReferences.length === 0 ? {} : { ownerReferences }) };
    uids.push(cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata }).metadata.uid ?? '');
  }
  return uids;
}

/** Those that were there before, and those that never will be. */
function ownersBefore(owners: Node['owners'], index: number): number[] {
  return owners.map(({ of }) => of).filter((of) => of < index || of >= SIZE);
}

function keyOf(nodes: readonly Node[], index: number): string {
  return `${nodes[index]?.namespace}/s${index}`;
}
