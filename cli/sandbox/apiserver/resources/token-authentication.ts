import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { UserInfo } from '../user/user-info.ts';

/** Who a bearer token stands for. */
export interface TokenIdentity {
  /** With the group `system:authenticated`. */
  readonly user: UserInfo;
  /** Those of the asked ones that the token is meant for; `undefined`: it says nothing of audiences. */
  readonly audiences: readonly string[] | undefined;
}

export interface TokenAuthenticator {
  /** For whom a token is meant when nobody says otherwise. */
  readonly defaultAudiences: readonly string[];
  /**
   * `audiences`: whom it must be meant for, at least one; default: the API server.
   *
   * @throws {InvalidToken}
   */
  authenticateToken(token: string, audiences?: readonly string[]): TokenIdentity;
}

/** Why a token is worth nothing. Clients see `Unauthorized`; a TokenReview tells. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** What a token is bound to beside its ServiceAccount: it dies with it. */
export interface TokenBinding {
  readonly pod?: DeepReadonly<KubeObject>;
  /** Of the bound Pod, or the bound object itself. Its UID may be unknown. */
  readonly node?: { readonly name: string; readonly uid?: string };
  readonly secret?: DeepReadonly<KubeObject>;
}

export interface TokenIssuer {
  /** The `iss` claim. */
  readonly issuer: string;
  readonly defaultAudiences: readonly string[];
  /** A token of the TokenRequest API. */
  issue(request: {
    readonly serviceAccount: DeepReadonly<KubeObject>;
    readonly audiences: readonly string[];
    readonly expirationSeconds: number;
    readonly boundTo: TokenBinding;
    readonly now: Date;
  }): string;
  /** What a Secret of type `kubernetes.io/service-account-token` holds: valid as long as the Secret and its ServiceAccount are. */
  issueLegacy(serviceAccount: DeepReadonly<KubeObject>, secret: DeepReadonly<KubeObject>): string;
  /** The public keys, as `/openid/v1/jwks` publishes them. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, string>>[] };
}
