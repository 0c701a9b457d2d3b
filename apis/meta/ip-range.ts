import { isIPv4, isIPv6 } from 'node:net';

export type IpFamily = 4 | 6;

/** A block of addresses, as `10.244.0.0/16` names it. A single address is a block of one. */
export interface IpRange {
  readonly family: IpFamily;
  readonly first: bigint;
  readonly last: bigint;
  /** Leading bits that all its addresses share: 0 to 32, or to 128. */
  readonly prefix: number;
  /** In its canonical form (RFC 5952 for IPv6): two ranges are the same exactly if their texts are. */
  readonly text: string;
}

const BITS: Readonly<Record<IpFamily, number>> = { 4: 32, 6: 128 };

/** First address of ::ffff:0:0/96, in which IPv6 holds IPv4's. */
const MAPPED = 0xffff_0000_0000n;

/**
 * A range that a person or a cluster wrote. Answers with what is wrong with it otherwise: no range at all, bits set behind the prefix
 * (what was meant is then ambiguous), IPv4 in IPv6's clothes (which no route and no firewall takes for the IPv4 range), or everything there is.
 */
export function parseIpRange(text: string): IpRange | string {
  const slash = text.indexOf('/');
  if (slash < 0) return 'is no range: it lacks a prefix length, such as 10.244.0.0/16';
  const address = text.slice(0, slash);
  const family = familyOf(address);
  if (family === undefined) return 'is no range such as 10.244.0.0/16 or fd00:10:244::/56';
  const digits = text.slice(slash + 1);
  const prefix = /^(0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(prefix <= BITS[family])) return `has a prefix length that is not a number from 1 to ${BITS[family]}`;
  const value = bitsOf(family, address);
  const range = rangeAt(family, value, prefix);
  if (family === 6 && isMapped(value)) {
    return `is IPv4 written as IPv6: write ${mappedText(value, prefix)}`;
  }
  if (prefix === 0) return 'holds every address there is';
  return range.first === value ? range : `has bits set behind its prefix: the range is ${range.text}`;
}

/** One address, as the range that holds nothing else, or what is wrong with it. */
export function parseIpAddress(text: string): IpRange | string {
  const family = familyOf(text);
  if (family === undefined) return 'is no IP address';
  const value = bitsOf(family, text);
  // Whoever reports it means the IPv4 address: sockets that listen on both families show their peers so.
  return family === 6 && isMapped(value) ? rangeAt(4, value - MAPPED, 32) : rangeAt(family, value, BITS[family]);
}

/** The range of this prefix length around an address. */
export function rangeAt(family: IpFamily, address: bigint, prefix: number): IpRange {
  const free = BigInt(BITS[family] - prefix);
  const first = (address >> free) << free;
  const last = first | ((1n << free) - 1n);
  return { family, first, last, prefix, text: `${formatIpAddress(family, first)}/${prefix}` };
}

export function overlaps(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

export function contains(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** In the order of their addresses, IPv4 first; of those that begin alike the widest first. */
export function byAddress(a: IpRange, b: IpRange): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.prefix - b.prefix;
}

export function formatIpAddress(family: IpFamily, value: bigint): string {
  if (family === 4) {
    const bits = Number(value);
    return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
  }
  return compressed(Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn)));
}

/** RFC 5952, section 4: the first of the longest runs of zero groups becomes `::`, a lone zero does not. */
function compressed(groups: readonly number[]): string {
  let best = { from: 0, length: 1 };
  let from = 0;
  groups.forEach((group, index) => {
    if (group !== 0) from = index + 1;
    else if (index + 1 - from > best.length) best = { from, length: index + 1 - from };
  });
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.length === 1) return text(groups);
  return `${text(groups.slice(0, best.from))}::${text(groups.slice(best.from + best.length))}`;
}

/** Zones (`fe80::1%eth0`) belong to one machine, so that they can name no range of a cluster. */
function familyOf(address: string): IpFamily | undefined {
  if (isIPv4(address)) return 4;
  return isIPv6(address) && !address.includes('%') ? 6 : undefined;
}

function bitsOf(family: IpFamily, address: string): bigint {
  return family === 4 ? BigInt(ipv4Bits(address)) : ipv6Bits(address);
}

function ipv4Bits(address: string): number {
  return address.split('.').reduce((bits, part) => bits * 256 + Number(part), 0);
}

function ipv6Bits(address: string): bigint {
  const dotted = address.lastIndexOf(':') + 1;
  const plain = address.includes('.') ? address.slice(0, dotted) + hextets(ipv4Bits(address.slice(dotted))) : address;
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(gap).fill('0'), ...back];
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
}

function hextets(bits: number): string {
  return `${(bits >>> 16).toString(16)}:${(bits & 0xffff).toString(16)}`;
}

function isMapped(value: bigint): boolean {
  return value >> 32n === MAPPED >> 32n;
}

function mappedText(value: bigint, prefix: number): string {
  return prefix < 97 ? 'the IPv4 range' : rangeAt(4, value - MAPPED, prefix - 96).text;
}
