import { isIP } from 'node:net';
import { goQuote } from '../errors/go-text.ts';

const DECIMALS = /^\d+(?:\.\d+){3}$/;

/** Addresses that fields from before the strict rules take, but that are not written as they should be (`GetWarningsForIP`). */
export function addressWarnings(path: string, address: string | undefined): string[] {
  if (address === undefined) return [];
  const preferred = nonStandard(address);
  if (preferred !== undefined) {
    return [`${path}: non-standard IP address ${goQuote(address)} is invalid: use ${goQuote(preferred)}`];
  }
  if (isIP(address) !== 6 || canonicalIpv6(address) === address) return [];
  return [
    `${path}: IPv6 address ${goQuote(address)} should be in RFC 5952 canonical format (${goQuote(canonicalIpv6(address))})`,
  ];
}

/** The same of ranges of addresses (`GetWarningsForCIDR`). */
export function rangeWarnings(path: string, range: string): string[] {
  const [address = '', bits = ''] = range.split('/');
  const preferred = nonStandard(address);
  if (preferred !== undefined || (isIP(address) === 4 && bits !== String(Number(bits)))) {
    return [
      `${path}: non-standard CIDR value ${goQuote(range)} is invalid: use ${goQuote(`${preferred ?? address}/${Number(bits)}`)}`,
    ];
  }
  if (isIP(address) !== 6) return [];
  const canonical = `${canonicalIpv6(address)}/${Number(bits)}`;
  if (canonical === range) return [];
  return [`${path}: IPv6 CIDR value ${goQuote(range)} should be in RFC 5952 canonical format (${goQuote(canonical)})`];
}

/** How it should be written: decimals with zeros before them, and IPv4 in the clothes of IPv6. */
function nonStandard(address: string): string | undefined {
  if (isIP(address) === 6) {
    const groups = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(canonicalIpv6(address));
    if (groups === null) return undefined;
    const [high = 0, low = 0] = groups.slice(1).map((group) => Number.parseInt(group, 16));
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  if (isIP(address) === 4 || !DECIMALS.test(address)) return undefined;
  const octets = address.split('.').map(Number);
  return octets.every((octet) => octet < 256) ? octets.join('.') : undefined;
}

/** URLs write addresses as RFC 5952 has them. */
export function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
