import {
  byAddress,
  contains,
  type IpFamily,
  type IpRange,
  parseIpAddress,
  parseIpRange,
} from '../../../apis/meta/ip-range.ts';
import { GenerateError } from './generate-error.ts';

/**
 * The range in its canonical form.
 * @param where what a person reads it by: `clusters[0].podCIDRs[1]`, `--layer2`
 * @throws GenerateError
 */
export function rangeIn(where: string, text: string): IpRange {
  const range = parseIpRange(text);
  if (typeof range === 'string') {
    throw new GenerateError(
      `${where}: ${JSON.stringify(text)} ${range}`,
      'ranges are written like 10.1.0.0/16 or fd00:10:1::/56',
    );
  }
  return range;
}

/**
 * One address, as a range of its own.
 * @throws GenerateError, for IPv4 in IPv6's clothes too: no route and no firewall takes it for the IPv4 address
 */
export function addressIn(where: string, text: string): IpRange {
  const address = parseIpAddress(text);
  if (typeof address === 'string') {
    throw new GenerateError(
      `${where}: ${JSON.stringify(text)} ${address}`,
      'addresses are written like 192.168.1.10 or fd00::10',
    );
  }
  if (address.family === 4 && text.includes(':')) {
    throw new GenerateError(`${where}: ${text} is IPv4 written as IPv6`, `write ${bare(address)}`);
  }
  return address;
}

/** An address without the length of its prefix. */
export function bare(address: IpRange): string {
  return address.text.replace(/\/\d+$/, '');
}

/** Ranges of texts that were validated before; whatever is none is left out. */
export function rangesOf(texts: readonly string[]): IpRange[] {
  return texts.map(parseIpRange).filter((range) => typeof range !== 'string');
}

export function addressesOf(texts: readonly string[]): IpRange[] {
  return texts.map(parseIpAddress).filter((address) => typeof address !== 'string');
}

/** Sorted, without those that lie within another one: sets of nftables take no overlaps. */
export function widest(ranges: readonly IpRange[]): IpRange[] {
  const kept: IpRange[] = [];
  for (const range of ranges.toSorted(byAddress)) {
    const last = kept.at(-1);
    if (last === undefined || !contains(last, range)) kept.push(range);
  }
  return kept;
}

export function ofFamily(family: IpFamily, ranges: readonly IpRange[]): IpRange[] {
  return ranges.filter((range) => range.family === family);
}
