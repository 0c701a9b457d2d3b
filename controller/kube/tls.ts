import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { verifyChain } from './certificate-chain.ts';
import type { Credential } from './credentials.ts';
import type { EndpointTls } from './endpoint.ts';
import { ConnectionError } from './errors.ts';

/** What every TLS connection to one endpoint has in common. Built once: parsing the certificates is the costly part. */
export function tlsConnectOptions(settings: EndpointTls, credential: Credential, cluster: string) {
  const { skip, serverName } = settings;
  const options: tls.ConnectionOptions = {
    secureContext: secureContext(settings, credential, cluster),
    // With the validity period left out Node cannot decide any more: `peerProblem` does, before a byte is sent.
    rejectUnauthorized: skip?.all !== true && skip?.validityPeriod !== true,
    ALPNProtocols: ['http/1.1'],
  };
  if (skip?.subjectName === true) {
    options.checkServerIdentity = () => undefined;
  } else if (serverName !== undefined && isIP(serverName) !== 0) {
    options.checkServerIdentity = (_host, certificate) => tls.checkServerIdentity(serverName, certificate);
  }
  if (serverName !== undefined && isIP(serverName) === 0) options.servername = serverName;
  return options;
}

/** Whether {@link peerProblem} has to be asked about every new connection. */
export function needsOwnVerification(settings: EndpointTls): boolean {
  return settings.skip?.validityPeriod === true && settings.skip.all !== true;
}

/**
 * Decides on a connection whose certificate may be out of its validity period, all else being as strict as ever.
 * Returns what is wrong, or undefined.
 *
 * OpenSSL reports only the last of several errors, so that `expired` may hide `signed by nobody we know`: an expired
 * certificate's chain is verified here again, without the clock.
 */
export function peerProblem(socket: tls.TLSSocket, settings: EndpointTls, host: string): Error | undefined {
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  if (code !== 'CERT_HAS_EXPIRED' && code !== 'CERT_NOT_YET_VALID') {
    return Object.assign(new Error(`the certificate was not accepted: ${code}`), { code });
  }
  const peer = socket.getPeerCertificate(true);
  const trusted = settings.ca === undefined ? tls.rootCertificates : pemBlocks(settings.ca);
  if (!verifyChain(peer, trusted)) {
    const error = new Error('the certificate is signed by nobody that is trusted');
    return Object.assign(error, { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  }
  if (settings.skip?.subjectName === true) return undefined;
  return tls.checkServerIdentity(settings.serverName ?? host, peer);
}

/** The certificates in a PEM text, one by one. */
export function pemBlocks(pem: string): string[] {
  return pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
}

function secureContext(settings: EndpointTls, credential: Credential, cluster: string): tls.SecureContext {
  const { ca } = settings;
  if (ca !== undefined && settings.skip?.all !== true) assertCertificates(ca, cluster);
  const { cert, key } = credential;
  try {
    return tls.createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (cause) {
    const message = `cluster "${cluster}": the client certificate or its key cannot be used: ${messageOf(cause)}`;
    throw new ConnectionError(message, { code: 'CREDENTIALS', cluster, cause });
  }
}

/** Node takes a CA text without a certificate in it for an empty list of authorities, and then blames the server. */
function assertCertificates(ca: string, cluster: string): void {
  try {
    const blocks = pemBlocks(ca);
    if (blocks.length === 0) throw new Error('there is no PEM certificate in it');
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    const message = `cluster "${cluster}": its CA certificate cannot be read: ${messageOf(cause)}`;
    throw new ConnectionError(message, { code: 'TLS', tlsProblem: 'other', cluster, cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
