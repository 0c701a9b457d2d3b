import { isIP } from 'node:net';
import { ApiError, ConnectionError } from '../kube/errors.ts';
import { MembershipError } from './errors.ts';

/**
 * An API server's answer, or the want of one, in the words of the person who joins or unjoins a cluster.
 *
 * @param tlsServerName the name that the certificate was to be valid for, when it is not the server's host
 */
export function explain(error: unknown, cluster: string, server: string, tlsServerName?: string): unknown {
  if (error instanceof ConnectionError)
    return explainConnection(error, cluster, server, tlsServerName ?? hostOf(server));
  if (error instanceof ApiError && error.code === 401) {
    return new MembershipError('Unauthorized', `cluster "${cluster}" does not accept these credentials`, {
      cluster,
      hint: 'log in to it again, or name another context with --cluster-context',
      cause: error,
    });
  }
  if (error instanceof ApiError && error.code === 403) {
    return new MembershipError('Forbidden', `cluster "${cluster}" refuses: ${error.message}`, {
      cluster,
      hint: 'use a context with the rights of a cluster administrator, or have that verb on that resource granted',
      cause: error,
    });
  }
  return error;
}

function explainConnection(
  error: ConnectionError,
  cluster: string,
  server: string,
  expectedName: string,
): MembershipError {
  if (error.code === 'CREDENTIALS') {
    return new MembershipError('Unauthorized', error.message, {
      cluster,
      hint: 'check the user of that context in the kubeconfig (token file, certificate, exec plugin)',
      cause: error,
    });
  }
  if (error.code !== 'TLS') {
    return new MembershipError('Unreachable', `unreachable from here: ${error.message}`, {
      cluster,
      hint: `check that ${server} is its address, that it runs, and that no firewall stands between`,
      cause: error,
    });
  }
  if (error.tlsProblem === 'name') {
    const names = error.certificateNames ?? [];
    const known = names.length === 0 ? 'it names nothing' : `it is valid for: ${names.join(', ')}`;
    return new MembershipError(
      'CertificateName',
      `the certificate of cluster "${cluster}" is not valid for "${expectedName}"; ${known}`,
      {
        cluster,
        hint: 'give one of these names with --tls-server-name, or an address that it is valid for with --api-endpoint',
        cause: error,
      },
    );
  }
  return new MembershipError('Certificate', `certificate not accepted: ${error.message}`, {
    cluster,
    hint: 'check certificate-authority-data of the cluster in the kubeconfig',
    cause: error,
  });
}

export function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).hostname.replace(/^\[|\]$/g, '') : server;
}

/** Whether an address means the very machine that uses it. */
export function isLoopback(server: string): boolean {
  const host = hostOf(server);
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
