/** What a request carries to say who it is from. Immutable: a renewed credential is another object. */
export interface Credential {
  /** The whole `Authorization` header. */
  readonly authorization?: string;
  /** Client certificate chain, PEM. */
  readonly cert?: string;
  /** Its private key, PEM. */
  readonly key?: string;
}

/** A source of credentials for one endpoint. */
export interface Credentials {
  /** The credential to use now. Many callers at once cause one read. Rejects with a ConnectionError, code `CREDENTIALS`. */
  get(signal: AbortSignal): Promise<Credential>;
  /** The server refused `used`: read again next time. Nothing happens when it has been replaced by now. */
  invalidate(used: Credential): void;
}

/** A credential that never changes. */
export function staticCredentials(credential: Credential): Credentials {
  return { get: async () => credential, invalidate: () => undefined };
}

export const ANONYMOUS: Credentials = staticCredentials({});

export function bearerToken(token: string): Credentials {
  return staticCredentials({ authorization: `Bearer ${token}` });
}

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
