import type { Credentials } from './credentials.ts';

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
