import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { pemBlocks } from '../kube/tls.ts';

/** What the webhooks show of themselves. */
export interface ServingCertificate {
  /** The certificate, with intermediate ones behind it where there are any. */
  readonly certPem: string;
  readonly keyPem: string;
  /** The authorities by which API servers are to know it. Missing: whoever registers the webhooks knows, or everybody does. */
  readonly caPem?: string;
}

/** Where it comes from. */
export interface CertificateSource {
  /**
   * Undefined while there is none.
   * @throws what keeps it from being read or used
   */
  read(signal: AbortSignal): Promise<ServingCertificate | undefined>;
}

/** The certificate, once it is sure that it can be served. @throws when it is not what it should be */
export function usable(certificate: ServingCertificate): ServingCertificate {
  const { certPem, keyPem, caPem } = certificate;
  const leaf = leafOf(certificate);
  if (leaf === undefined) throw new Error('there is no PEM certificate in tls.crt');
  if (!leaf.checkPrivateKey(createPrivateKey(keyPem))) throw new Error('tls.key is not the key of tls.crt');
  // Signed by itself it is its own authority, as Go takes it too.
  const own = leaf.checkIssued(leaf) ? (pemBlocks(certPem)[0] ?? '') : undefined;
  const authorities = caPem === undefined || pemBlocks(caPem).length === 0 ? own : caPem;
  return { certPem, keyPem, ...(authorities === undefined ? {} : { caPem: authorities }) };
}

export function leafOf({ certPem }: ServingCertificate): X509Certificate | undefined {
  const [first] = pemBlocks(certPem);
  return first === undefined ? undefined : new X509Certificate(first);
}

export function isSame(a: ServingCertificate, b: ServingCertificate): boolean {
  return digestOf(a) === digestOf(b);
}

/** Whether everybody who trusts the bundle trusts these authorities. */
export function isTrustedBy(bundlePem: string, caPem: string): boolean {
  const trusted = new Set(pemBlocks(bundlePem).map(fingerprintOf));
  return pemBlocks(caPem).every((block) => trusted.has(fingerprintOf(block)));
}

/** Beyond that, those that have been there longest go. */
const MOST_AUTHORITIES = 4;

/**
 * The bundle with these authorities in it: those in whose name something may still be served stay, so that no moment of a
 * rotation finds an API server that trusts the wrong ones. What has expired goes.
 *
 * @param now wall time, milliseconds since the epoch
 */
export function bundleWith(bundlePem: string, caPem: string, now: number): string {
  const kept = readable(bundlePem).filter((block) => Date.parse(new X509Certificate(block).validTo) > now);
  const known = new Set(kept.map(fingerprintOf));
  // What is there keeps its place: replicas that read different certificates must not write in turns.
  const added = pemBlocks(caPem).filter((block) => !known.has(fingerprintOf(block)));
  return [...kept, ...added]
    .slice(-MOST_AUTHORITIES)
    .map((block) => `${block.trim()}\n`)
    .join('');
}

function readable(pem: string): string[] {
  return pemBlocks(pem).filter((block) => {
    try {
      new X509Certificate(block);
      return true;
    } catch {
      // Somebody wrote it by hand; nobody can be trusted by it.
      return false;
    }
  });
}

function fingerprintOf(block: string): string {
  return new X509Certificate(block).fingerprint256;
}

function digestOf({ certPem, keyPem, caPem = '' }: ServingCertificate): string {
  return createHash('sha256')
    .update(JSON.stringify([certPem, keyPem, caPem]))
    .digest('hex');
}
