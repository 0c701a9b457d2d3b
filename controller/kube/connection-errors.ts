import { ConnectionError, type TlsProblem } from './errors.ts';

/** The way to an API server, in words that may stand in a message: no user names, no passwords. */
export interface Route {
  readonly cluster: string;
  /** `https://10.0.0.1:6443` */
  readonly server: string;
  /** The host alone. */
  readonly host: string;
}

/** Names that Node or OpenSSL give to what can go wrong, and what they mean to a person. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the host name cannot be resolved just now (no answer from DNS)',
  ETIMEDOUT: 'no answer (timed out)',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to its network',
  ECONNRESET: 'the connection was closed before the answer was complete',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed before the request was sent',
};

const TLS: Readonly<Record<string, readonly [TlsProblem, string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['untrusted', 'its certificate is self-signed and not among the trusted ones'],
  SELF_SIGNED_CERT_IN_CHAIN: ['untrusted', 'its certificate is signed by an authority that is not trusted'],
  UNABLE_TO_GET_ISSUER_CERT: ['untrusted', 'its certificate is signed by an authority that is not trusted'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['untrusted', 'its certificate is signed by an authority that is not trusted'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['untrusted', 'its certificate is signed by an authority that is not trusted'],
  CERT_SIGNATURE_FAILURE: [
    'untrusted',
    'the signature on its certificate is wrong: not signed by the trusted authority',
  ],
  CERT_UNTRUSTED: ['untrusted', 'its certificate is not trusted'],
  INVALID_CA: ['untrusted', 'its certificate is signed by something that is no certificate authority'],
  CERT_HAS_EXPIRED: ['expired', 'its certificate has expired'],
  CERT_NOT_YET_VALID: ['notYetValid', 'its certificate is not valid yet (compare the clocks)'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['notTls', 'the server does not speak TLS on this port (is it plain http?)'],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['notTls', 'the server does not speak TLS on this port (is it plain http?)'],
  ERR_SSL_HTTP_REQUEST: ['notTls', 'the server does not speak TLS on this port (is it plain http?)'],
};

const CLIENT_CERTIFICATE =
  /ALERT_(BAD|UNKNOWN|UNSUPPORTED|REVOKED|CERTIFICATE)|ALERT_(NO_)?CERTIFICATE|ALERT_UNKNOWN_CA/;

interface NodeError extends Error {
  code?: string;
  /** Set by the altname check. */
  cert?: { subjectaltname?: string; subject?: { CN?: string | string[] } };
  /** Of the attempts at several addresses. */
  errors?: unknown[];
}

/** Puts what Node threw into words. A ConnectionError is passed through as it is. */
export function toConnectionError(thrown: unknown, route: Route): ConnectionError {
  if (thrown instanceof ConnectionError) return thrown;
  const error = firstOf(thrown);
  const where = `cluster "${route.cluster}" at ${route.server}`;
  const base = { cluster: route.cluster, cause: thrown };
  const code = error.code ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const certificateNames = namesOn(error);
    const names = certificateNames.length === 0 ? 'no name at all' : certificateNames.join(', ');
    const message = `${where}: its certificate is not valid for ${route.host}; it is made for ${names}`;
    return new ConnectionError(message, { ...base, code: 'TLS', tlsProblem: 'name', certificateNames });
  }
  const known = TLS[code];
  if (known !== undefined) {
    return new ConnectionError(`${where}: ${known[1]} (${code})`, { ...base, code: 'TLS', tlsProblem: known[0] });
  }
  // OpenSSL's own words, where Node has no code for them.
  if (code === 'EPROTO' && /wrong version number|packet length too long|http request/i.test(error.message)) {
    const message = `${where}: the server does not speak TLS on this port (is it plain http?)`;
    return new ConnectionError(message, { ...base, code: 'TLS', tlsProblem: 'notTls' });
  }
  if (CLIENT_CERTIFICATE.test(code)) {
    const message = `${where}: the server did not accept the client certificate (${code})`;
    return new ConnectionError(message, { ...base, code: 'TLS', tlsProblem: 'clientCertificate' });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('CERT_') || code.startsWith('ERR_TLS_')) {
    const message = `${where}: no TLS connection: ${oneLine(error.message)}`;
    return new ConnectionError(message, { ...base, code: 'TLS', tlsProblem: 'other' });
  }
  const words = NETWORK[code] ?? (oneLine(error.message) || code || 'the connection failed');
  return new ConnectionError(`${where}: ${words}`, { ...base, code: code === '' ? 'UNKNOWN' : code });
}

/** With several addresses Node tries them all and throws a bundle; the first says most. */
function firstOf(thrown: unknown): NodeError {
  const error: NodeError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const inner = error.errors?.[0];
  return inner instanceof Error ? inner : error;
}

/** `DNS:kubernetes, IP Address:10.96.0.1` → `kubernetes`, `10.96.0.1`; the common name where there is nothing else. */
function namesOn(error: NodeError): string[] {
  const alternatives = error.cert?.subjectaltname;
  if (alternatives !== undefined) {
    return alternatives.split(', ').map((entry) => entry.replace(/^(DNS|IP Address|URI):/, '').replaceAll('"', ''));
  }
  const commonName = error.cert?.subject?.CN;
  return commonName === undefined ? [] : [commonName].flat();
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
