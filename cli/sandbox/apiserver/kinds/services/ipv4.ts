/** IPv4 addresses as numbers, for ranges are counted in. */
export interface Ipv4Range {
  /** As it was written: `10.96.0.0/16`. */
  readonly cidr: string;
  readonly network: number;
  readonly size: number;
}

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ADDRESS = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

export function parseIpv4(text: string): number | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  return match.slice(1).reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** `undefined` for what is no IPv4 range. */
export function parseIpv4Range(cidr: string): Ipv4Range | undefined {
  const [address = '', bits = ''] = cidr.split('/');
  const network = parseIpv4(address);
  const length = Number(bits);
  if (network === undefined || !/^\d{1,2}$/.test(bits) || length > 32) return undefined;
  const size = 2 ** (32 - length);
  return { cidr, network: network - (network % size), size };
}

/** Network and broadcast address are nobody's. */
export function isAssignable({ network, size }: Ipv4Range, address: number): boolean {
  return address > network && address < network + size - 1;
}
