import { contains, type IpFamily, type IpRange, rangeAt } from '../../../apis/meta/ip-range.ts';
import { addressIn, bare } from './addresses.ts';
import { GenerateError } from './generate-error.ts';
import { fileName, type GeneratedFile } from './generated-file.ts';
import { haproxyConfig } from './haproxy.ts';
import { checkScript, keepalivedConfig } from './keepalived.ts';
import { kubeadmInit, kubeadmJoin } from './kubeadm.ts';
import { assertSecrets, type VipSecrets } from './vip-secrets.ts';

export interface Machine {
  readonly name: string;
  readonly address: string;
}

/**
 * How HAProxy finds out which API servers serve.
 * - `https`: by `/readyz`, which API servers answer to everybody
 * - `http`: likewise without TLS
 * - `tcp`: by connecting; for API servers that answer nobody unknown
 */
export type HealthCheck = 'https' | 'http' | 'tcp';

export interface VipRequest {
  /** The virtual address with the length of its network's prefix: `10.0.0.100/24`. */
  readonly vip: string;
  /** Nodes with an API server; the first one is where the cluster begins. */
  readonly nodes: readonly Machine[];
  /** Machines that run HAProxy and keepalived; empty: the nodes do. */
  readonly outside: readonly Machine[];
  readonly interfaceName: string;
  /** VRRP's number of this virtual address: 1 to 255, once in a network. */
  readonly virtualRouterId: number;
  /** Where clients connect. */
  readonly port: number;
  /** Where API servers listen. */
  readonly apiPort: number;
  readonly healthCheck: HealthCheck;
  /** Where keepalived.conf and its check script lie on the machines. */
  readonly configFolder: string;
  readonly secrets: VipSecrets;
  readonly clusterName?: string;
  /** Further names of the API server, for its certificate. */
  readonly certSANs: readonly string[];
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
}

export interface Vip {
  readonly family: IpFamily;
  /** Without its prefix. */
  readonly address: string;
  /** As keepalived sets it. */
  readonly withPrefix: string;
  /** `10.0.0.100:6443`, `[fd00::100]:6443`. */
  readonly endpoint: string;
}

export interface GeneratedVip {
  readonly files: readonly GeneratedFile[];
  readonly warnings: readonly string[];
}

/** A weight of more than 60 would have to be subtracted from priorities of eight machines, and etcd has no use for so many. */
const MOST_MACHINES = 7;

/**
 * HAProxy and keepalived for each machine, kubeadm's files for each node.
 * @throws GenerateError
 */
export function generateVip(request: VipRequest): GeneratedVip {
  const { nodes, outside } = request;
  const machines = outside.length > 0 ? outside : nodes;
  const vip = parseVip(request);
  assertRequest(request, machines);
  assertSecrets(request.secrets);
  const files = [
    ...machines.flatMap((machine, index) => [
      haproxyConfig(folderOf(machine), request, vip),
      keepalivedConfig(folderOf(machine), request, vip, machines, index),
      checkScript(folderOf(machine), request),
    ]),
    ...nodes.map((node, index) =>
      index === 0 ? kubeadmInit(folderOf(node), request, vip, node) : kubeadmJoin(folderOf(node), request, node),
    ),
  ];
  return { files, warnings: warningsOf(nodes, machines) };
}

function folderOf({ name }: Machine): string {
  return `control-plane-vip/${fileName(name)}`;
}

function parseVip({ vip, port, nodes, outside }: VipRequest): Vip {
  const [, text = '', length = ''] = /^(.*)\/(\d{1,3})$/.exec(vip) ?? [];
  if (text === '') {
    throw new GenerateError(`--vip ${vip} has no prefix length`, "it is the one of the nodes' network: 10.0.0.100/24");
  }
  const address = addressIn('--vip', text);
  const prefix = Number(length);
  const bits = address.family === 4 ? 32 : 128;
  if (prefix < 1 || prefix > bits - 2) {
    throw new GenerateError(
      `--vip ${vip}: a network of /${length} has no room for it`,
      'give the length of the network that the machines are in, such as /24',
    );
  }
  const network = rangeAt(address.family, address.first, prefix);
  if (address.family === 4 && (address.first === network.first || address.first === network.last)) {
    throw new GenerateError(
      `--vip ${text} is no address of a machine in ${network.text}`,
      'take one that is neither its first nor its last',
    );
  }
  // Nodes may be in another network when others stand before them.
  for (const machine of outside.length > 0 ? outside : nodes) assertInNetwork(machine, address, network);
  for (const machine of [...nodes, ...outside]) assertOther(machine, address);
  const own = bare(address);
  return {
    family: address.family,
    address: own,
    withPrefix: `${own}/${prefix}`,
    endpoint: endpointOf(own, port),
  };
}

/** `10.0.0.1:6443`, `[fd00::1]:6443`. */
export function endpointOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function assertInNetwork({ name, address }: Machine, vip: IpRange, network: IpRange): void {
  if (contains(network, addressIn(name, address))) return;
  throw new GenerateError(
    `the virtual address ${bare(vip)} lies in ${network.text}, and ${name} (${address}) outside of it: only a machine of that network can take it over`,
    "choose a free address of the machines' network and the length of its prefix",
  );
}

function assertOther({ name, address }: Machine, vip: IpRange): void {
  if (addressIn(name, address).text !== vip.text) return;
  throw new GenerateError(`the virtual address ${address} is the one of ${name}`, 'take one that no machine has');
}

function assertRequest(request: VipRequest, machines: readonly Machine[]): void {
  const { nodes, outside, port, apiPort, virtualRouterId } = request;
  if (nodes.length === 0)
    throw new GenerateError('there is no control-plane node', 'name each one: --node NAME=ADDRESS');
  if (machines.length > MOST_MACHINES) {
    throw new GenerateError(
      `${machines.length} machines are too many to take over one address`,
      `name at most ${MOST_MACHINES}; two --outside will do`,
    );
  }
  for (const list of [nodes, outside]) {
    assertOnce(
      list.map(({ name }) => fileName(name)),
      'named',
    );
    assertOnce(
      list.map(({ name, address }) => addressIn(name, address).text),
      'given as address',
    );
  }
  for (const number of [port, apiPort]) {
    if (!Number.isInteger(number) || number < 1 || number > 65_535) {
      throw new GenerateError(`${number} is no port`, 'ports are numbers from 1 to 65535');
    }
  }
  if (outside.length === 0 && port === apiPort) {
    throw new GenerateError(
      `HAProxy and the API server of a node cannot both listen on ${port}`,
      'give them different ports (--port 6443 --api-port 6444), or machines outside of the cluster (--outside)',
    );
  }
  if (!Number.isInteger(virtualRouterId) || virtualRouterId < 1 || virtualRouterId > 255) {
    throw new GenerateError(
      `--virtual-router-id ${virtualRouterId} is none`,
      'it is a number from 1 to 255 that nobody else in that network uses',
    );
  }
  if (!/^\/[A-Za-z0-9/._-]*$/.test(request.configFolder)) {
    throw new GenerateError(
      `--config-folder ${request.configFolder} is no absolute path`,
      'it is a path without spaces, such as /etc/keepalived',
    );
  }
}

function assertOnce(values: readonly string[], how: string): void {
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) {
    throw new GenerateError(
      `${twice.replace(/\/\d+$/, '')} is ${how} twice`,
      'each machine has a name and an address of its own',
    );
  }
}

function warningsOf(nodes: readonly Machine[], machines: readonly Machine[]): string[] {
  const even = `${nodes.length} control-plane nodes bear no more failures than ${nodes.length - 1}: etcd needs more than half of them`;
  return [
    ...(nodes.length % 2 === 0 ? [even] : []),
    ...(machines.length === 1 ? ['a single machine holds the virtual address: when it fails nobody takes over'] : []),
  ];
}
