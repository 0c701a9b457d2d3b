import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/testing/fake-clock.ts';
import type { RouteTable } from './ip-program.ts';
import type { KernelRoute } from './kernel-routes.ts';
import { RouteKeeper } from './route-keeper.ts';
import type { NodeRoute } from './route-list.ts';

const VULCAN = { to: '10.2.0.0/16', via: '192.168.1.1' };
const MARS = { to: 'fd00:3::/48', via: 'fd00::1' };
const list = (...routes: NodeRoute[]) => ({ gateways: ['earth-1'], routes });

/** As the kernel keeps it: one route to a range. */
class FakeTable implements RouteTable {
  routes: KernelRoute[] = [];
  fault: string | undefined;

  async list(family: 4 | 6): Promise<KernelRoute[]> {
    if (this.fault !== undefined) throw new Error(this.fault);
    return this.routes.filter(({ to }) => to.includes(':') === (family === 6));
  }

  async add({ to, via }: NodeRoute): Promise<void> {
    if (via.endsWith('.99')) throw new Error('ip route add: Error: Nexthop has invalid gateway.');
    this.routes.push({ to, via, ours: true, text: to });
  }

  async remove({ to, via }: NodeRoute): Promise<void> {
    this.routes = this.routes.filter((each) => !(each.ours && each.to === to && each.via === via));
  }
}

describe('RouteKeeper', () => {
  let clock: FakeClock;
  let table: FakeTable;
  let said: string[];
  let keeper: RouteKeeper;

  beforeEach(() => {
    clock = new FakeClock(0);
    table = new FakeTable();
    said = [];
    keeper = new RouteKeeper({ node: 'earth-2', table, clock, say: (line) => said.push(line) });
  });

  const targets = () => table.routes.map(({ to }) => to);

  it('makes what is missing of both families, once, and takes it away when it ends', async () => {
    expect(keeper.state.complete).toBe(false);
    await keeper.use(list(VULCAN, MARS));
    await keeper.use(list(VULCAN, MARS));

    expect(targets()).toEqual([VULCAN.to, MARS.to]);
    expect(keeper.state).toEqual({ complete: true, routes: 2, problems: [] });
    expect(said).toEqual(['route to 10.2.0.0/16 via 192.168.1.1 added', 'route to fd00:3::/48 via fd00::1 added']);

    table.routes.push({ to: '10.9.0.0/16', ours: false, text: 'somebody else' });
    await keeper.close();
    expect(targets()).toEqual(['10.9.0.0/16']);
    await keeper.use(list(VULCAN));
    expect(targets()).toEqual(['10.9.0.0/16']);
  });

  it('brings back what somebody took away', async () => {
    await keeper.use(list(VULCAN));
    table.routes = [];

    clock.advance(10_000);
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();

    expect(targets()).toEqual([VULCAN.to]);
    await keeper.close();
  });

  it('takes nothing away because its list cannot be read, and says so', async () => {
    await keeper.use(list(VULCAN));
    await keeper.use('/etc/fedmesh-routes/routes.json cannot be read: ENOENT');

    expect(targets()).toEqual([VULCAN.to]);
    expect(keeper.state).toMatchObject({ complete: false, problems: [expect.stringContaining('ENOENT')] });
    await keeper.use(list());
    expect(targets()).toEqual([]);
    expect(keeper.state.complete).toBe(true);
  });

  it('makes the other routes where one cannot be made, and says why', async () => {
    table.routes.push({ to: MARS.to, via: 'fd00::9', ours: false, text: `${MARS.to} via fd00::9` });
    await keeper.use(list({ to: '10.4.0.0/16', via: '192.168.7.99' }, VULCAN, MARS));

    expect(table.routes.filter(({ ours }) => ours).map(({ to }) => to)).toEqual([VULCAN.to]);
    expect(keeper.state.problems).toEqual([
      expect.stringContaining('share no network'),
      expect.stringContaining('fd00:3::/48 via fd00::9 that is not ours'),
    ]);
    await keeper.close();
    expect(targets()).toEqual([MARS.to]);
  });

  it('has nothing to do on a gateway, and needs no IPv6 where no route is of it', async () => {
    await keeper.use({ gateways: ['earth-2'], routes: [VULCAN] });
    expect(targets()).toEqual([]);
    expect(keeper.state.complete).toBe(true);

    table.fault = 'there is no program `ip` here';
    await keeper.use(list(VULCAN));
    expect(keeper.state.problems).toEqual(['there is no program `ip` here']);
  });
});
