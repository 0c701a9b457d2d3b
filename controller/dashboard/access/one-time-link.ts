import { createHash, timingSafeEqual } from 'node:crypto';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import { SECRETS } from '../../kube/core-kinds.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { optional } from '../../kube/optional.ts';
import type { Person } from './person.ts';

/** The Secrets that links are registered with. Whoever may write one may act as the controller anyway. */
export const LINK_LABEL = 'fedmesh.io/dashboard-link';
const LINK_TYPE = 'fedmesh.io/dashboard-link';
const TOKEN = /^[A-Za-z0-9_-]{32,128}$/;

/**
 * The Secret in the control plane's namespace by which the controller knows a link. It holds no more than a hash of the link's
 * token, so that reading it lets nobody in.
 * @param expiresAt milliseconds since the epoch
 */
export function linkSecret(
  token: string,
  person: Person,
  options: { namespace: string; expiresAt: number },
): KubeObject {
  const hash = hashOf(token);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: LINK_TYPE,
    metadata: { name: nameOf(hash), namespace: options.namespace, labels: { [LINK_LABEL]: 'true' } },
    stringData: {
      hash,
      user: person.user,
      groups: JSON.stringify(person.groups),
      expiresAt: new Date(options.expiresAt).toISOString(),
    },
  };
}

/** Whether a Secret is a link that nobody can use any more. */
export function isSpent(secret: KubeObject, now: number): boolean {
  return secret.type === LINK_TYPE && !(Date.parse(field(secret, 'expiresAt')) > now);
}

/** Whose link it is. It is taken away first: of two that come with the same one only one gets in, at whichever replica. */
export async function redeemLink(
  host: Pick<Client, 'get' | 'delete'>,
  token: string,
  options: { readonly namespace: string; readonly now: number; readonly signal: AbortSignal },
): Promise<Person | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const { namespace, now, signal } = options;
  const hash = hashOf(token);
  const ref = { namespace, name: nameOf(hash) };
  const secret = await optional(host.get<KubeObject>(SECRETS, ref, { signal }));
  if (secret?.type !== LINK_TYPE || !isEqual(field(secret, 'hash'), hash)) return undefined;
  const { uid = '' } = secret.metadata;
  try {
    await host.delete(SECRETS, ref, { signal, preconditions: { uid } });
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined;
    throw error;
  }
  if (isSpent(secret, now)) return undefined;
  const user = field(secret, 'user');
  const groups: unknown = JSON.parse(field(secret, 'groups') || '[]');
  if (user === '' || !Array.isArray(groups)) return undefined;
  return { user, groups: groups.filter((group): group is string => typeof group === 'string') };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function nameOf(hash: string): string {
  return `fedmesh-dashboard-link-${hash.slice(0, 16)}`;
}

function field({ data }: KubeObject, name: string): string {
  const value = (data as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

function isEqual(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
