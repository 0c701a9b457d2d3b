import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { LEADER_LEASE, LEASES, type Lease } from '../../controller/runtime/lease.ts';
import { type ReplicaWrite, replicaWritesOf } from './audit-log.ts';
import { Cluster, until } from './cluster.ts';
import { federated, federateNamespace, untilPropagated } from './federated.ts';
import { type Federation, startFederation } from './federation.ts';
import { CONFIG_MAPS, EVENTS, federatedKindOf } from './kinds.ts';
import type { ControllerProcess } from './processes.ts';

const NAMES = ['host', 'earth', 'vulcan'] as const;
const MEMBERS = ['earth', 'vulcan'] as const;
const FEDERATED_CONFIG_MAPS = federatedKindOf(CONFIG_MAPS);
const LEASE = { name: LEADER_LEASE, namespace: DEFAULT_KUBEFED_NAMESPACE };
/** A starved machine holds up a renewal for seconds: whoever leads must not lose the lease to that. */
const LEASE_DURATION_MS = 12_000;
const RENEW_DEADLINE_MS = 9_000;
const RETRY_PERIOD_MS = 1_000;
const CONFIG = `
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: { name: kubefed, namespace: ${DEFAULT_KUBEFED_NAMESPACE} }
spec:
  scope: Cluster
  leaderElect: { leaseDuration: ${LEASE_DURATION_MS}ms, renewDeadline: ${RENEW_DEADLINE_MS}ms, retryPeriod: ${RETRY_PERIOD_MS}ms }
`;
const MANY = { withinMs: 180_000, everyMs: 250 };

describe.runIf(inject('kubeconfig') !== '')('two replicas of the controller', () => {
  let scratch: string;
  let federation: Federation<(typeof NAMES)[number]>;
  let host: Cluster;
  let earth: Cluster;
  let leader: ControllerProcess;
  let standby: ControllerProcess;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fedmesh-replicas-'));
    await writeFile(join(scratch, 'config.yaml'), CONFIG);
    federation = await startFederation({
      names: NAMES,
      planes: { controllers: 'minimal', auditLog: true },
      controllerArgs: [`--kubefed-config=${join(scratch, 'config.yaml')}`],
    });
    host = new Cluster(federation.clients.host);
    earth = new Cluster(federation.clients.earth);
    leader = federation.controller;
    await untilHeldBy(leader);
    standby = await federation.another();
    await federateNamespace(host, 'shop', MEMBERS);
  });

  afterAll(async () => {
    for (const replica of [leader, standby]) replica?.resume();
    await standby?.stop();
    await leader?.stop();
    await federation?.close();
    await rm(scratch, { recursive: true });
  });

  const untilHeldBy = async ({ identity }: ControllerProcess) =>
    (await host.until(LEASES, LEASE, ({ spec }) => (spec as Lease['spec'])?.holderIdentity === identity)) as Lease;

  const acquiredAt = ({ spec }: Lease) => Date.parse(spec?.acquireTime ?? '');

  const create = (name: string) =>
    host.create(FEDERATED_CONFIG_MAPS, federated(CONFIG_MAPS, { name, namespace: 'shop', template: {}, on: MEMBERS }));

  /** Two of the processes change places: the standby leads now, and there is another standby. */
  function next(follower: ControllerProcess): void {
    leader = standby;
    standby = follower;
    federation.controller = leader;
  }

  const copies = async () =>
    (await earth.list(CONFIG_MAPS, 'shop')).filter(({ metadata }) => metadata.name?.startsWith('object-')).length;

  async function writesBy({ identity }: ControllerProcess): Promise<ReplicaWrite[]> {
    const logs = await Promise.all(NAMES.map((name) => replicaWritesOf(federation.planes[name])));
    return logs.flat().filter((write) => write.identity === identity);
  }

  it('one leads, as kubectl shows, and the other writes nothing', async () => {
    await create('first');
    await untilPropagated(host, CONFIG_MAPS, { name: 'first', namespace: 'shop' }, MEMBERS);
    expect((await writesBy(leader)).length).toBeGreaterThan(0);
    expect(await writesBy(standby)).toEqual([]);
    expect(standby.log.some((line) => line.includes('this one stands by'))).toBe(true);
    const events = await until(
      'an event that says who leads',
      () => host.list(EVENTS, DEFAULT_KUBEFED_NAMESPACE),
      (all) => all.some(({ reason }) => reason === 'LeaderElection'),
    );
    expect(events.find(({ reason }) => reason === 'LeaderElection')).toMatchObject({
      message: `${leader.identity} became leader`,
      involvedObject: { kind: 'Lease', name: LEADER_LEASE },
    });
    expect((await federation.fedctl('status')).stdout).toContain(`on ${leader.identity.split('_')[0]}`);
  });

  it('a leader that is frozen in the middle of its work writes nothing when it thaws: the other one leads by then', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `object-${index}`);
    const creating = (async () => {
      for (const name of names) await create(name);
    })();
    await until('a part of them in earth', copies, (count) => count >= 20);
    leader.freeze();
    const lease = await untilHeldBy(standby);
    // Still at work, so that it would find enough to do.
    leader.resume();
    await creating;
    await until('all of them in earth', copies, (count) => count === names.length, MANY);
    await until(
      'the old leader standing by',
      () => leader.log.join('\n'),
      (log) => /this replica leads no more/.test(log),
    );

    const old = await writesBy(leader);
    expect(old.length).toBeGreaterThan(20);
    // A process that is stopped between its last look at the clock and the system call has that one write left, and no other.
    const late = old.filter(({ receivedAt }) => receivedAt > acquiredAt(lease));
    expect(late.slice(1)).toEqual([]);
    const first = Math.min(...(await writesBy(standby)).map(({ receivedAt }) => receivedAt));
    const last = Math.max(...old.filter((write) => !late.includes(write)).map(({ receivedAt }) => receivedAt));
    expect(first).toBeGreaterThan(last);
    expect(leader.log.join('\n')).not.toContain('not everything was closed cleanly');
    next(leader);
  }, 600_000);

  // How soon at the latest is asserted where the clock is a test's own: leader-elector.test.ts.
  it('when the leader is killed the other one leads, and not before the lease has run out', async () => {
    await leader.stop('SIGKILL');
    const { spec } = await host.get<Lease>(LEASES, LEASE);
    await create('after-the-kill');
    const lease = await untilHeldBy(standby);
    expect(acquiredAt(lease)).toBeGreaterThanOrEqual(Date.parse(spec?.renewTime ?? '') + LEASE_DURATION_MS);
    await untilPropagated(host, CONFIG_MAPS, { name: 'after-the-kill', namespace: 'shop' }, MEMBERS);
    next(await federation.another());
  });

  it('when the leader is told to stop the other one hears of it, and need not wait until the lease has run out', async () => {
    const { spec } = await host.get<Lease>(LEASES, LEASE);
    const stopping = leader.stop();
    const lease = await untilHeldBy(standby);
    const released = await until(
      'the release in the log',
      () => leader.log.find((line) => line.includes('the lease is released')),
      (line) => line !== undefined,
    );
    const releasedAt = Date.parse(JSON.parse(released ?? '').time);
    expect(acquiredAt(lease) - releasedAt).toBeLessThan(LEASE_DURATION_MS);
    expect(lease.spec?.leaseTransitions).toBe((spec?.leaseTransitions ?? 0) + 1);
    expect(await stopping).toEqual({ code: 0, signal: null });
    const late = (await writesBy(leader)).filter(({ receivedAt }) => receivedAt > acquiredAt(lease));
    expect(late).toEqual([]);
    await create('after-the-stop');
    await untilPropagated(host, CONFIG_MAPS, { name: 'after-the-stop', namespace: 'shop' }, MEMBERS);
    next(await federation.another());
  });

  it("while the host's API server is lost nothing is written to members either, and afterwards one leads again", async () => {
    const copy = { name: 'first', namespace: 'shop' };
    const before = leader.log.length;
    federation.planes.host.hang();
    try {
      await until(
        'the leader giving up',
        () => leader.log.slice(before).join('\n'),
        (log) => log.includes('this replica leads no more'),
      );
      await earth.delete(CONFIG_MAPS, copy);
      // Longer than a leader would need to repair it.
      await until(
        'three attempts to lead again',
        () => leader.log.slice(before).filter((line) => line.includes('could not try to become the leader')).length,
        (attempts) => attempts >= 3,
      );
      expect(await earth.find(CONFIG_MAPS, copy)).toBeUndefined();
    } finally {
      federation.planes.host.resume();
    }
    await earth.until(CONFIG_MAPS, copy, () => true);
    const { spec } = await host.get<Lease>(LEASES, LEASE);
    expect([leader.identity, standby.identity]).toContain(spec?.holderIdentity);
  });
});
