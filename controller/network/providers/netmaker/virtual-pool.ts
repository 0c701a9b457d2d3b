import { type IpRange, overlaps, parseIpRange } from '../../../../apis/meta/ip-range.ts';
import type { Egress, Network } from './api.ts';
import { readMark } from './names.ts';
import { hasWholeVirtualRange } from './state.ts';
import { keyOf } from './wanted.ts';

/** RFC 2544: addresses for tests of network devices, which no network uses. */
export const DEFAULT_POOL = '198.18.0.0/15';

export interface PoolNeeds {
  readonly owner: string;
  /** Undefined: it is about to be made. */
  readonly network: Network | undefined;
  readonly egresses: readonly Egress[];
  /** Ranges that are to have a virtual one, and their members. */
  readonly wanted: readonly { readonly cluster: string; readonly range: IpRange }[];
  /** Whether what there is for a member's range stays as it is, because it cannot be seen now. */
  readonly held: (cluster: string, range: string) => boolean;
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
export function poolFor(needs: PoolNeeds): PoolSetting | string | undefined {
  const { owner, network, wanted, taken, pool } = needs;
  const given = needs.egresses
    .filter((egress) => egress.mode === 'virtual_nat')
    .map((egress) => {
      return { egress, cluster: readMark(owner, egress.description)?.cluster };
    });
  const whole = given.filter(({ egress }) => hasWholeVirtualRange(egress));
  const keyed = new Set(
    whole.flatMap(({ egress, cluster }) => (cluster === undefined ? [] : keyOf(cluster, egress.range))),
  );
  const missing = wanted
    .filter(({ cluster, range }) => !keyed.has(keyOf(cluster, range.text)))
    .map(({ range }) => range);
  if (missing.length === 0) return undefined;
  const widest = Math.min(...missing.map(({ prefix }) => prefix));
  const wantedKeys = new Set(wanted.map(({ cluster, range }) => keyOf(cluster, range.text)));
  const staying = given.filter(
    ({ egress, cluster }) =>
      cluster === undefined ||
      needs.held(cluster, egress.range) ||
      (hasWholeVirtualRange(egress) && wantedKeys.has(keyOf(cluster, egress.range))),
  );
  const size = [...missing, ...staying.map(({ egress }) => egress.virtual_range)].reduce(
    (sum, each) => sum + sizeOf(each),
    0n,
  );
  const isRoomy = (text: string | undefined): boolean => {
    const found = parseIpRange(text ?? '');
    return typeof found !== 'string' && found.family === 4 && sizeOf(found) >= size;
  };
  const present = network?.virtual_nat_pool_ipv4;
  const site = network?.virtual_nat_site_prefixlen_ipv4 ?? 0;
  if (isRoomy(present) && isClear(present, taken) && site > 0 && site <= widest) return undefined;
  const foreign = given.find(({ cluster }) => cluster === undefined)?.egress;
  const needed = `a pool of at least ${size} addresses with a site prefix of at most /${widest}`;
  if (foreign !== undefined) {
    return `the network's pool for virtual ranges (${present || 'none'}, windows of /${site}) is too small or not free, and "${foreign.name}", which Fedmesh did not make, uses it. Set ${needed} in Netmaker, or make a network for the federation alone`;
  }
  const chosen = [present, pool].find((text) => isRoomy(text) && isClear(text, taken));
  if (chosen !== undefined) return { pool: chosen, sitePrefix: widest };
  return `the ranges to be remapped need ${needed}: more than there is in ${pool}, or some of that is in use. Set virtual_nat_pool_ipv4 of the network in Netmaker to a free range`;
}

function sizeOf(each: IpRange | string | undefined): bigint {
  const range = typeof each === 'object' ? each : parseIpRange(each ?? '');
  return typeof range === 'string' ? 0n : range.last - range.first + 1n;
}

function isClear(text: string | undefined, taken: readonly IpRange[]): boolean {
  const range = parseIpRange(text ?? '');
  return typeof range !== 'string' && !taken.some((each) => overlaps(each, range));
}
