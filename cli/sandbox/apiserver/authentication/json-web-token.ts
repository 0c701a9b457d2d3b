import { createHash, type KeyObject, sign, verify } from 'node:crypto';

/** JSON Web Tokens in compact form, signed with ES256 (RFC 7515, 7518): all that Kubernetes needs of them. */

export type Claims = Readonly<Record<string, unknown>>;

export interface DecodedToken {
  readonly header: Claims;
  readonly claims: Claims;
  readonly signed: string;
  readonly signature: Buffer;
}

/** The claims in the order of their names, as Go writes them. */
export function signToken(claims: Claims, privateKey: KeyObject, keyId: string): string {
  const signed = `${encode({ alg: 'ES256', kid: keyId })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** Nothing is verified yet. `undefined`: this is no such token. */
export function decodeToken(token: string): DecodedToken | undefined {
  const [header = '', payload = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0) return undefined;
  const decoded = [decode(header), decode(payload)] as const;
  if (decoded[0] === undefined || decoded[1] === undefined) return undefined;
  return {
    header: decoded[0],
    claims: decoded[1],
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

export function isSignedBy(token: DecodedToken, publicKey: KeyObject): boolean {
  if (token.header.alg !== 'ES256') return false;
  return verify('sha256', Buffer.from(token.signed), { key: publicKey, dsaEncoding: 'ieee-p1363' }, token.signature);
}

/** As Kubernetes derives it from the public key. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Claims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined; // whatever it is, it is not one of our tokens
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
}
