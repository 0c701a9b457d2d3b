import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import {
  InvalidToken,
  type TokenBinding,
  type TokenIdentity,
  type TokenIssuer,
} from '../resources/token-authentication.ts';
import type { Storage } from '../storage/storage.ts';
import { serviceAccountUsername } from '../user/service-account-user.ts';
import { type Bearer, bearerOf, LEGACY_CLAIM, legacyBearerOf, type Ref } from './bearer.ts';
import { decodeToken, isSignedBy, keyIdOf, signToken } from './json-web-token.ts';

export const DEFAULT_ISSUER = 'https://kubernetes.default.svc';

const LEGACY_ISSUER = 'kubernetes/serviceaccount';
/** By as much may clocks differ; also how long a token outlives the deletion of an object that finalizers keep. */
const LEEWAY_MS = 60_000;
/** Signatures are checked once per token, as long as not more tokens than these are about. */
const REMEMBERED_TOKENS = 64;

/** Issues the tokens of ServiceAccounts and tells whom one stands for. Kubernetes: `pkg/serviceaccount`. */
export class ServiceAccountTokens implements TokenIssuer {
  readonly issuer: string;
  readonly defaultAudiences: readonly string[];
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #privateKeyPem: string | undefined;
  #keys: { privateKey: KeyObject; publicKey: KeyObject; keyId: string } | undefined;
  #bearers: Map<string, Bearer> | undefined;

  constructor(options: {
    readonly storage: Storage;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
    readonly issuer?: string;
    /** P-256; one is made when it is first needed. Tokens outlive a restart with the key that signed them. */
    readonly privateKeyPem?: string;
  }) {
    this.issuer = options.issuer ?? DEFAULT_ISSUER;
    this.defaultAudiences = [this.issuer];
    this.#storage = options.storage;
    this.#now = options.now;
    this.#privateKeyPem = options.privateKeyPem;
  }

  /** For who wants to issue with the same key after a restart. */
  get privateKeyPem(): string {
    return this.#signing().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  get jwks(): { readonly keys: readonly Readonly<Record<string, string>>[] } {
    const { publicKey, keyId } = this.#signing();
    const { kty = '', crv = '', x = '', y = '' } = publicKey.export({ format: 'jwk' });
    return { keys: [{ use: 'sig', kty, kid: keyId, crv, alg: 'ES256', x, y }] };
  }

  issue(request: {
    readonly serviceAccount: DeepReadonly<KubeObject>;
    readonly audiences: readonly string[];
    readonly expirationSeconds: number;
    readonly boundTo: TokenBinding;
    readonly now: Date;
  }): string {
    const { serviceAccount, boundTo } = request;
    const { namespace = '', name = '' } = serviceAccount.metadata;
    const now = Math.floor(request.now.getTime() / 1000);
    const { privateKey, keyId } = this.#signing();
    const claims = {
      aud: request.audiences,
      exp: now + request.expirationSeconds,
      iat: now,
      iss: this.issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace,
        ...(boundTo.node === undefined ? {} : { node: boundTo.node }),
        ...(boundTo.pod === undefined ? {} : { pod: refTo(boundTo.pod) }),
        ...(boundTo.secret === undefined ? {} : { secret: refTo(boundTo.secret) }),
        serviceaccount: refTo(serviceAccount),
      },
      nbf: now,
      sub: serviceAccountUsername(namespace, name),
    };
    return signToken(claims, privateKey, keyId);
  }

  issueLegacy(serviceAccount: DeepReadonly<KubeObject>, secret: DeepReadonly<KubeObject>): string {
    const { namespace = '', name = '', uid = '' } = serviceAccount.metadata;
    const { privateKey, keyId } = this.#signing();
    const claims = {
      iss: LEGACY_ISSUER,
      [`${LEGACY_CLAIM}/namespace`]: namespace,
      [`${LEGACY_CLAIM}/secret.name`]: secret.metadata.name ?? '',
      [`${LEGACY_CLAIM}/service-account.name`]: name,
      [`${LEGACY_CLAIM}/service-account.uid`]: uid,
      sub: serviceAccountUsername(namespace, name),
    };
    return signToken(claims, privateKey, keyId);
  }

  /**
   * `undefined`: not a token of this issuer. `audiences`: one of them must be the token's.
   *
   * @throws {InvalidToken} it is one, but not (or no longer) valid.
   */
  verify(token: string, audiences: readonly string[] = this.defaultAudiences): TokenIdentity | undefined {
    const bearer = this.#bearers?.get(token) ?? this.#decode(token);
    if (bearer === undefined) return undefined;
    const meantFor = bearer.audiences.length === 0 ? this.defaultAudiences : bearer.audiences;
    const common = meantFor.filter((audience) => audiences.includes(audience));
    if (common.length === 0) {
      throw new InvalidToken(
        `token audiences ${quoteAll(meantFor)} is invalid for the target audiences ${quoteAll(audiences)}`,
      );
    }
    this.#checkTime(bearer);
    if (bearer.legacy) this.#checkLegacy(bearer, token);
    else this.#checkObjects(bearer);
    return { user: bearer.user, audiences: common };
  }

  #decode(token: string): Bearer | undefined {
    const decoded = decodeToken(token);
    const issuer = decoded?.claims.iss;
    if (decoded === undefined || (issuer !== this.issuer && issuer !== LEGACY_ISSUER)) return undefined;
    const { publicKey, keyId } = this.#signing();
    const { kid } = decoded.header;
    if (kid !== undefined && kid !== '' && kid !== keyId) {
      throw new InvalidToken('invalid signature, no keys found');
    }
    if (!isSignedBy(decoded, publicKey)) {
      throw new InvalidToken('go-jose/go-jose: error in cryptographic primitive');
    }
    const bearer = issuer === LEGACY_ISSUER ? legacyBearerOf(decoded.claims) : bearerOf(decoded.claims);
    this.#bearers ??= new Map();
    if (this.#bearers.size >= REMEMBERED_TOKENS) {
      const [oldest] = this.#bearers.keys();
      if (oldest !== undefined) this.#bearers.delete(oldest);
    }
    this.#bearers.set(token, bearer);
    return bearer;
  }

  #checkTime(bearer: Bearer): void {
    const now = this.#now();
    if (now + LEEWAY_MS < bearer.notBeforeMs) throw new InvalidToken('service account token is not valid yet');
    if (now - LEEWAY_MS > bearer.expiresMs) throw new InvalidToken('service account token has expired');
    if (now + LEEWAY_MS < bearer.issuedAtMs) throw new InvalidToken('service account token is issued in the future');
  }

  #checkObjects({ namespace, serviceAccount, secret, pod, node }: Bearer): void {
    const account = this.#get('serviceaccounts', namespace, serviceAccount.name);
    if (account === undefined) throw accountNotFound(serviceAccount.name);
    if (account.metadata.uid !== serviceAccount.uid) {
      throw new InvalidToken(
        `service account UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`,
      );
    }
    if (this.#isDeleted(account)) {
      throw new InvalidToken(`service account ${namespace}/${serviceAccount.name} has been deleted`);
    }
    if (secret !== undefined) this.#checkBound('secret', namespace, secret);
    if (pod !== undefined) this.#checkBound('pod', namespace, pod);
    else if (node !== undefined) this.#checkBound('node', '', node);
  }

  #checkBound(kind: 'secret' | 'pod' | 'node', namespace: string, ref: Ref): void {
    const bound = this.#get(`${kind}s`, namespace, ref.name);
    if (bound !== undefined && bound.metadata.uid !== ref.uid) {
      throw new InvalidToken(
        `${kind} UID (${bound.metadata.uid}) does not match service account ${kind} ref claim (${ref.uid})`,
      );
    }
    if (bound === undefined || this.#isDeleted(bound)) {
      throw new InvalidToken('service account token has been invalidated');
    }
  }

  #checkLegacy({ namespace, serviceAccount, secret }: Bearer, token: string): void {
    const kept = this.#get('secrets', namespace, secret?.name ?? '');
    if (kept === undefined || kept.metadata.deletionTimestamp !== undefined) {
      throw new InvalidToken('Token has been invalidated');
    }
    const data = kept.data as Readonly<Record<string, string>> | undefined;
    if (Buffer.from(data?.token ?? '', 'base64').toString() !== token) {
      throw new InvalidToken("Token does not match server's copy");
    }
    const account = this.#get('serviceaccounts', namespace, serviceAccount.name);
    if (account === undefined) throw accountNotFound(serviceAccount.name);
    if (account.metadata.deletionTimestamp !== undefined) {
      throw new InvalidToken(`ServiceAccount ${namespace}/${serviceAccount.name} has been deleted`);
    }
    if (account.metadata.uid !== serviceAccount.uid) {
      throw new InvalidToken(
        `ServiceAccount UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`,
      );
    }
  }

  #get(storageKey: string, namespace: string, name: string): DeepReadonly<KubeObject> | undefined {
    return this.#storage.get(storageKey, namespace, name)?.object;
  }

  #isDeleted({ metadata: { deletionTimestamp } }: DeepReadonly<KubeObject>): boolean {
    return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < this.#now() - LEEWAY_MS;
  }

  #signing(): { privateKey: KeyObject; publicKey: KeyObject; keyId: string } {
    if (this.#keys === undefined) {
      const privateKey =
        this.#privateKeyPem === undefined
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
          : createPrivateKey(this.#privateKeyPem);
      const publicKey = createPublicKey(privateKey);
      this.#keys = { privateKey, publicKey, keyId: keyIdOf(publicKey) };
    }
    return this.#keys;
  }
}

function refTo({ metadata: { name = '', uid = '' } }: DeepReadonly<KubeObject>): Ref {
  return { name, uid };
}

function accountNotFound(name: string): InvalidToken {
  return new InvalidToken(`serviceaccounts ${JSON.stringify(name)} not found`);
}

/** As Go prints a list of strings with `%q`. */
function quoteAll(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
}
