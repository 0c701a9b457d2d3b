import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { translate } from '../../controller/network/providers/translate.ts';
import { createCluster, type LabCluster } from './cluster.ts';
import { Ethernet } from './lab/ethernet.ts';
import { Lab } from './lab/lab.ts';
import { allWellBut, noticed } from './matrix.ts';
import { Probes } from './probes.ts';
import { RouteScripts, sitesOf } from './routes.ts';
import { rulesOf } from './rules.ts';
import { MESH_INTERFACE, Tunnels } from './tunnels.ts';

const NAMES = ['earth', 'vulcan'];
const VIRTUAL = {
  earth: ['10.201.0.0/16', 'fd00:10:201::/48'],
  vulcan: ['10.202.0.0/16', 'fd00:10:202::/48'],
} as const;

describe.runIf(inject('netlab') !== '')('two clusters with the same pod ranges, translated one for one', () => {
  let lab: Lab;
  let clusters: LabCluster[];
  let seenFromOutside: LabCluster[];
  let probes: Probes;
  let scripts: RouteScripts;
  let untouched: Record<string, string>;
  const nodes = () => clusters.flatMap((cluster) => cluster.nodes);

  beforeAll(async () => {
    lab = await Lab.open(inject('netlab'));
    const tunnels = await Tunnels.create(lab);
    const create = async (name: 'earth' | 'vulcan', site: number) => {
      const network = await Ethernet.create(lab, `lan-${name}`);
      const cluster = await createCluster(lab, { name, number: 1, site, nodes: 2 }, network);
      await tunnels.start(cluster);
      return cluster;
    };
    const created = await Promise.all([create('earth', 1), create('vulcan', 2)]);
    clusters = created;
    seenFromOutside = [virtually(created[0], VIRTUAL.earth), virtually(created[1], VIRTUAL.vulcan)];
    await tunnels.peer(seenFromOutside);
    untouched = await rulesOf(nodes());
    probes = new Probes(lab, { services: false });
    await probes.start(clusters);
    await probes.federate(seenFromOutside);
  });
  afterAll(() => lab?.close());

  it('nothing is generated without virtual ranges', () => {
    expect(() => new RouteScripts(sitesOf(clusters, { meshInterface: MESH_INTERFACE, services: false }))).toThrow(
      '10.1.0.0/16 of earth overlaps 10.1.0.0/16 of vulcan',
    );
  });

  it('with virtual ranges every pod reaches every pod of the other, and is seen under its virtual address', async () => {
    scripts = new RouteScripts(sitesOf(clusters, { meshInterface: MESH_INTERFACE, services: false, virtual: VIRTUAL }));
    await scripts.run('apply', nodes());

    await noticed(probes, allWellBut(NAMES));
    const reports = await probes.reports(false);
    const seen = reports.flatMap(({ results }) => results.map(({ small }) => small.answer?.peer));
    const virtual = seenFromOutside.flatMap((cluster) => cluster.nodes.flatMap(({ podAddresses }) => podAddresses));
    expect(new Set(seen)).toEqual(new Set(virtual));
  });

  it('applied twice it changes nothing, and removing undoes it', async () => {
    const silent = Object.fromEntries(nodes().map(({ name }) => [name, '']));

    expect(await scripts.run('apply', nodes())).toEqual(silent);
    expect(await scripts.incomplete(nodes())).toEqual([]);
    await scripts.run('remove', nodes());
    expect(await rulesOf(nodes())).toEqual(untouched);
  });
});

/** The cluster as others know it. Its Service range is not routed. */
function virtually(cluster: LabCluster, virtual: readonly string[]): LabCluster {
  const virtualOf = (address: string) =>
    cluster.podCIDRs
      .map((range, index) =>
        familyOf(range) === familyOf(address) ? translate(range, virtual[index] ?? '', address) : undefined,
      )
      .find((found) => found !== undefined) ?? address;
  const nodes = cluster.nodes.map((node) => ({ ...node, podAddresses: node.podAddresses.map(virtualOf) }));
  return { ...cluster, podCIDRs: virtual, serviceCIDRs: [], nodes };
}

function familyOf(text: string): number {
  return text.includes(':') ? 6 : 4;
}
