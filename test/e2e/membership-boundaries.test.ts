import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { UNJOIN_RECEIPTS, type UnjoinReceipt } from '../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { Client } from '../../controller/kube/client.ts';
import { receiptNameOf } from '../../controller/membership/receipt.ts';
import { differences, tracesIn } from './listing.ts';
import { MembershipWorld, NAMESPACE, rested, settled, unlimited } from './membership-world.ts';
import { WriteLimit } from './write-limit.ts';

const never = new AbortController().signal;

/** Most of the time goes into waiting for namespaces to end: the boundaries are shared out among this many. */
const WORLDS = 4;

describe.runIf(inject('kubeconfig') !== '')('a membership that is interrupted', () => {
  let worlds: MembershipWorld[] = [];

  beforeAll(async () => {
    worlds = await Promise.all(Array.from({ length: WORLDS }, () => MembershipWorld.start()));
  });

  afterAll(() => Promise.all(worlds.map((world) => world.close())));

  it('a join that is killed after any write and run again ends like one that was not', async () => {
    const writes = await Promise.all(worlds.map(joinsKilledInTurn));
    expect(writes).toEqual(worlds.map(() => writes[0]));
    expect(writes[0]).toBeGreaterThanOrEqual(8);
  }, 600_000);

  it('an unjoin that is not killed removes what was made, releases what holds things of others, and says so', async () => {
    const [world] = worlds;
    if (world === undefined) throw new Error('no world was started');
    const { host, vulcan, untouched } = world;
    await world.join(new WriteLimit(unlimited));
    await world.propagate();
    const uid = (await world.readCluster())?.metadata.uid ?? '';
    await world.unjoin(new WriteLimit(unlimited));
    expect(tracesIn(await settled(vulcan, untouched))).toEqual([]);
    const { status } = await readReceipt(host, uid);
    expect(status?.removed?.map(({ resource, namespace, name }) => keyIn(resource, namespace, name))).toEqual(
      expect.arrayContaining(['configmaps ours/settings', 'deployments.apps ours/web', 'namespaces ours']),
    );
    expect(status?.released).toContainEqual(
      expect.objectContaining({ resource: 'namespaces', name: 'shared', reason: 'it holds 1 secrets' }),
    );
    await world.reset();
  });

  it('an unjoin that is killed after any write and run again leaves no trace, like one that was not', async () => {
    const boundaries = await Promise.all(worlds.map(unjoinsKilledInTurn));
    expect(boundaries.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(15);
  }, 1_200_000);
});

/** Kills joins after this world's share of the writes that a clean one makes, and returns how many those are. */
async function joinsKilledInTurn(world: MembershipWorld, share: number): Promise<number> {
  const { vulcan } = world;
  const clean = new WriteLimit(unlimited);
  await world.join(clean);
  const joined = await rested(vulcan);
  expect(tracesIn(joined).length).toBeGreaterThan(0);
  await world.reset();
  for (let limit = share; limit < clean.writes; limit += WORLDS) {
    const when = `killed after ${limit} writes`;
    await expect(world.join(new WriteLimit(limit)), when).rejects.toThrow('killed');
    await world.join(new WriteLimit(unlimited));
    // The member's own controllers furnish the namespace of the membership a moment later.
    expect(differences(joined, await settled(vulcan, joined)), when).toEqual([]);
    await world.reset();
  }
  return clean.writes;
}

/** Kills unjoins after this world's share of their writes, and returns how many were killed. */
async function unjoinsKilledInTurn(world: MembershipWorld, share: number): Promise<number> {
  let boundaries = 0;
  for (let limit = share; ; limit += WORLDS) {
    await world.join(new WriteLimit(unlimited));
    await world.propagate();
    const killed = new WriteLimit(limit);
    const outcome = await world.unjoin(killed).then(
      () => 'finished',
      (error: unknown) => String(error),
    );
    if (!killed.killed) {
      expect(outcome).toBe('finished');
      await world.reset();
      return boundaries;
    }
    boundaries += 1;
    await world.unjoin(new WriteLimit(unlimited));
    const end = await settled(world.vulcan, world.untouched);
    expect(tracesIn(end), `killed after ${limit} writes`).toEqual([]);
    await world.reset();
  }
}

function keyIn(resource: string, namespace: string | undefined, name: string): string {
  return `${resource} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

async function readReceipt(host: Client, uid: string): Promise<UnjoinReceipt> {
  const name = receiptNameOf({ metadata: { name: 'vulcan', uid }, spec: { apiEndpoint: '', secretRef: { name: '' } } });
  return host.get<UnjoinReceipt>(UNJOIN_RECEIPTS, { namespace: NAMESPACE, name }, { signal: never });
}
