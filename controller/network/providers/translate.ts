import { contains, formatIpAddress, type IpRange, parseIpAddress, parseIpRange } from '../../../apis/meta/ip-range.ts';

/**
 * The address under which others reach `ip`, an address of `range`, where that is known to them as `virtualRange`: the bits behind the prefix stay
 * (1:1, as nftables' prefix maps and Netmaker's virtual NAT translate). The other way round with the ranges swapped.
 * Undefined: `ip` is no address of `range`. Throws a TypeError when either is no range, or the two are not of one family and size.
 */
export function translate(range: string, virtualRange: string, ip: string): string | undefined {
  const from = rangeOf(range);
  const to = rangeOf(virtualRange);
  if (from.family !== to.family || from.prefix !== to.prefix) {
    throw new TypeError(`${range} cannot be translated to ${virtualRange}: they differ in size or address family`);
  }
  const address = parseIpAddress(ip);
  if (typeof address === 'string' || !contains(from, address)) return undefined;
  return formatIpAddress(to.family, to.first + (address.first - from.first));
}

function rangeOf(text: string): IpRange {
  const range = parseIpRange(text);
  if (typeof range === 'string') throw new TypeError(`${JSON.stringify(text)} ${range}`);
  return range;
}
