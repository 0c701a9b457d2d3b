import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

interface PemBlock {
  readonly type: string;
  readonly der: Buffer;
}

/** Why a certificate and a key are no pair, in the words of Go's `tls.X509KeyPair`. Both are PEM. */
export function tlsPairProblem(certificatePem: string, keyPem: string): string | undefined {
  const blocks = pemBlocks(certificatePem);
  const certificate = blocks.find(({ type }) => type === 'CERTIFICATE');
  if (certificate === undefined) return noCertificate(blocks.map(({ type }) => type));
  const keyBlocks = pemBlocks(keyPem);
  const key = keyBlocks.find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'));
  if (key === undefined) return noKey(keyBlocks.map(({ type }) => type));
  const parsed = attempt(() => new X509Certificate(certificate.der));
  if (parsed === undefined) return 'x509: malformed certificate';
  const privateKey = parseKey(key.der);
  if (privateKey === undefined) return 'tls: failed to parse private key';
  const { publicKey } = parsed;
  if (!['rsa', 'ec', 'ed25519'].includes(publicKey.asymmetricKeyType ?? '')) {
    return 'tls: unknown public key algorithm';
  }
  if (privateKey.asymmetricKeyType !== publicKey.asymmetricKeyType) {
    return 'tls: private key type does not match public key type';
  }
  return parsed.checkPrivateKey(privateKey) ? undefined : 'tls: private key does not match public key';
}

function noCertificate(skipped: readonly string[]): string {
  const [first] = skipped;
  if (first === undefined) return 'tls: failed to find any PEM data in certificate input';
  if (skipped.length === 1 && first.endsWith('PRIVATE KEY')) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
}

function noKey(skipped: readonly string[]): string {
  const [first] = skipped;
  if (first === undefined) return 'tls: failed to find any PEM data in key input';
  if (skipped.length === 1 && first === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
}

const PEM = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:[^\n:]+:[^\n]*\n)*)([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

/** What is no block is passed over, as Go does. */
function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(PEM)].flatMap(([, type = '', , body = '']) => {
    const base64 = body.replace(/\s/g, '');
    return base64.length % 4 === 0 ? [{ type, der: Buffer.from(base64, 'base64') }] : [];
  });
}

/** In any of the forms that keys come in, whatever the block calls itself. */
function parseKey(der: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    const key = attempt(() => createPrivateKey({ key: der, format: 'der', type }));
    if (key !== undefined) return key;
  }
  return undefined;
}

/** What cannot be parsed is nothing: which way it is broken nobody is told. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
