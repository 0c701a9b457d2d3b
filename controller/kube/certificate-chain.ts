import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';
const MAX_DEPTH = 8;

/**
 * Whether a server's certificate leads by valid signatures to one of the trusted authorities, whatever the clock says.
 * The names in it are not looked at.
 */
export function verifyChain(peer: DetailedPeerCertificate, trustedPem: readonly string[]): boolean {
  const presented = presentedBy(peer);
  const leaf = presented[0];
  if (leaf === undefined || !servesTls(leaf)) return false;
  const trusted = trustedPem.map((pem) => new X509Certificate(pem));
  return leadsToTrust(leaf, presented.slice(1), trusted, 0);
}

function leadsToTrust(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  depth: number,
): boolean {
  if (trusted.some((anchor) => anchor.fingerprint256 === certificate.fingerprint256)) return true;
  if (trusted.some((anchor) => isSignedBy(certificate, anchor))) return true;
  if (depth >= MAX_DEPTH) return false;
  return intermediates.some(
    (issuer) => isSignedBy(certificate, issuer) && leadsToTrust(issuer, intermediates, trusted, depth + 1),
  );
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (certificate.fingerprint256 === issuer.fingerprint256) return false;
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** A certificate that lists what it is for must list this. Node calls the extended key usage `keyUsage`. */
function servesTls(certificate: X509Certificate): boolean {
  const usages: readonly string[] | undefined = certificate.keyUsage;
  return usages === undefined || usages.includes(SERVER_AUTH) || usages.includes(ANY_USAGE);
}

/** The server's own certificate first, then those it sent along. Node links them, and a root to itself. */
function presentedBy(peer: DetailedPeerCertificate): X509Certificate[] {
  const certificates: X509Certificate[] = [];
  const seen = new Set<DetailedPeerCertificate>();
  let current: DetailedPeerCertificate | undefined = peer;
  while (current?.raw !== undefined && !seen.has(current)) {
    seen.add(current);
    certificates.push(new X509Certificate(current.raw));
    current = current.issuerCertificate;
  }
  return certificates;
}
