import { type IpRange, overlaps, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { Egress, Network } from './api.ts';
import { readMark } from './names.ts';

/** RFC 2544: addresses for tests of network devices, which no network uses. */
export const DEFAULT_POOL = '198.18.0.0/15';

export interface PoolNeeds {
  readonly owner: string;
  /** Undefined: it is about to be made. */
  readonly network: Network | undefined;
  readonly egresses: readonly Egress[];
  /** Ranges that are to get a virtual one. */
  readonly ranges: readonly IpRange[];
  /** Real ranges that the pool must keep clear of. */
  readonly taken: readonly IpRange[];
  /** Where the network's own pool is too small. */
  readonly pool: string;
}

export interface PoolSetting {
  readonly pool: string;
  readonly sitePrefix: number;
}

/**
 * What the network has to be set to for each range to get a virtual one of its own size; undefined: it is so. With the setting that Netmaker comes
 * with (windows of /24) the pods of a /16 would be out of reach but for the first 256. Text: it cannot be had, and what a person can do.
 */
export function poolFor({
  owner,
  network,
  egresses,
  ranges,
  taken,
  pool,
}: PoolNeeds): PoolSetting | string | undefined {
  if (ranges.length === 0) return undefined;
  const widest = Math.min(...ranges.map(({ prefix }) => prefix));
  const size = ranges.reduce((sum, range) => sum + (range.last - range.first + 1n), 0n);
  const isRoomy = (text: string | undefined): boolean => {
    const found = parseIpRange(text ?? '');
    return typeof found !== 'string' && found.family === 4 && found.last - found.first + 1n >= size;
  };
  const present = network?.virtual_nat_pool_ipv4;
  const site = network?.virtual_nat_site_prefixlen_ipv4 ?? 0;
  if (isRoomy(present) && site > 0 && site <= widest) return undefined;
  const foreign = egresses.find(
    ({ mode, description }) => mode === 'virtual_nat' && readMark(owner, description) === undefined,
  );
  const needed = `a pool of at least ${size} addresses with a site prefix of at most /${widest}`;
  if (foreign !== undefined) {
    return `the network's pool for virtual ranges (${present || 'none'}, windows of /${site}) is too small, and "${foreign.name}", which Fedmesh did not make, uses it. Set ${needed} in Netmaker, or make a network for the federation alone`;
  }
  const chosen = [present, pool].find((text) => isRoomy(text) && isClear(text, taken));
  if (chosen !== undefined) return { pool: chosen, sitePrefix: widest };
  return `the ranges to be remapped need ${needed}: more than there is in ${pool}, or some of that is in use. Set virtual_nat_pool_ipv4 of the network in Netmaker to a free range`;
}

function isClear(text: string | undefined, taken: readonly IpRange[]): boolean {
  const range = parseIpRange(text ?? '');
  return typeof range !== 'string' && !taken.some((each) => overlaps(each, range));
}
