import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a server must have again after a restart, so that the tokens it gave out still hold. */
export interface ServerIdentity {
  readonly adminToken: string;
  /** P-256, of ServiceAccounts' tokens; `undefined`: one is made when it is first needed. */
  readonly tokenKeyPem: string | undefined;
}

export function newIdentity(): ServerIdentity {
  return { adminToken: randomBytes(24).toString('base64url'), tokenKeyPem: undefined };
}

/** The identity kept in `directory`; a new one, made by `make`, where there is none. */
export function keptIdentity(directory: string, make: () => ServerIdentity): ServerIdentity {
  const path = join(directory, 'identity.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ServerIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const identity = make();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, JSON.stringify(identity), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return identity;
}
