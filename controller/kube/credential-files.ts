import { readFile } from 'node:fs/promises';
import type { Clock } from '../time/clock.ts';
import { CachedCredentials } from './cached-credentials.ts';
import type { Credentials } from './credentials.ts';
import { ConnectionError } from './errors.ts';

/** Tokens in files are renewed long before they end: the kubelet does so at 80 % of at least ten minutes. */
export const TOKEN_MAX_AGE_MS = 60_000;

/** A bearer token that somebody else renews in a file. Read when it is older than a minute, or was refused. */
export function tokenFileCredentials(path: string, options: { cluster: string; clock: Clock }): Credentials {
  return new CachedCredentials({
    clock: options.clock,
    maxAgeMs: TOKEN_MAX_AGE_MS,
    read: async (signal) => ({
      credential: { authorization: `Bearer ${await readCredentialFile(path, options.cluster, signal)}` },
    }),
  });
}

/** The content of a file with a token, a certificate or a key. Rejects with a ConnectionError, code `CREDENTIALS`. */
export async function readCredentialFile(path: string, cluster: string, signal: AbortSignal): Promise<string> {
  try {
    const content = (await readFile(path, { encoding: 'utf8', signal })).trim();
    if (content === '') throw new Error('it is empty');
    return content;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `cluster "${cluster}": the credentials in ${path} cannot be read: ${why}`;
    throw new ConnectionError(message, { code: 'CREDENTIALS', cluster, cause });
  }
}
