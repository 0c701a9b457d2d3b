import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/**
 * X.509 certificates, for control planes on this machine and for the controller's webhooks, written straight as DER
 * (RFC 5280): Node's crypto can read certificates and sign bytes, but not make certificates, and neither a fresh machine
 * nor a small image need have `openssl`.
 */
export interface CertificateAuthority {
  readonly commonName: string;
  readonly certPem: string;
  /** For {@link restoreCertificateAuthority}. Whoever has it can be anybody. */
  readonly keyPem: string;
  issue(request: CertificateRequest): IssuedCertificate;
}

export interface CertificateRequest {
  commonName: string;
  /** Kubernetes reads these as the groups of a client certificate's user. */
  organizations?: readonly string[];
  usage: 'server' | 'client';
  dnsNames?: readonly string[];
  /** IPv4 and IPv6, without a zone. */
  ipAddresses?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
}

export interface IssuedCertificate {
  certPem: string;
  keyPem: string;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** A self-signed authority with a P-256 key, valid for ten years unless said otherwise. */
export function createCertificateAuthority(
  commonName: string,
  dates: Pick<CertificateRequest, 'notBefore' | 'notAfter'> = {},
): CertificateAuthority {
  const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const caName = distinguishedName(commonName, []);
  const caKeyId = keyIdentifier(ca.publicKey);
  const [from, until] = validity();
  const certPem = certificate({
    issuer: caName,
    subject: caName,
    publicKey: ca.publicKey,
    signingKey: ca.privateKey,
    notBefore: dates.notBefore ?? from,
    notAfter: dates.notAfter ?? until,
    extensions: [
      extension(OID.basicConstraints, sequence(boolean(true)), { critical: true }),
      extension(OID.keyUsage, bitString(Buffer.from([0x06]), 1), { critical: true }), // keyCertSign, cRLSign
      extension(OID.subjectKeyIdentifier, octetString(caKeyId)),
    ],
  });

  return restoreCertificateAuthority({
    commonName,
    certPem,
    keyPem: ca.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  });
}

/** The authority that was made earlier, to issue more. */
export function restoreCertificateAuthority(
  made: Pick<CertificateAuthority, 'commonName' | 'certPem' | 'keyPem'>,
): CertificateAuthority {
  const { commonName, certPem, keyPem } = made;
  const signingKey = createPrivateKey(keyPem);
  const caName = distinguishedName(commonName, []);
  const caKeyId = keyIdentifier(createPublicKey(signingKey));
  const [notBefore, notAfter] = validity();
  return {
    commonName,
    certPem,
    keyPem,
    issue(request) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = [
        ...(request.dnsNames ?? []).map((name) => tlv(0x82, Buffer.from(name, 'ascii'))),
        ...(request.ipAddresses ?? []).map((address) => tlv(0x87, addressBytes(address))),
      ];
      return {
        certPem: certificate({
          issuer: caName,
          subject: distinguishedName(request.commonName, request.organizations ?? []),
          publicKey: own.publicKey,
          signingKey,
          notBefore: request.notBefore ?? notBefore,
          notAfter: request.notAfter ?? notAfter,
          extensions: [
            extension(OID.basicConstraints, sequence(), { critical: true }),
            extension(OID.keyUsage, bitString(Buffer.from([0x80]), 7), { critical: true }), // digitalSignature
            extension(
              OID.extendedKeyUsage,
              sequence(objectIdentifier(request.usage === 'server' ? OID.serverAuth : OID.clientAuth)),
            ),
            extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(own.publicKey))),
            extension(OID.authorityKeyIdentifier, sequence(tlv(0x80, caKeyId))),
            ...(names.length > 0 ? [extension(OID.subjectAltName, sequence(...names))] : []),
          ],
        }),
        keyPem: own.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      };
    },
  };
}

function validity(): readonly [Date, Date] {
  return [new Date(Date.now() - 3600_000), new Date(Date.now() + 10 * YEAR_MS)];
}

function certificate(parts: {
  issuer: Buffer;
  subject: Buffer;
  publicKey: KeyObject;
  signingKey: KeyObject;
  notBefore: Date;
  notAfter: Date;
  extensions: Buffer[];
}): string {
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const toBeSigned = sequence(
    tlv(0xa0, integer(Buffer.from([2]))), // version 3
    integer(randomBytes(16)),
    algorithm,
    parts.issuer,
    sequence(time(parts.notBefore), time(parts.notAfter)),
    parts.subject,
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...parts.extensions)),
  );
  const der = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, parts.signingKey), 0));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function distinguishedName(commonName: string, organizations: readonly string[]): Buffer {
  const attribute = (type: string, value: string) =>
    tlv(0x31, sequence(objectIdentifier(type), tlv(0x0c, Buffer.from(value, 'utf8'))));
  return sequence(
    ...organizations.map((organization) => attribute(OID.organization, organization)),
    attribute(OID.commonName, commonName),
  );
}

function extension(type: string, value: Buffer, options: { critical: boolean } = { critical: false }): Buffer {
  return sequence(objectIdentifier(type), ...(options.critical ? [boolean(true)] : []), octetString(value));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha1').update(spki).digest();
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%'))
    throw new Error(`certificates are issued for no such address: ${address}`);
  // A URL has it in hexadecimal groups, whatever form it was written in.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  const groups = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff]; // nothing here reaches 64 KiB
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

const sequence = (...items: Buffer[]): Buffer => tlv(0x30, Buffer.concat(items));
const octetString = (content: Buffer): Buffer => tlv(0x04, content);
const bitString = (content: Buffer, unusedBits: number): Buffer =>
  tlv(0x03, Buffer.concat([Buffer.from([unusedBits]), content]));
const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));

/** A positive integer in as few bytes as DER demands. */
function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const minimal = bytes.subarray(start);
  const negative = ((minimal[0] ?? 0) & 0x80) !== 0;
  return tlv(0x02, negative ? Buffer.concat([Buffer.from([0]), minimal]) : minimal);
}

function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

/** UTCTime up to 2049, GeneralizedTime from 2050, as RFC 5280 section 4.1.2.5 demands. */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}
