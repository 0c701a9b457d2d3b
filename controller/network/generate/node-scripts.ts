import { GenerateError } from './generate-error.ts';
import { fileName, type GeneratedFile, madeBy, SCRIPT } from './generated-file.ts';
import { CLEANUP_PROGRAM, INSTALL_PROGRAMS, INSTALL_PROLOGUE } from './node-programs.ts';
import { quoted } from './shell.ts';

export type Distribution = 'k3s' | 'kubeadm' | 'microk8s';

export const DISTRIBUTIONS: readonly Distribution[] = ['k3s', 'kubeadm', 'microk8s'];

/** A node whose address is one of the mesh: far away, behind NAT, or there for a day only. */
export interface NodeRequest {
  readonly name: string;
  readonly distribution: Distribution;
  /** The mesh's interface on the node. */
  readonly interfaceName: string;
  /** Netmaker's name for the network. */
  readonly network: string;
  /** Version of netclient that is installed where none is: that of the server. */
  readonly netclientVersion: string;
  /** The API server as seen in the mesh, `HOST:PORT`. MicroK8s has it in its invitation. */
  readonly server?: string | undefined;
  readonly labels: readonly string[];
  readonly taints: readonly string[];
}

/**
 * Two scripts: one that joins the mesh and then the cluster, with the mesh's address, and one that leaves both. Neither holds a secret.
 * @throws GenerateError
 */
export function nodeScripts(request: NodeRequest): GeneratedFile[] {
  assertRequest(request);
  const { name, distribution } = request;
  const settings = {
    NODE: name,
    DISTRIBUTION: distribution,
    INTERFACE: request.interfaceName,
    NETWORK: request.network,
    NETCLIENT_VERSION: request.netclientVersion,
    SERVER: request.server ?? '',
    LABELS: request.labels.join(','),
    TAINTS: request.taints.join(','),
  };
  const script = (file: string, about: string, needs: string, program: string) => ({
    path: `nodes/${fileName(name)}/${file}`,
    mode: SCRIPT,
    text: `#!/bin/sh\n${madeBy('node', about)}${needs}set -eu\n\n${usedBy(program, settings)}${program}`,
  });
  const [needs, join] = INSTALL_PROGRAMS[distribution];
  const joining = `node ${name} joins network ${request.network} and then its ${distribution} cluster`;
  const leaving = `node ${name} leaves its cluster and network ${request.network}`;
  return [
    script('install.sh', joining, needs, INSTALL_PROLOGUE + join),
    script('clean-up.sh', leaving, CLEANUP_NEEDS, CLEANUP_PROGRAM),
  ];
}

/** Those of the settings that the program looks at, a line each. */
function usedBy(program: string, settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .filter(([name]) => new RegExp(`\\$\\{?${name}\\b`).test(program))
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('');
}

const CLEANUP_NEEDS = `# Needs root. With KUBECONFIG of the cluster and kubectl the node is drained and its object deleted; else somebody does that elsewhere.
`;

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9./_-]*[A-Za-z0-9])?=([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/;
const TAINT = /^[A-Za-z0-9]([A-Za-z0-9./_-]*[A-Za-z0-9])?(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

function assertRequest(request: NodeRequest): void {
  const { name, network, netclientVersion, server, distribution, labels, taints } = request;
  const fits = (ok: boolean, what: string, hint: string) => {
    if (!ok) throw new GenerateError(what, hint);
  };
  fits(NAME.test(name), `${JSON.stringify(name)} is no name of a node`, 'small letters, digits, dots and dashes');
  fits(
    /^[a-z0-9_-]{1,32}$/.test(network),
    `--network ${network} is no network of Netmaker`,
    'at most 32 small letters, digits, dashes and underscores',
  );
  fits(
    /^v\d+\.\d+\.\d+$/.test(netclientVersion),
    `--netclient-version ${netclientVersion} is none`,
    "take the server's, such as v1.5.1",
  );
  if (distribution === 'microk8s') {
    fits(
      server === undefined,
      '--server is nothing that MicroK8s takes',
      '`microk8s add-node` prints an invitation that names it',
    );
  } else {
    fits(
      server !== undefined && /^([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):\d{1,5}$/.test(server),
      `--server ${server ?? ''} names no API server`,
      'it is HOST:PORT as reached through the mesh, such as 100.64.0.1:6443',
    );
  }
  for (const label of labels)
    fits(LABEL.test(label), `--label ${label} is none`, 'it is KEY=VALUE, such as burst=true');
  for (const taint of taints)
    fits(TAINT.test(taint), `--taint ${taint} is none`, 'it is KEY=VALUE:EFFECT, such as burst=true:NoSchedule');
}
