import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCluster, type LabCluster } from './cluster.ts';
import { Figures, seconds } from './figures.ts';
import { Ethernet } from './lab/ethernet.ts';
import { Lab } from './lab/lab.ts';
import { allWellBut, around, type Classes, diagnosed, from, noticed } from './matrix.ts';
import { Probes } from './probes.ts';
import { RouteScripts, sitesOf } from './routes.ts';
import { pluginMasquerades } from './rules.ts';
import { MESH_INTERFACE, Tunnels } from './tunnels.ts';

const NAMES = ['earth', 'vulcan', 'mars'] as const;
/** Has the ranges of earth, and is none of the members at first. */
const DOUBLE = 'io';

describe.runIf(inject('netlab') !== '')('three clusters whose gateways are joined by WireGuard', () => {
  const figures = new Figures('Three clusters joined by WireGuard', ['fault', 'diagnosis', 'noticed after']);
  let lab: Lab;
  let tunnels: Tunnels;
  let clusters: LabCluster[];
  let earth: LabCluster;
  let vulcan: LabCluster;
  let double: LabCluster;
  let probes: Probes;
  let scripts: RouteScripts;
  let knowsGateways = true;
  const nodes = () => clusters.flatMap((cluster) => cluster.nodes);

  /** Waits for exactly this, writes down how long it took, mends it, and waits until all is well again. */
  async function shows(fault: string, word: string, expected: Classes, mend: () => Promise<unknown>): Promise<void> {
    try {
      figures.add(fault, word, seconds(await noticed(probes, allWellBut(NAMES, expected))));
    } finally {
      await mend();
    }
    await noticed(probes, allWellBut(NAMES));
  }

  beforeAll(async () => {
    lab = await Lab.open(inject('netlab'));
    tunnels = await Tunnels.create(lab);
    const create = async (name: string, number: number, site: number, nodes: number) => {
      const network = await Ethernet.create(lab, `lan-${name}`);
      const cluster = await createCluster(lab, { name, number, site, nodes }, network);
      await tunnels.start(cluster);
      return cluster;
    };
    const created = await Promise.all([
      create('earth', 1, 1, 2),
      create('vulcan', 2, 2, 2),
      create('mars', 3, 3, 2),
      create(DOUBLE, 1, 4, 1),
    ]);
    clusters = created.slice(0, 3);
    [earth, vulcan, , double] = created;
    await tunnels.peer(clusters);
    scripts = new RouteScripts(sitesOf(clusters, { meshInterface: MESH_INTERFACE }));
    probes = new Probes(lab, {
      gateway: async (cluster) => (knowsGateways ? tunnels.state(cluster) : { state: 'Unknown', message: '' }),
    });
    await probes.start(created);
    await probes.federate(clusters);
  });
  afterAll(async () => {
    await lab?.close();
    figures.print();
  });

  it('with routes on every node all reach all, pods and Services, and are seen under their own addresses', async () => {
    await scripts.run('apply', nodes());

    await noticed(probes, allWellBut(NAMES));
    expect(await scripts.incomplete(nodes())).toEqual([]);
  });

  it('a node beside the gateway that has no routes', async () => {
    const others = vulcan.nodes.slice(1);
    await scripts.run('remove', others);

    await shows('a node that is no gateway lacks the routes', 'NodeRoutes', around('vulcan', NAMES, 'NodeRoutes'), () =>
      scripts.run('apply', others),
    );
  });

  it('a Service range that is not routed', async () => {
    const without = new RouteScripts(sitesOf(clusters, { meshInterface: MESH_INTERFACE, services: false }));
    await without.run('apply', vulcan.nodes);

    await shows('the Service range is not routed', 'ServiceRange', from('vulcan', NAMES, 'ServiceRange'), () =>
      scripts.run('apply', vulcan.nodes),
    );
  });

  it('a network plugin that masquerades', async () => {
    await pluginMasquerades(earth);
    expect(await diagnosed(probes, true), 'the rules of the scripts come first').toEqual(allWellBut(NAMES));
    await Promise.all(earth.nodes.map(({ machine }) => machine.nft('delete table ip fedmesh')));

    await shows('the network plugin masquerades', 'Masqueraded', from('earth', NAMES, 'Masqueraded'), async () => {
      await scripts.run('apply', earth.nodes);
      await Promise.all(earth.nodes.map(({ machine }) => machine.nft('delete table ip plugin')));
    });
  });

  it('a firewall that came later, and forwards nothing', async () => {
    const { machine } = earth.gateway;
    await machine.nft(
      'table inet firewall {\n  chain forward { type filter hook forward priority 0; policy drop; }\n}',
    );

    await shows('FORWARD drops', 'Dropped', around('earth', NAMES, 'Dropped'), async () => {
      expect(await scripts.incomplete(nodes())).toEqual([earth.gateway.name]);
      // With the rules of the scripts it does no harm.
      await scripts.run('apply', [earth.gateway]);
    });
    await machine.nft('delete table inet firewall');
  });

  it('a tunnel that takes only small packets, and tells nobody', async () => {
    const { machine } = earth.gateway;
    await machine.ip(`link set ${MESH_INTERFACE} mtu 1280`);
    await machine.nft(`table inet silence {
  chain output {
    type filter hook output priority 0;
    icmp type destination-unreachable drop
    icmpv6 type packet-too-big drop
  }
}`);

    await shows('large packets are lost (MTU)', 'PacketSize', around('earth', NAMES, 'PacketSize'), async () => {
      await machine.ip(`link set ${MESH_INTERFACE} mtu 1420`);
      await machine.nft('delete table inet silence');
    });
  });

  it.each([
    ['the gateway is killed', 'GatewayDown', true],
    ['the gateway is killed, and the mesh does not say so', 'NoRoute', false],
  ] as const)('%s', async (fault, word, known) => {
    knowsGateways = known;
    await tunnels.kill(earth);

    await shows(fault, word, around('earth', NAMES, word), async () => {
      await tunnels.restart(earth);
      await tunnels.peer(clusters);
      await scripts.run('apply', [earth.gateway]);
      knowsGateways = true;
    });
  });

  it('another cluster with the same ranges joins, whose pods answer for the first', async () => {
    // By hand: nothing is generated for ranges that overlap.
    expect(() => new RouteScripts(sitesOf([...clusters, double], { meshInterface: MESH_INTERFACE }))).toThrow(
      'overlaps',
    );
    const all = [...clusters, double];
    const ranges = [vulcan, ...clusters.slice(2)].flatMap((each) => [...each.podCIDRs, ...each.serviceCIDRs]);
    await double.gateway.machine.ip(...ranges.map((range) => `route add ${range} dev ${MESH_INTERFACE}`));
    await tunnels.peer(all);
    await probes.federate(all);
    const names = [...NAMES, DOUBLE];

    const ms = await noticed(probes, allWellBut(names, around('earth', names, 'WrongIdentity')));
    figures.add('two clusters have the same ranges', 'WrongIdentity', seconds(ms));
    await tunnels.peer(clusters);
    await probes.federate(clusters);
    await noticed(probes, allWellBut(NAMES));
  });
});
