import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Secret } from '../clusters/endpoint.ts';
import { identityOf } from './identity.ts';
import { TOKEN_EXPIRES_ANNOTATION, TOKEN_ISSUED_ANNOTATION } from './token.ts';

/** Milliseconds since the epoch. */
export interface TokenLife {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** How long the token in a Secret lives, by what the server said; `undefined` when it says nothing, or lives for ever. */
export function lifeOf(secret: DeepReadonly<Secret> | undefined): TokenLife | undefined {
  const claims = identityOf(secret)?.claims;
  const annotations = secret?.metadata.annotations;
  const expiresAt = firstTime(Date.parse(annotations?.[TOKEN_EXPIRES_ANNOTATION] ?? ''), claims?.expiresAt);
  const issuedAt = firstTime(Date.parse(annotations?.[TOKEN_ISSUED_ANNOTATION] ?? ''), claims?.issuedAt);
  return expiresAt === undefined || issuedAt === undefined ? undefined : { issuedAt, expiresAt };
}

function firstTime(written: number, claimed: number | undefined): number | undefined {
  return Number.isNaN(written) ? claimed : written;
}
