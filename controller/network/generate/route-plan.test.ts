import { describe, expect, it } from 'vitest';
import { type NodePlan, planRoutes } from './route-plan.ts';
import { type Sites, topologyOf } from './sites.ts';
import { readSites } from './sites-file.ts';

/** earth with a gateway and another node, vulcan with one node: pods 10.C.0.0/16, nodes 192.168.C.N. */
const TWO_CLUSTERS = {
  clusters: [
    {
      name: 'earth',
      podCIDRs: ['10.1.0.0/16'],
      nodes: [
        { name: 'e1', addresses: ['192.168.1.1'], podCIDRs: ['10.1.1.0/24'] },
        { name: 'e2', addresses: ['192.168.1.2'], podCIDRs: ['10.1.2.0/24'] },
      ],
    },
    {
      name: 'vulcan',
      podCIDRs: ['10.2.0.0/16'],
      nodes: [{ name: 'v1', addresses: ['192.168.2.1'], podCIDRs: ['10.2.1.0/24'] }],
    },
  ],
  gateways: [{ cluster: 'earth', node: 'e1' }],
};

function planOf(file: object): { routes: Record<string, string[]>; problems: string[]; nodes: readonly NodePlan[] } {
  const sites: Sites = readSites(file);
  const { nodes, problems } = planRoutes(topologyOf(sites));
  const routes = nodes.map(({ node, routes }) => [
    node,
    routes.map(({ to, via, dev }) => `${to.text} ${via === undefined ? `dev ${dev}` : `via ${via}`}`),
  ]);
  return { routes: Object.fromEntries(routes), problems: problems.map(({ reason }) => reason), nodes };
}

describe('routes between clusters', () => {
  it('lead through the own gateway, and from the gateway into the mesh', () => {
    expect(planOf({ ...TWO_CLUSTERS, meshInterface: 'nm-fed' })).toMatchObject({
      routes: {
        e1: ['10.2.0.0/16 dev nm-fed'],
        e2: ['10.2.0.0/16 via 192.168.1.1'],
        v1: ['10.1.0.0/16 dev nm-fed'],
      },
      problems: [],
    });
  });

  it('lead straight to the node of the pod where all share a network, and to the gateway for what no node has', () => {
    expect(planOf({ ...TWO_CLUSTERS, layer2: ['192.168.0.0/16'] })).toMatchObject({
      routes: {
        e1: ['10.2.0.0/16 via 192.168.2.1', '10.2.1.0/24 via 192.168.2.1'],
        e2: ['10.2.0.0/16 via 192.168.2.1', '10.2.1.0/24 via 192.168.2.1'],
        v1: ['10.1.0.0/16 via 192.168.1.1', '10.1.1.0/24 via 192.168.1.1', '10.1.2.0/24 via 192.168.1.2'],
      },
      problems: [],
    });
  });

  it('are left to the mesh on gateways of which nothing more is known, and that is said', () => {
    const { routes, problems } = planOf(TWO_CLUSTERS);

    expect(routes).toEqual({ e1: [], e2: ['10.2.0.0/16 via 192.168.1.1'], v1: [] });
    expect(problems).toEqual(['GatewayRoutesElsewhere', 'GatewayRoutesElsewhere']);
  });

  it('need a gateway where a cluster has several nodes', () => {
    expect(planOf({ ...TWO_CLUSTERS, gateways: [] }).problems).toContain('GatewayMissing');
  });

  it('are not written where the gateway lies behind a router, which has to know them instead', () => {
    const { routes, problems } = planOf({ ...TWO_CLUSTERS, layer2: ['192.168.1.1/32'], meshInterface: 'nm-fed' });

    expect(routes.e2).toEqual([]);
    expect(problems).toEqual(['NoSharedNetwork']);
  });

  it('carry Services and nodes too where that is wanted, but no node that is on the spot anyway', () => {
    const [earth, vulcan] = TWO_CLUSTERS.clusters;
    const clusters = [earth, { ...vulcan, serviceCIDRs: ['10.102.0.0/16'] }];
    const routed = { ...TWO_CLUSTERS, clusters, meshInterface: 'nm-fed', routes: { services: true, nodes: true } };

    expect(planOf(routed).routes.e1).toEqual([
      '10.2.0.0/16 dev nm-fed',
      '10.102.0.0/16 dev nm-fed',
      '192.168.2.1/32 dev nm-fed',
    ]);
    expect(planOf({ ...routed, layer2: ['192.168.0.0/16'] }).routes.e2).not.toContain('192.168.2.1/32 via 192.168.2.1');
  });

  it('exist in the address families only that both clusters have', () => {
    const [earth, vulcan] = TWO_CLUSTERS.clusters;
    const clusters = [earth, { ...vulcan, podCIDRs: ['10.2.0.0/16', 'fd00:2::/56'] }];

    const { nodes } = planOf({ ...TWO_CLUSTERS, clusters, meshInterface: 'nm-fed' });

    expect(nodes.flatMap(({ routes }) => routes).filter(({ to }) => to.family === 6)).toEqual([]);
  });

  it('are none at all between clusters with the same range, unless both are reached under other addresses', () => {
    const clusters = TWO_CLUSTERS.clusters.map((cluster) => ({ ...cluster, podCIDRs: ['10.244.0.0/16'] }));
    expect(planOf({ ...TWO_CLUSTERS, clusters }).problems).toContain('RangesOverlap');

    const one = clusters.map((cluster, index) =>
      index === 0 ? { ...cluster, virtualCIDRs: ['10.201.0.0/16'] } : cluster,
    );
    expect(planOf({ ...TWO_CLUSTERS, clusters: one }).problems).toContain('RangesOverlap');

    const both = clusters.map((cluster, index) => ({ ...cluster, virtualCIDRs: [`10.20${index}.0.0/16`] }));
    const { routes, nodes } = planOf({ ...TWO_CLUSTERS, clusters: both, meshInterface: 'nm-fed' });
    expect(routes).toEqual({
      e1: ['10.201.0.0/16 dev nm-fed'],
      e2: ['10.201.0.0/16 via 192.168.1.1'],
      v1: ['10.200.0.0/16 dev nm-fed'],
    });
    expect(nodes.map(({ node, translations }) => [node, translations.length])).toEqual([
      ['e1', 1],
      ['e2', 0],
      ['v1', 1],
    ]);
  });
});

it('gives nodes of one cluster routes to each other where no network plugin does', () => {
  const [earth] = TWO_CLUSTERS.clusters;
  const kubenet = { clusters: [earth], withinClusters: true };

  expect(planOf(kubenet).routes).toEqual({ e1: ['10.1.2.0/24 via 192.168.1.2'], e2: ['10.1.1.0/24 via 192.168.1.1'] });
});

describe('a file of clusters', () => {
  const earth = { name: 'earth', podCIDRs: ['10.1.0.0/16'], nodes: [{ name: 'e1', addresses: ['192.168.1.1'] }] };
  it.each([
    [{}, 'clusters is empty'],
    [[], 'the file is no mapping'],
    [{ clusters: [{ ...earth, podCidrs: [] }] }, 'clusters[0].podCidrs is not known'],
    [{ clusters: [{ ...earth, podCIDRs: ['ten'] }] }, 'clusters[0].podCIDRs[0]: "ten" is no range'],
    [
      { clusters: [{ ...earth, podCIDRs: ['10.1.0.1/16'] }] },
      'has bits set behind its prefix: the range is 10.1.0.0/16',
    ],
    [{ clusters: [{ ...earth, podCIDRs: ['::ffff:10.1.0.0/112'] }] }, 'is IPv4 written as IPv6: write 10.1.0.0/16'],
    [{ clusters: [{ ...earth, podCIDRs: ['0.0.0.0/0'] }] }, 'holds every address there is'],
    [{ clusters: [{ ...earth, podCIDRs: [] }] }, 'clusters[0].podCIDRs is empty'],
    [{ clusters: [{ ...earth, nodes: [{ name: 'e1', addresses: ['::ffff:10.0.0.1'] }] }] }, 'is IPv4 written as IPv6'],
    [{ clusters: [{ ...earth, nodes: [{ name: 'e1' }] }] }, 'clusters[0].nodes[0].addresses is empty'],
    [{ clusters: [earth, earth] }, 'cluster earth is there twice'],
    [{ clusters: [earth], gateways: [{ cluster: 'earth', node: 'e9' }] }, 'earth has no node e9'],
    [{ clusters: [earth], gateways: [{ cluster: 'mars', node: 'e1' }] }, 'there is no cluster mars'],
    [{ clusters: [earth], meshInterface: 'eth0; reboot' }, 'is no name of an interface'],
    [{ clusters: [earth], withinClusters: 'yes' }, 'withinClusters is neither true nor false'],
  ])('%j is refused with what is wrong in it', (file, why) => {
    expect(() => readSites(file)).toThrow(why);
  });

  it.each([
    ['10.201.0.0/17', 'cannot stand for 10.1.0.0/16 of earth'],
    ['fd00::/56', 'earth has no virtual range for its pod range 10.1.0.0/16'],
  ])('takes no virtual range such as %s that cannot stand for the real one', (virtual, why) => {
    expect(() => topologyOf(readSites({ clusters: [{ ...earth, virtualCIDRs: [virtual] }] }))).toThrow(why);
  });
});
