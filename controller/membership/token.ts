import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { SERVICE_ACCOUNTS } from '../kube/core-kinds.ts';
import { rfc3339 } from '../time/rfc3339.ts';

/** Annotation on the host's Secret: when the token in it expires, RFC 3339, as the member's API server said. */
export const TOKEN_EXPIRES_ANNOTATION = 'fedmesh.io/token-expires';
/** Annotation on the host's Secret: when the token in it was issued, RFC 3339. */
export const TOKEN_ISSUED_ANNOTATION = 'fedmesh.io/token-issued';

export const DEFAULT_TOKEN_SECONDS = 7 * 24 * 3_600;

/** What a ServiceAccount's token says of itself. Read without proof: for bookkeeping, never for trust. */
export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** UID of the ServiceAccount; a token of one that was deleted and made anew is worth nothing. */
  readonly uid: string | undefined;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number | undefined;
  /** Milliseconds since the epoch; absent in tokens that never expire. */
  readonly expiresAt: number | undefined;
}

interface JwtPayload {
  sub?: string;
  iat?: number;
  exp?: number;
  'kubernetes.io'?: { serviceaccount?: { uid?: string } };
  'kubernetes.io/serviceaccount/service-account.uid'?: string;
}

/** The claims of a ServiceAccount's token; `undefined` for tokens of any other kind. */
export function claimsOf(token: string): TokenClaims | undefined {
  const payload = payloadOf(token);
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(payload?.sub ?? '') ?? [];
  if (payload === undefined || namespace === undefined || serviceAccount === undefined) return undefined;
  return {
    namespace,
    serviceAccount,
    uid: payload['kubernetes.io']?.serviceaccount?.uid ?? payload['kubernetes.io/serviceaccount/service-account.uid'],
    issuedAt: payload.iat === undefined ? undefined : payload.iat * 1_000,
    expiresAt: payload.exp === undefined ? undefined : payload.exp * 1_000,
  };
}

/** When a token ends by what it says of itself, milliseconds since the epoch; undefined when it says nothing. */
export function tokenExpiry(token: string): number | undefined {
  const exp = payloadOf(token)?.exp;
  return typeof exp === 'number' ? exp * 1_000 : undefined;
}

function payloadOf(token: string): JwtPayload | undefined {
  const part = token.split('.')[1];
  if (part === undefined) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof payload === 'object' && payload !== null ? payload : undefined;
  } catch {
    // Not a JWT: a static token, which says nothing of itself.
    return undefined;
  }
}

export interface IssuedToken {
  readonly token: string;
  /** RFC 3339. The server's word: it may grant less, or more, than was asked. */
  readonly expires: string;
  /** RFC 3339. */
  readonly issued: string;
}

interface TokenRequest extends KubeObject {
  status?: { token: string; expirationTimestamp: string };
}

/** Asks the member for a token that is bound to its ServiceAccount (TokenRequest API). `now`: wall time in milliseconds. */
export async function requestToken(
  member: Client,
  account: { namespace: string; name: string },
  options: { seconds?: number; now: number; signal: AbortSignal },
): Promise<IssuedToken> {
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: { expirationSeconds: options.seconds ?? DEFAULT_TOKEN_SECONDS },
  };
  const answer = await member.createSubresource<TokenRequest>(SERVICE_ACCOUNTS, account, 'token', request, {
    signal: options.signal,
  });
  if (answer.status === undefined) throw new Error('the TokenRequest was answered without a token');
  return {
    token: answer.status.token,
    expires: answer.status.expirationTimestamp,
    issued: rfc3339(options.now),
  };
}

/** What of a token's life may pass before it is renewed. The rest is for trying again when the member is away. */
const RENEW_AFTER = 2 / 3;

/** When a token is to be renewed, in milliseconds since the epoch: after two thirds of its life. */
export function renewalTime(life: { issuedAt: number; expiresAt: number }): number {
  return life.issuedAt + (life.expiresAt - life.issuedAt) * RENEW_AFTER;
}
