import { createHash } from 'node:crypto';
import { type IpRange, parseIpAddress, parseIpRange, rangeAt } from '../../../../../apis/meta/ip-range.ts';
import type { StoredEgress, StoredNetwork } from './objects.ts';
import { Refusal } from './refusal.ts';

/** As Go's net.ParseCIDR, which forgives bits behind the prefix. */
export function parseCidr(text: string): IpRange {
  const [address = '', prefix = ''] = text.split('/');
  const parsed = parseIpAddress(address);
  const bits = typeof parsed !== 'string' && parsed.family === 4 ? 32 : 128;
  if (typeof parsed === 'string' || !/^\d+$/.test(prefix) || Number(prefix) > bits) {
    throw new Refusal(400, `invalid CIDR address: ${text}`);
  }
  return rangeAt(parsed.family, parsed.first, Number(prefix));
}

/** The community edition drops virtual NAT without a word. */
export function modeOfCommunity(asked: unknown, creating: boolean): string {
  if (asked === 'virtual_nat' || asked === 'direct_nat') return 'direct_nat';
  return creating ? 'direct_nat' : '';
}

export function modeOfPro(asked: unknown, nat: boolean): string {
  if (!nat) return '';
  if (asked === 'direct_nat' || asked === 'virtual_nat') return asked;
  throw new Refusal(400, 'invalid NAT type: must be direct_nat or virtual_nat');
}

/**
 * A free virtual range: as wide as the real one where the network's site prefix allows it, otherwise a window of that prefix, which is narrower.
 * Ranges in use are compared as text, so that one of another size may be given out twice: so does v1.5.
 */
export function virtualRangeFor(egress: StoredEgress, network: StoredNetwork, taken: readonly string[]): string {
  const range = parseCidr(egress.range);
  if (range.family === 6) {
    throw new Refusal(400, `virtual NAT only supports IPv4, but egress range '${egress.range}' is IPv6`);
  }
  const pool = parseIpRange(network.virtual_nat_pool_ipv4);
  const site = network.virtual_nat_site_prefixlen_ipv4;
  if (typeof pool === 'string' || site === 0) {
    throw new Refusal(400, `virtual NAT IPv4 pool not configured for network ${network.netid}`);
  }
  const prefix = range.prefix >= pool.prefix && range.prefix >= site ? range.prefix : site;
  if (prefix < pool.prefix) throw new Refusal(400, `sitePrefixLen ${prefix} invalid for pool ${pool.text}`);
  const total = 2 ** (prefix - pool.prefix);
  const start = createHash('sha1').update(egress.id).digest().readUInt32BE(0) % total;
  for (let step = 0; step < total; step++) {
    const first = pool.first + (BigInt((start + step) % total) << BigInt(32 - prefix));
    const candidate = rangeAt(4, first, prefix).text;
    if (!taken.includes(candidate)) return candidate;
  }
  throw new Refusal(400, `no available prefixes left in pool ${pool.text} for /${prefix}`);
}
