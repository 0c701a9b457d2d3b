import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KernelRoute, parseKernelRoutes, routeSteps, routesFor } from './kernel-routes.ts';
import { formatRouteList, type NodeRoute, parseRouteList } from './route-list.ts';

const EARTH = { to: '10.1.0.0/16', via: '192.168.1.1' };
const MARS = { to: 'fd00:10:3::/48', via: 'fd00:192::1' };

const own = ({ to, via }: NodeRoute): KernelRoute => ({ to, via, ours: true, text: `${to} via ${via}` });
const foreign = (to: string, via?: string): KernelRoute => ({
  ...{ to, ours: false, text: `${to} via ${via}` },
  ...(via === undefined ? {} : { via }),
});

describe('the routes of a node', () => {
  it('are read as iproute2 prints them, and told from others by their protocol', () => {
    const four = `[{"dst":"default","gateway":"192.168.1.254","dev":"eth0","flags":[]},
      {"dst":"10.1.0.0/16","gateway":"192.168.1.1","dev":"eth0","protocol":"198","flags":[]},
      {"dst":"10.3.0.5","gateway":"192.168.1.1","dev":"eth0","flags":[]},
      {"dst":"10.8.0.0/16","flags":[],"nexthops":[{"gateway":"192.168.1.7","dev":"eth0","weight":1,"flags":[]}]},
      {"type":"6","dst":"10.9.0.0/16","flags":[]}]`;

    expect(parseKernelRoutes(4, four)).toEqual([
      { ...EARTH, ours: true, text: '10.1.0.0/16 via 192.168.1.1 dev eth0' },
      { to: '10.3.0.5/32', via: '192.168.1.1', ours: false, text: '10.3.0.5/32 via 192.168.1.1 dev eth0' },
      { to: '10.8.0.0/16', ours: false, text: '10.8.0.0/16 another way' },
      { to: '10.9.0.0/16', ours: false, text: '10.9.0.0/16 another way' },
    ]);
    expect(parseKernelRoutes(6, '')).toEqual([]);
    expect(() => parseKernelRoutes(4, '{}')).toThrow('iproute2');
  });

  it('follow a gateway that has changed, and those that nobody needs go', () => {
    const before = own({ to: EARTH.to, via: '192.168.1.2' });
    const idle = own({ to: '10.9.0.0/16', via: '192.168.1.2' });

    expect(routeSteps([EARTH, MARS], [before, idle])).toEqual({
      remove: [
        { to: EARTH.to, via: '192.168.1.2' },
        { to: '10.9.0.0/16', via: '192.168.1.2' },
      ],
      add: [EARTH, MARS],
      blocked: [],
    });
  });

  it('leave those of others alone: one that leads the same way serves as well, another one is named', () => {
    const steps = routeSteps([EARTH, MARS], [foreign(EARTH.to, EARTH.via), foreign(MARS.to, 'fd00::9')]);

    expect(steps).toEqual({ remove: [], add: [], blocked: [{ route: MARS, by: 'fd00:10:3::/48 via fd00::9' }] });
  });

  it('are none on gateways, which have the routes of the mesh', () => {
    const list = { gateways: ['earth-1'], routes: [EARTH] };

    expect(routesFor('earth-1', list)).toEqual([]);
    expect(routesFor('earth-2', list)).toEqual([EARTH]);
  });

  it('are brought to rest in one go, whatever is there, and nothing of others is touched', () => {
    const octet = fc.integer({ min: 0, max: 3 });
    const range = octet.map((n) => `10.${n}.0.0/16`);
    const via = octet.map((n) => `192.168.1.${n}`);
    const route = fc.record({ to: range, via });
    const present = fc.uniqueArray(fc.record({ to: range, via, ours: fc.boolean() }), { selector: ({ to }) => to });
    fc.assert(
      fc.property(fc.uniqueArray(route, { selector: ({ to }) => to }), present, (wanted, table) => {
        const before = table.map((each) => ({ ...each, text: `${each.to} via ${each.via}` }));
        const { remove, add } = routeSteps(wanted, before);
        const gone = (one: KernelRoute) =>
          one.ours && remove.some(({ to, via: by }) => one.to === to && one.via === by);
        const after = [...before.filter((one) => !gone(one)), ...add.map(own)];

        expect(routeSteps(wanted, after)).toMatchObject({ remove: [], add: [] });
        expect(after.filter(({ ours }) => !ours)).toEqual(before.filter(({ ours }) => !ours));
        // The kernel takes no second route to one range.
        expect(new Set(after.map(({ to }) => to)).size).toBe(after.length);
        expect(routeSteps([], after).remove).toHaveLength(after.filter(({ ours }) => ours).length);
      }),
    );
  });
});

describe('the list that is handed to nodes', () => {
  it('is the same text for the same routes, and reads back', () => {
    const text = formatRouteList({ gateways: ['b', 'a'], routes: [MARS, EARTH] });

    expect(text).toBe(formatRouteList({ gateways: ['a', 'b'], routes: [EARTH, MARS] }));
    expect(parseRouteList(text)).toEqual({ gateways: ['a', 'b'], routes: [EARTH, MARS] });
  });

  it.each([
    ['{', 'is no JSON'],
    ['[]', 'is no JSON object'],
    ['{"routes":[]}', 'has no list of gateways'],
    ['{"gateways":[]}', 'has no list of routes'],
    ['{"gateways":[],"routes":[{"to":"0.0.0.0/0","via":"10.0.0.1"}]}', 'holds every address there is'],
    ['{"gateways":[],"routes":[{"to":"10.1.0.1/16","via":"10.0.0.1"}]}', 'has bits set behind its prefix'],
    ['{"gateways":[],"routes":[{"to":"10.1.0.0/16","via":"-h"}]}', 'is no IP address'],
    ['{"gateways":[],"routes":[{"to":"fd00::/64","via":"10.0.0.1"}]}', 'is of the other address family'],
    [
      '{"gateways":[],"routes":[{"to":"10.1.0.0/16","via":"10.0.0.1"},{"to":"10.1.0.0/16","via":"10.0.0.2"}]}',
      'names 10.1.0.0/16 twice',
    ],
  ])('is refused as a whole where it says %s', (text, fault) => {
    expect(parseRouteList(text)).toContain(fault);
  });
});
