import { ApiError, ConnectionError, KubeconfigError } from '../../controller/kube/errors.ts';
import { MembershipError, type MembershipErrorCode } from '../../controller/membership/errors.ts';
import { GenerateError } from '../../controller/network/generate/generate-error.ts';
import { MeshError } from '../../controller/network/providers/mesh-error.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';

/** What a person is told, and what a script gets. */
export interface ErrorReport {
  /** One line. Empty: nothing more to say. */
  message: string;
  hint?: string | undefined;
  exitCode: number;
}

/** Turns whatever a command threw into one line and a hint that helps. */
export function describeError(error: unknown, context: Pick<CliContext, 'signal'>): ErrorReport {
  if (context.signal.aborted) {
    return {
      message: 'interrupted',
      hint: 'run the same command again: it goes on from there',
      exitCode: EXIT.interrupted,
    };
  }
  if (error instanceof CliError) return { message: oneLine(error.message), hint: error.hint, exitCode: error.exitCode };
  if (error instanceof GenerateError) {
    const exitCode = error.code === 'RangesOverlap' ? EXIT.refused : EXIT.usage;
    return { message: oneLine(error.message), hint: error.hint, exitCode };
  }
  if (error instanceof MeshError) {
    const exitCode = error.code === 'Unreachable' ? EXIT.unreachable : EXIT.failed;
    return { message: located(error.cluster, error.message), exitCode };
  }
  if (error instanceof MembershipError) {
    const exitCode = MEMBERSHIP_EXIT_CODES[error.code] ?? EXIT.failed;
    return { message: located(error.cluster, error.message), hint: oneLine(error.hint), exitCode };
  }
  if (error instanceof KubeconfigError) {
    const hint = "mend that, or name another file with --kubeconfig (a joining cluster's with --cluster-kubeconfig)";
    return { message: oneLine(error.message), hint, exitCode: EXIT.failed };
  }
  if (error instanceof ApiError) {
    return { message: located(error.cluster, error.message), hint: apiHint(error), exitCode: EXIT.failed };
  }
  if (error instanceof ConnectionError) {
    return { message: located(error.cluster, error.message), hint: connectionHint(error), exitCode: EXIT.unreachable };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message: oneLine(message), hint: ASK_FOR_REQUESTS, exitCode: EXIT.failed };
}

const MEMBERSHIP_EXIT_CODES: Partial<Record<MembershipErrorCode, number>> = {
  InvalidName: EXIT.usage,
  NameTaken: EXIT.refused,
  AlreadyExists: EXIT.refused,
  AlreadyJoined: EXIT.refused,
  OtherControlPlane: EXIT.refused,
  Unreachable: EXIT.unreachable,
  UnreachableFromController: EXIT.unreachable,
};

const ASK_FOR_REQUESTS = 'run it again with --v=2 to see every request';

function apiHint(error: ApiError): string {
  if (error.code === 401) return "that context's credentials were not accepted: log in again, or name another context";
  if (error.code === 403) return 'ask for that verb on that resource, or use a context of a cluster administrator';
  const isKindMissing = error.code === 404 && error.body?.details?.name === undefined;
  if (isKindMissing && /\/apis\/(core|types|scheduling)\.kubefed\.io\//.test(error.path)) {
    return 'is the control plane installed there? `fedctl init` installs it, --host-cluster-context names another host';
  }
  if (error.code === 409) return 'somebody else changed it at the same time: run the command again';
  if (error.code === 429 || error.code >= 500)
    return 'the API server is busy or failing: run the command again in a moment';
  return ASK_FOR_REQUESTS;
}

function connectionHint(error: ConnectionError): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'is the API server running, and is the address in the kubeconfig right?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'that name does not resolve from here: check the address in the kubeconfig, and DNS';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no answer: check the address, the route and the firewalls on the way';
    case 'PROXY':
      return 'check proxy-url in the kubeconfig, and that the proxy may reach the API server';
    case 'CREDENTIALS':
      return 'check the user of that context in the kubeconfig (token file, certificate, exec plugin)';
    case 'TLS':
      return tlsHint(error);
    default:
      return 'the connection broke: run the command again, with --v=2 to see every request';
  }
}

function tlsHint(error: ConnectionError): string {
  switch (error.tlsProblem) {
    case 'name': {
      const names = error.certificateNames ?? [];
      const known = names.length === 0 ? '' : ` (it has: ${names.join(', ')})`;
      return `use an address that the certificate names${known}, or set tls-server-name in the kubeconfig`;
    }
    case 'untrusted':
      return 'set certificate-authority-data in the kubeconfig to the authority that signed it';
    case 'expired':
    case 'notYetValid':
      return "renew the API server's certificate, or set this machine's clock";
    case 'notTls':
      return 'that port does not speak TLS: does the address in the kubeconfig mean http://, or another port?';
    case 'clientCertificate':
      return 'the server refused the client certificate of that context: is it expired, or of another cluster?';
    default:
      return 'check certificate-authority-data, the address and tls-server-name in the kubeconfig';
  }
}

/** Says which cluster, unless the message already does. */
function located(cluster: string | undefined, message: string): string {
  const text = oneLine(message);
  return cluster === undefined || cluster === '' || text.includes(cluster) ? text : `${cluster}: ${text}`;
}

/** Errors of servers come with line breaks and tabs; an error is one line here. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
