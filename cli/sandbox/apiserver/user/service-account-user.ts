import type { UserInfo } from './user-info.ts';

export const SERVICE_ACCOUNTS_GROUP = 'system:serviceaccounts';
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
export const CREDENTIAL_ID_KEY = 'authentication.kubernetes.io/credential-id';
export const NODE_NAME_KEY = 'authentication.kubernetes.io/node-name';

/** Who comes without a credential. */
export const ANONYMOUS: UserInfo = Object.freeze({
  username: 'system:anonymous',
  groups: Object.freeze([UNAUTHENTICATED_GROUP]),
});

const PREFIX = 'system:serviceaccount:';
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function serviceAccountUsername(namespace: string, name: string): string {
  return `${PREFIX}${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): string[] {
  return [SERVICE_ACCOUNTS_GROUP, `${SERVICE_ACCOUNTS_GROUP}:${namespace}`];
}

/** `undefined`: not the username of a ServiceAccount. */
export function splitServiceAccountUsername(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(PREFIX)) return undefined;
  const [namespace, name, ...more] = username.slice(PREFIX.length).split(':');
  if (namespace === undefined || name === undefined || more.length > 0) return undefined;
  return DNS_LABEL.test(namespace) && isDnsSubdomain(name) ? { namespace, name } : undefined;
}

/** The node whose username it is: `system:node:NAME`. */
export function nodeOfUsername(username: string): string | undefined {
  const prefix = 'system:node:';
  if (!username.startsWith(prefix)) return undefined;
  const name = username.slice(prefix.length);
  return isDnsSubdomain(name) ? name : undefined;
}

function isDnsSubdomain(name: string): boolean {
  return name.length <= 253 && DNS_SUBDOMAIN.test(name);
}
