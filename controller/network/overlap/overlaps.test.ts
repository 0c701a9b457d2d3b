import { describe, expect, it } from 'vitest';
import { parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { Claim, RangeUse } from './claim.ts';
import { overlapsAmong, overlapsOf } from './overlaps.ts';

const PODS_ROUTED = { services: false, nodes: false };
const ALL_ROUTED = { services: true, nodes: true };

function claim(cluster: string, use: RangeUse, text: string): Claim {
  const range = parseIpRange(text);
  if (typeof range === 'string') throw new Error(`${text} ${range}`);
  return { cluster, use, range, source: 'test' };
}

describe('what shared addresses do', () => {
  it.each<[RangeUse, string, RangeUse, string, string | undefined, string | undefined]>([
    // uses and ranges of earth and vulcan; with pods routed, with everything routed
    ['pod', '10.244.0.0/16', 'pod', '10.244.0.0/16', 'conflict', 'conflict'],
    ['pod', '10.244.0.0/16', 'pod', '10.244.7.0/24', 'conflict', 'conflict'],
    ['pod', '10.244.0.0/16', 'node', '10.244.7.9/32', 'conflict', 'conflict'],
    ['pod', '10.96.0.0/16', 'service', '10.96.0.0/12', 'note', 'conflict'],
    ['service', '10.96.0.0/12', 'service', '10.96.0.0/12', 'note', 'conflict'],
    ['service', '10.96.0.0/12', 'node', '10.100.0.4/32', 'note', 'conflict'],
    ['node', '192.168.1.0/24', 'node', '192.168.1.0/24', 'note', 'conflict'],
    ['pod', '10.244.0.0/16', 'pod', '10.245.0.0/16', undefined, undefined],
    ['pod', 'fd00:10:244::/56', 'pod', 'fd00:10:244:1::/64', 'conflict', 'conflict'],
  ])('%s %s and %s %s', (use, range, otherUse, otherRange, podsRouted, allRouted) => {
    const claims = [claim('earth', use, range), claim('vulcan', otherUse, otherRange)];
    expect(overlapsAmong(claims, PODS_ROUTED)[0]?.harm).toBe(podsRouted);
    expect(overlapsAmong(claims, ALL_ROUTED)[0]?.harm).toBe(allRouted);
  });

  it('nodes that lie in the mesh are no overlap, a network of nodes that is wider than the mesh is', () => {
    const mesh = claim('netmaker', 'mesh', '100.64.0.0/16');
    const harms = (range: string) => overlapsAmong([mesh, claim('earth', 'node', range)], PODS_ROUTED);
    expect(harms('100.64.0.7/32')).toEqual([]);
    expect(harms('100.64.0.0/10')).toMatchObject([{ harm: 'conflict' }]);
  });
});

it('ranges of one cluster never disturb each other: its nodes may lie in its own pod range', () => {
  const claims = [
    claim('earth', 'pod', '10.0.0.0/8'),
    claim('earth', 'pod', '10.1.0.0/16'),
    claim('earth', 'node', '10.1.0.1/32'),
  ];
  expect(overlapsAmong(claims, ALL_ROUTED)).toEqual([]);
});

it('a cluster that wants to join is told all that stands against it, what misleads packets first', () => {
  const claims = [
    claim('earth', 'service', '10.96.0.0/12'),
    claim('earth', 'pod', '10.244.0.0/16'),
    claim('mars', 'pod', '10.244.0.0/16'),
    claim('vulcan', 'service', '10.96.0.0/12'),
    claim('vulcan', 'pod', '10.244.0.0/16'),
  ];
  const found = overlapsOf('vulcan', claims, PODS_ROUTED).map(({ claims: [own, other], harm }) => [
    harm,
    own.cluster,
    other.cluster,
  ]);
  expect(found).toEqual([
    ['conflict', 'vulcan', 'earth'],
    ['conflict', 'vulcan', 'mars'],
    ['note', 'vulcan', 'earth'],
  ]);
});

it('a thousand clusters that were all built from the defaults give an answer that can be read', () => {
  const claims = Array.from({ length: 1_000 }, (_, index) => [
    claim(`c${index}`, 'pod', '10.244.0.0/16'),
    claim(`c${index}`, 'service', '10.96.0.0/12'),
  ]).flat();
  const found = overlapsAmong(claims, PODS_ROUTED, 2);
  expect(found.length).toBeLessThanOrEqual(2 * claims.length);
  expect(new Set(found.flatMap(({ claims: [a, b] }) => [a.cluster, b.cluster])).size).toBe(1_000);
});
