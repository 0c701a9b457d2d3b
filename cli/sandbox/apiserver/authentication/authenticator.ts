import type { IncomingMessage } from 'node:http';
import { unauthorized } from '../errors/status-error.ts';
import { InvalidToken, type TokenAuthenticator, type TokenIdentity } from '../resources/token-authentication.ts';
import { ANONYMOUS, AUTHENTICATED_GROUP } from '../user/service-account-user.ts';
import type { UserInfo } from '../user/user-info.ts';
import { ClientCertificates } from './client-certificates.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

const INVALID = 'invalid bearer token';

/** Finds out who makes a request: by client certificate, else by bearer token, else nobody in particular. */
export class Authenticator implements TokenAuthenticator {
  readonly #staticTokens: ReadonlyMap<string, UserInfo>;
  readonly #serviceAccountTokens: ServiceAccountTokens;
  readonly #certificates: ClientCertificates;

  constructor(options: {
    /** Users by token, as of `--token-auth-file`. */
    readonly staticTokens: Readonly<Record<string, UserInfo>>;
    readonly serviceAccountTokens: ServiceAccountTokens;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  }) {
    this.#staticTokens = new Map(
      Object.entries(options.staticTokens).map(([token, user]) => [token, withGroup(user, AUTHENTICATED_GROUP)]),
    );
    this.#serviceAccountTokens = options.serviceAccountTokens;
    this.#certificates = new ClientCertificates(options.now);
  }

  get defaultAudiences(): readonly string[] {
    return this.#serviceAccountTokens.defaultAudiences;
  }

  /** @throws {StatusError} 401: a credential was shown, and it is worth nothing. */
  authenticate(request: IncomingMessage): UserInfo {
    const certificate = this.#certificates.userOf(request.socket);
    if (typeof certificate === 'object') return certificate;
    const token = bearerToken(request.headers.authorization);
    if (token !== undefined) {
      try {
        return this.authenticateToken(token).user;
      } catch (error) {
        throw error instanceof InvalidToken ? unauthorized() : error;
      }
    }
    if (certificate === 'untrusted') throw unauthorized();
    return ANONYMOUS;
  }

  authenticateToken(token: string, audiences: readonly string[] = this.defaultAudiences): TokenIdentity {
    const user = this.#staticTokens.get(token);
    if (user !== undefined) {
      const meantFor = this.defaultAudiences.filter((audience) => audiences.includes(audience));
      if (meantFor.length === 0) throw new InvalidToken(INVALID);
      return { user, audiences: meantFor };
    }
    let identity: TokenIdentity | undefined;
    try {
      identity = this.#serviceAccountTokens.verify(token, audiences);
    } catch (error) {
      if (error instanceof InvalidToken) throw new InvalidToken(`[${INVALID}, ${error.message}]`);
      throw error;
    }
    if (identity === undefined) throw new InvalidToken(INVALID);
    return identity;
  }
}

/** `undefined`: the header is missing, or of another scheme, which nobody here reads. */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme, token] = (header ?? '').trim().split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? token : undefined;
}

function withGroup(user: UserInfo, group: string): UserInfo {
  return Object.freeze({
    ...user,
    groups: Object.freeze(user.groups.includes(group) ? [...user.groups] : [...user.groups, group]),
  });
}
