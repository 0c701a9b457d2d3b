import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Credential, Credentials } from '../kube/credentials.ts';
import { ConnectionError } from '../kube/errors.ts';
import { unlessAborted } from '../time/abort.ts';
import type { Secret } from './endpoint.ts';
import { TOKEN_KEY, tokenOf } from './endpoint.ts';

export interface SecretCredentialsOptions {
  cluster: string;
  secretName: string;
  /** The newest Secret that the watch has shown. */
  cached: () => DeepReadonly<Secret> | undefined;
  /** Asks the host: what the watch has shown was refused by the member. Bounded by a timeout of its own. */
  read: () => Promise<DeepReadonly<Secret>>;
}

/**
 * A member's bearer token, from its Secret in the host. Every request takes the newest that is known, so a renewed token
 * comes into use without a request that fails and without a new connection.
 */
export class SecretCredentials implements Credentials {
  readonly #options: SecretCredentialsOptions;
  #current: { token: string; credential: Credential } | undefined;
  #refused: string | undefined;
  #reading: Promise<Credential> | undefined;

  constructor(options: SecretCredentialsOptions) {
    this.#options = options;
  }

  async get(signal: AbortSignal): Promise<Credential> {
    signal.throwIfAborted();
    const token = tokenOf(this.#options.cached());
    if (token !== undefined && token !== this.#refused) return this.#credentialOf(token);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return unlessAborted(this.#reading, signal);
  }

  invalidate(used: Credential): void {
    if (this.#current?.credential === used) this.#refused = this.#current.token;
  }

  async #read(): Promise<Credential> {
    const { cluster, secretName, read } = this.#options;
    let secret: DeepReadonly<Secret>;
    try {
      secret = await read();
    } catch (cause) {
      throw new ConnectionError(`secret "${secretName}" with the token cannot be read`, {
        code: 'CREDENTIALS',
        cluster,
        cause,
      });
    }
    const token = tokenOf(secret);
    if (token === undefined) {
      throw new ConnectionError(`secret "${secretName}" has no key "${TOKEN_KEY}"`, { code: 'CREDENTIALS', cluster });
    }
    // Refused once is not refused for ever: an API server that starts may refuse what it accepts a moment later.
    this.#refused = undefined;
    return this.#credentialOf(token);
  }

  #credentialOf(token: string): Credential {
    if (this.#current?.token !== token) {
      this.#current = { token, credential: { authorization: `Bearer ${token}` } };
    }
    return this.#current.credential;
  }
}
