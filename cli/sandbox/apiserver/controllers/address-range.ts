import { BlockList, isIP } from 'node:net';

/** An address, or a CIDR. */
export interface AddressRange {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/** Of `10.0.0.0/16`, `10.0.0.1` or their like in IPv6; `undefined`: it is neither. */
export function addressRange(text: string): AddressRange | undefined {
  const [address = '', length] = text.split('/');
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > bits) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix };
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const block = new BlockList();
  block.addSubnet(outer.address, outer.prefix, outer.family);
  return block.check(inner.address, inner.family);
}

/** The first address after the network's own, such as `10.0.0.1`: what the Service `kubernetes` gets. */
export function firstAddress(cidr: string): string {
  const range = addressRange(cidr);
  if (range === undefined) throw new Error(`${JSON.stringify(cidr)} is not a CIDR`);
  if (range.family === 'ipv6') return `${range.address.replace(/::?$/, '')}::1`;
  const number = range.address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const network = Math.floor(number / 2 ** (32 - range.prefix)) * 2 ** (32 - range.prefix);
  return [24, 16, 8, 0].map((shift) => Math.floor((network + 1) / 2 ** shift) % 256).join('.');
}
