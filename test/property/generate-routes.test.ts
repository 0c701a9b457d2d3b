import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overlaps, rangeAt } from '../../apis/meta/ip-range.ts';
import { planRoutes } from '../../controller/network/generate/route-plan.ts';
import { generateRoutes } from '../../controller/network/generate/routes.ts';
import { type Sites, topologyOf } from '../../controller/network/generate/sites.ts';

const cluster = (index: number, nodes: number, gateway: number, dual: boolean) => ({
  cluster: `c${index}`,
  podCIDRs: [`10.${index}.0.0/16`, ...(dual ? [rangeAt(6, (0xfd00n << 112n) + (BigInt(index) << 80n), 56).text] : [])],
  serviceCIDRs: [`10.${index + 100}.0.0/16`],
  virtualCIDRs: [],
  outboundCIDRs: [],
  gateways: nodes === 0 ? [] : [`n${gateway % nodes}`],
  nodes: Array.from({ length: nodes }, (_, node) => ({
    name: `n${node}`,
    addresses: [`192.168.${index}.${node + 1}`],
    externalAddresses: [],
    podCIDRs: [`10.${index}.${node}.0/24`],
    ready: true,
  })),
});

const SITES: fc.Arbitrary<Sites> = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 5 }),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([clusters, shared, withinClusters, mesh, services]) => ({
    clusters: clusters.map(([nodes, gateway, dual], index) => cluster(index, nodes, gateway, dual)),
    layer2: shared ? [rangeAt(4, (192n << 24n) + (168n << 16n), 16)] : [],
    withinClusters,
    ...(mesh ? { meshInterface: 'nm-fed' } : {}),
    routes: { services, nodes: false },
  }));

const OPTIONS = { action: 'apply', forward: 'last' } as const;

it('every node that may reach a cluster has a route to each of its ranges or a problem says why not, and none to itself', () => {
  fc.assert(
    fc.property(SITES, (sites) => {
      const { nodes, problems } = planRoutes(topologyOf(sites));
      for (const { cluster: name, node, routes } of nodes) {
        const own = sites.clusters.find((site) => site.cluster === name);
        const mine = own?.nodes.find((each) => each.name === node);
        expect(routes.some(({ via }) => via !== undefined && mine?.addresses.includes(via))).toBe(false);
        expect(routes.some(({ to }) => mine?.podCIDRs.includes(to.text))).toBe(false);
        for (const other of sites.clusters.filter((site) => site !== own && site.nodes.length > 0)) {
          const reached = routes.some((route) => route.cluster === other.cluster);
          expect(reached || problems.some((problem) => problem.cluster === name)).toBe(true);
        }
      }
      expect(new Set(problems.map(({ message }) => message)).size).toBe(problems.length);
    }),
  );
});

it('the same clusters give the same files in whatever order they are named, and another order of nodes changes nothing', () => {
  fc.assert(
    fc.property(SITES, (sites) => {
      const turned = {
        ...sites,
        clusters: sites.clusters.toReversed().map((site) => ({ ...site, nodes: site.nodes.toReversed() })),
      };
      expect(generateRoutes(turned, OPTIONS).files).toEqual(generateRoutes(sites, OPTIONS).files);
    }),
    { numRuns: 50 },
  );
});

it('sets of rules hold no range twice, and a removing script differs in its first word only', () => {
  fc.assert(
    fc.property(SITES, (sites) => {
      const { files, plan } = generateRoutes(sites, OPTIONS);
      for (const { remote } of plan.nodes) {
        expect(remote.some((range, index) => remote.slice(index + 1).some((other) => overlaps(range, other)))).toBe(
          false,
        );
      }
      const removing = generateRoutes(sites, { ...OPTIONS, action: 'remove' }).files;
      const restored = removing.map(({ text, ...file }) => ({
        ...file,
        text: text.replace('(remove, if unsaid)', '(apply, if unsaid)').replace(':-remove}', ':-apply}'),
      }));
      expect(restored).toEqual(files);
    }),
    { numRuns: 50 },
  );
});
