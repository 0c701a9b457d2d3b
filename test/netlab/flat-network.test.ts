import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCluster, type LabCluster } from './cluster.ts';
import { Figures, seconds } from './figures.ts';
import { Ethernet } from './lab/ethernet.ts';
import { Lab } from './lab/lab.ts';
import { allWellBut, around, diagnosed, from, noticed } from './matrix.ts';
import { Probes } from './probes.ts';
import { LAYER2, RouteScripts, sitesOf } from './routes.ts';
import { RoutesProgram } from './routes-program.ts';
import { pluginMasquerades, rulesOf } from './rules.ts';

const NAMES = ['earth', 'vulcan'];
const rangesOf = ({ podCIDRs, serviceCIDRs }: LabCluster) => [...podCIDRs, ...serviceCIDRs];

describe.runIf(inject('netlab') !== '')(
  'two clusters in one network, with the routes that are generated for it',
  () => {
    const figures = new Figures('Two clusters in one network', ['fault', 'diagnosis', 'noticed after']);
    let lab: Lab;
    let clusters: LabCluster[];
    let earth: LabCluster;
    let probes: Probes;
    let scripts: RouteScripts;
    let untouched: Record<string, string>;
    const nodes = () => clusters.flatMap((cluster) => cluster.nodes);
    const allSilent = () => Object.fromEntries(nodes().map(({ name }) => [name, '']));

    beforeAll(async () => {
      lab = await Lab.open(inject('netlab'));
      const network = await Ethernet.create(lab, 'lan');
      const created = NAMES.map((name, index) => createCluster(lab, { name, number: index + 1, nodes: 2 }, network));
      clusters = await Promise.all(created);
      [earth] = clusters as [LabCluster];
      untouched = await rulesOf(nodes());
      scripts = new RouteScripts(sitesOf(clusters, { layer2: LAYER2 }));
      probes = new Probes(lab);
      await probes.start(clusters);
      await probes.federate(clusters);
    });
    afterAll(async () => {
      await lab?.close();
      figures.print();
    });

    it('before, neither reaches the other, and both are told that there is no route', async () => {
      expect(await diagnosed(probes, true)).toEqual(around('earth', NAMES, 'NoRoute'));
    });

    it('with them every pod reaches every pod and Service of the other, and is seen under its own address', async () => {
      const said = await scripts.run('apply', nodes());

      expect(said['earth-2']).toContain('fedmesh: route to 10.2.1.0/24 via 192.168.2.1\n');
      await noticed(probes, allWellBut(NAMES));
      const reports = await probes.reports(false);
      const seen = reports.flatMap(({ node, results }) =>
        results.filter(({ kind }) => kind === 'pod').map(({ small }) => `${node} ${small.answer?.peer}`),
      );
      const own = nodes().flatMap(({ name, podAddresses }) => podAddresses.map((address) => `${name} ${address}`));
      expect(new Set(seen)).toEqual(new Set(own));
      expect(seen).toHaveLength(nodes().length * 4);
    });

    it('applied a second time they change nothing', async () => {
      const before = await rulesOf(nodes());

      expect(await scripts.run('apply', nodes())).toEqual(allSilent());
      expect(await rulesOf(nodes())).toEqual(before);
      expect(await scripts.incomplete(nodes())).toEqual([]);
    });

    it('a node without them is named, and nothing else is complained of', async () => {
      const [, other] = earth.nodes;
      if (other === undefined) throw new Error('earth has one node only');
      await scripts.run('remove', [other]);

      const ms = await noticed(probes, allWellBut(NAMES, around('earth', NAMES, 'NodeRoutes')));
      figures.add('a node that is no gateway lacks the routes', 'NodeRoutes', seconds(ms));
      expect((await probes.diagnose(false)).map(({ message }) => message)).toEqual([
        expect.stringContaining('not from earth-2 of earth'),
        expect.stringContaining('to earth-2 of earth'),
      ]);
      expect(await scripts.incomplete(nodes())).toEqual(['earth-2']);
      await scripts.run('apply', [other]);
      await noticed(probes, allWellBut(NAMES));
    });

    it("a network plugin's masquerade changes nothing with them, and is named without", async () => {
      await pluginMasquerades(earth);
      expect(await diagnosed(probes, true)).toEqual(allWellBut(NAMES));

      await Promise.all(earth.nodes.map(({ machine }) => machine.nft('delete table ip fedmesh')));
      const ms = await noticed(probes, allWellBut(NAMES, from('earth', NAMES, 'Masqueraded')));
      figures.add('the network plugin masquerades', 'Masqueraded', seconds(ms));
      expect(await scripts.incomplete(nodes())).toEqual(['earth-1', 'earth-2']);
      await scripts.run('apply', earth.nodes);
      await noticed(probes, allWellBut(NAMES));
      await Promise.all(earth.nodes.map(({ machine }) => machine.nft('delete table ip plugin')));
    });

    it('a node that is no gateway gets by with the program of the DaemonSet instead of a script', async () => {
      const [gateway, other] = earth.nodes;
      if (gateway === undefined || other === undefined) throw new Error('earth has one node only');
      await scripts.run('remove', [other]);
      await other.machine.ip('route add 10.77.0.0/16 via 192.168.1.1');
      const before = await rulesOf([other]);
      const node = new RoutesProgram(lab, other);

      await node.start(clusters.slice(1).flatMap(rangesOf), gateway);

      await node.isReady();
      expect(await node.routes()).toEqual([
        '10.102.0.0/16 via 192.168.1.1',
        '10.2.0.0/16 via 192.168.1.1',
        'fd00:10:2::/48 via fd00:192:168:1::1',
      ]);
      await noticed(probes, allWellBut(NAMES));
      // One that is killed takes nothing along; the next one takes all of it away when it ends, and nothing of others.
      await node.stop('SIGKILL');
      expect(await node.routes()).toHaveLength(3);
      await node.start(rangesOf(earth), gateway);
      await node.isReady();
      await node.stop('SIGTERM');
      expect(await node.routes()).toEqual([]);
      expect(await rulesOf([other])).toEqual(before);
      await other.machine.ip('route del 10.77.0.0/16 via 192.168.1.1');
      await scripts.run('apply', [other]);
    });

    it('removing undoes all that they did', async () => {
      await scripts.run('remove', nodes());

      expect(await rulesOf(nodes())).toEqual(untouched);
      expect(await scripts.run('remove', nodes())).toEqual(allSilent());
    });
  },
);
