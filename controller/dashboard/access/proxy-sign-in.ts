import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Person } from './person.ts';

/** A proxy that has signed people in (OIDC), and by what it is known. */
export interface ProxyTrust {
  /** Header with the user's name, in lower case. */
  readonly header: string;
  /** Header with groups, divided by commas. */
  readonly groupsHeader?: string;
  /** CIDRs or addresses that it asks from. */
  readonly from: readonly string[];
  /** What it sends in `x-fedmesh-proxy-secret`. */
  readonly secret: string;
}

export const PROXY_SECRET_HEADER = 'x-fedmesh-proxy-secret';

/**
 * Whom a proxy vouches for. Both must be right, where it asks from and the secret that it shares: an address alone can be
 * another Pod's tomorrow, and a secret alone can be carried away. What begins with `system:` is Kubernetes' own to give.
 */
export function personFromProxy(
  trust: ProxyTrust,
  headers: IncomingHttpHeaders,
  address: string | undefined,
): Person | undefined {
  if (!isFrom(trust.from, address ?? '') || !isEqual(headerOf(headers, PROXY_SECRET_HEADER), trust.secret)) {
    return undefined;
  }
  const user = headerOf(headers, trust.header).trim();
  if (user === '' || user.startsWith('system:')) return undefined;
  const told = trust.groupsHeader === undefined ? '' : headerOf(headers, trust.groupsHeader);
  const groups = told
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '' && !group.startsWith('system:'));
  return { user, groups: [...groups, 'system:authenticated'] };
}

/** What is wrong with an entry of `from`, or undefined. */
export function addressFault(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const isRange = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return family !== 0 && isRange && rest.length === 0 ? undefined : `"${text}" is neither an address nor a CIDR`;
}

function isFrom(allowed: readonly string[], address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const list = new BlockList();
  for (const entry of allowed) {
    const [net = '', prefix] = entry.split('/');
    const family = isIP(net) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(net, family);
    else list.addSubnet(net, Number(prefix), family);
  }
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Of one length whatever was sent. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
