import { InvalidToken } from '../resources/token-authentication.ts';
import {
  AUTHENTICATED_GROUP,
  CREDENTIAL_ID_KEY,
  NODE_NAME_KEY,
  serviceAccountGroups,
  serviceAccountUsername,
  splitServiceAccountUsername,
} from '../user/service-account-user.ts';
import type { UserInfo } from '../user/user-info.ts';
import type { Claims } from './json-web-token.ts';

/** What the claims of tokens of the old kind begin with. */
export const LEGACY_CLAIM = 'kubernetes.io/serviceaccount';

export interface Ref {
  readonly name: string;
  readonly uid: string;
}

/** What a token says, once its signature was found to be right. */
export interface Bearer {
  readonly user: UserInfo;
  readonly namespace: string;
  readonly serviceAccount: Ref;
  readonly pod: Ref | undefined;
  readonly secret: Ref | undefined;
  readonly node: Ref | undefined;
  /** Empty: for whom the API server takes it to be. */
  readonly audiences: readonly string[];
  /** Of the old kind: what the Secret holds must be this very token. */
  readonly legacy: boolean;
  readonly notBeforeMs: number;
  readonly issuedAtMs: number;
  readonly expiresMs: number;
}

/** What a token of the TokenRequest API says. */
export function bearerOf(claims: Claims): Bearer {
  const bound = recordOf(claims['kubernetes.io']);
  const namespace = textOf(bound.namespace);
  const serviceAccount = asRef(bound.serviceaccount) ?? { name: '', uid: '' };
  const [pod, secret, node] = [asRef(bound.pod), asRef(bound.secret), asRef(bound.node)];
  const jti = textOf(claims.jti);
  const extra: Record<string, readonly string[]> = {
    ...(pod === undefined
      ? {}
      : { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
    ...(jti === '' ? {} : { [CREDENTIAL_ID_KEY]: [`JTI=${jti}`] }),
    ...(node === undefined ? {} : { [NODE_NAME_KEY]: [node.name] }),
    ...(node === undefined || node.uid === '' ? {} : { 'authentication.kubernetes.io/node-uid': [node.uid] }),
  };
  return {
    user: userOf(namespace, serviceAccount, extra),
    namespace,
    serviceAccount,
    pod,
    secret,
    node,
    audiences: audiencesOf(claims.aud),
    legacy: false,
    ...timesOf(claims),
  };
}

/**
 * What a token from a Secret says.
 *
 * @throws {InvalidToken} a claim is missing.
 */
export function legacyBearerOf(claims: Claims): Bearer {
  const required = (claim: string, name: string): string => {
    const value = textOf(claims[claim]);
    if (value === '') throw new InvalidToken(`${name} claim is missing`);
    return value;
  };
  const subject = required('sub', 'sub');
  const namespace = required(`${LEGACY_CLAIM}/namespace`, 'namespace');
  const secretName = required(`${LEGACY_CLAIM}/secret.name`, 'secretName');
  const name = required(`${LEGACY_CLAIM}/service-account.name`, 'serviceAccountName');
  const uid = required(`${LEGACY_CLAIM}/service-account.uid`, 'serviceAccountUID');
  const split = splitServiceAccountUsername(subject);
  if (split?.namespace !== namespace || split.name !== name) throw new InvalidToken('sub claim is invalid');
  return {
    user: userOf(namespace, { name, uid }, {}),
    namespace,
    serviceAccount: { name, uid },
    pod: undefined,
    secret: { name: secretName, uid: '' },
    node: undefined,
    audiences: [],
    legacy: true,
    ...timesOf(claims),
  };
}

function userOf(namespace: string, { name, uid }: Ref, extra: Record<string, readonly string[]>): UserInfo {
  return Object.freeze({
    username: serviceAccountUsername(namespace, name),
    uid,
    groups: Object.freeze([...serviceAccountGroups(namespace), AUTHENTICATED_GROUP]),
    ...(Object.keys(extra).length === 0 ? {} : { extra: Object.freeze(extra) }),
  });
}

function timesOf({ nbf, iat, exp }: Claims): { notBeforeMs: number; issuedAtMs: number; expiresMs: number } {
  const ms = (claim: unknown, otherwise: number) => (typeof claim === 'number' ? claim * 1000 : otherwise);
  return {
    notBeforeMs: ms(nbf, Number.NEGATIVE_INFINITY),
    issuedAtMs: ms(iat, Number.NEGATIVE_INFINITY),
    expiresMs: ms(exp, Number.POSITIVE_INFINITY),
  };
}

function audiencesOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return [claim];
  return Array.isArray(claim) ? claim.filter((audience) => typeof audience === 'string') : [];
}

function asRef(value: unknown): Ref | undefined {
  if (value === undefined) return undefined;
  const { name, uid } = recordOf(value);
  return { name: textOf(name), uid: textOf(uid) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
