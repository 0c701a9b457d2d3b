import { CachedCredentials, type Reading } from './cached-credentials.ts';
import { readCredentialFile, TOKEN_MAX_AGE_MS } from './credential-files.ts';
import { ANONYMOUS, basicAuthorization, type Credential, type Credentials, staticCredentials } from './credentials.ts';
import { KubeconfigError } from './errors.ts';
import { type ExecOptions, runCredentialPlugin } from './exec-credentials.ts';
import type { KubeconfigUser } from './kubeconfig-file.ts';

type UserOptions = Omit<ExecOptions, 'user' | 'directory'>;

/**
 * The credentials of a kubeconfig's user. Each call makes its own, with a cache of its own: two users with different
 * files or plugins never meet. Throws a KubeconfigError for a user who contradicts himself.
 *
 * Where there are several, client-go's order holds: a token file before a token, a token or password before a plugin; a
 * client certificate goes along with any of them.
 */
export function userCredentials(user: KubeconfigUser | undefined, options: UserOptions): Credentials {
  if (user === undefined) return ANONYMOUS;
  const fixed = fixedParts(user);
  const { tokenFile, exec } = user;
  const certFile = user.cert === undefined ? user.certFile : undefined;
  const keyFile = user.key === undefined ? user.keyFile : undefined;
  const needsPlugin = exec !== undefined && tokenFile === undefined && fixed.authorization === undefined;
  if (tokenFile === undefined && certFile === undefined && keyFile === undefined && !needsPlugin) {
    return staticCredentials(fixed);
  }
  const { cluster, clock } = options;
  const read = async (signal: AbortSignal): Promise<Reading> => {
    const [token, cert, key, plugin] = await Promise.all([
      tokenFile === undefined ? undefined : readCredentialFile(tokenFile, cluster, signal),
      certFile === undefined ? undefined : readCredentialFile(certFile, cluster, signal),
      keyFile === undefined ? undefined : readCredentialFile(keyFile, cluster, signal),
      needsPlugin
        ? runCredentialPlugin(exec, { ...options, user: user.name, directory: user.directory }, signal)
        : undefined,
    ]);
    const credential: Credential = {
      ...fixed,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...plugin?.credential,
    };
    return plugin?.lifetimeMs === undefined ? { credential } : { credential, lifetimeMs: plugin.lifetimeMs };
  };
  const readsFiles = tokenFile !== undefined || certFile !== undefined || keyFile !== undefined;
  // A plugin is asked again when what it gave ends or is refused, not because time goes by.
  return new CachedCredentials({ clock, read, ...(readsFiles && !needsPlugin ? { maxAgeMs: TOKEN_MAX_AGE_MS } : {}) });
}

function fixedParts(user: KubeconfigUser): Credential {
  const { name, token, username, password, cert, key } = user;
  const says = `user "${name}" of the kubeconfig`;
  if (user.authProvider !== undefined && user.exec === undefined) {
    const remedy = 'Kubernetes removed these in 1.26, use the credential plugin (exec) of the same provider';
    throw new KubeconfigError(`${says} has the auth-provider "${user.authProvider}": ${remedy}`);
  }
  const hasBasic = username !== undefined || password !== undefined;
  if (hasBasic && (token !== undefined || user.tokenFile !== undefined)) {
    throw new KubeconfigError(`${says} has both a token and a password: only one can be used`);
  }
  if ((cert ?? user.certFile) !== undefined && (key ?? user.keyFile) === undefined) {
    throw new KubeconfigError(`${says} has a client certificate without its key`);
  }
  if ((key ?? user.keyFile) !== undefined && (cert ?? user.certFile) === undefined) {
    throw new KubeconfigError(`${says} has a client key without its certificate`);
  }
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
    ...(hasBasic ? { authorization: basicAuthorization(username ?? '', password ?? '') } : {}),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
