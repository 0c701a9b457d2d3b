import { isIP } from 'node:net';
import type { Credentials } from './credentials.ts';
import { ConnectionError } from './errors.ts';

export interface EndpointTls {
  /** Certificates of the authorities to trust, PEM. Without it: those that Node comes with. */
  readonly ca?: string;
  /** The name to ask for and to check the certificate against, instead of the server's host. */
  readonly serverName?: string;
  /** What not to check; KubeFed's `disabledTLSValidations`. */
  readonly skip?: {
    /** Nothing at all is checked (`*`, `insecure-skip-tls-verify`). */
    readonly all?: boolean;
    /** The certificate may be made for another name; who signed it is checked. */
    readonly subjectName?: boolean;
    /** The certificate may be expired or not valid yet; who signed it, and the name, are checked. */
    readonly validityPeriod?: boolean;
  };
}

/** Where an API server is and how to speak to it. */
export interface Endpoint {
  /** The name of the cluster in errors and logs. */
  readonly cluster: string;
  /** URL, with the path under which the API is served if it is not the root. */
  readonly server: string;
  readonly tls: EndpointTls;
  /** `http:`, `https:` or `socks5:` URL; may hold a user name and password. */
  readonly proxyUrl?: string;
  /** Sent with every request; for impersonation. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly credentials: Credentials;
}

/** An endpoint's server, taken apart. */
export interface ServerAddress {
  readonly secure: boolean;
  /** An IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `host:port` as the Host header has it; without the port where it is the scheme's own. */
  readonly authority: string;
  /** Without a slash at its end; empty for the root. */
  readonly basePath: string;
  /** The URL without user name and password: the only form that may be shown. */
  readonly display: string;
}

/**
 * Reads an endpoint's server. Throws a ConnectionError, code `ENDPOINT`, when it is no http or https URL.
 * `host:port` without a scheme is taken for https, as KubeFed's `apiEndpoint` may be written.
 */
export function parseServer(server: string, cluster: string): ServerAddress {
  const url = parseUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(server) ? server : `https://${server}`);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    const message = `cluster "${cluster}": its server is not a http or https URL`;
    throw new ConnectionError(message, { code: 'ENDPOINT', cluster });
  }
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const basePath = url.pathname.replace(/\/+$/, '');
  return {
    secure,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    basePath,
    display: `${url.protocol}//${url.host}${basePath}`,
  };
}

export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Whether an address is on this machine: not worth a proxy or a compression. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost' || host.endsWith('.localhost');
}
