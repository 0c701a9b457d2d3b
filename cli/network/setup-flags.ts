import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  MESH_PROVIDERS,
  type MeshGateway,
  type MeshInbound,
  type MeshOutbound,
  type MeshProviderName,
} from '../../apis/fedmesh/v1alpha1/mesh-config.ts';

/** As commander hands them over. */
export interface SetupOptions {
  provider: MeshProviderName;
  server?: string;
  tokenFile?: string;
  caFile?: string;
  network?: string;
  addressRange?: string;
  addressRange6?: string;
  gateway?: Pick<MeshGateway, 'cluster' | 'node'>[];
  relay?: [string, string][];
  route?: ('pods' | 'services' | 'nodes')[];
  nodeRoutes?: 'none' | 'daemonset';
  meshRange?: string[];
  outbound?: MeshOutbound[];
  inbound?: MeshInbound[];
  clusterContexts?: [string, string][];
  yes?: boolean;
  timeout: number;
}

export function addSetupOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--provider <name>', 'what carries packets between members')
        .choices(MESH_PROVIDERS)
        .makeOptionMandatory(),
    )
    .option('--server <url>', "Netmaker's REST API, such as https://api.netmaker.example.com")
    .option('--token-file <file>', 'its access token, or the master key (- for standard input); kept in a Secret')
    .option(
      '--ca-file <file>',
      "PEM of the authority that signed its certificate, where that is not one of the system's",
    )
    .option('--network <name>', 'its name for the network (default: fed)')
    .option('--address-range <range>', 'IPv4 addresses of the mesh itself, when the network has to be made')
    .option('--address-range6 <range>', 'IPv6 addresses, likewise')
    .option(
      '--gateway <member=node,...>',
      "nodes that carry members' traffic; of several by preference",
      pairs(gateway),
    )
    .option(
      '--relay <member=member,...>',
      'behind NAT: the member whose gateway relays',
      pairs((from, to) => [from, to]),
    )
    .option('--route <what,...>', 'what is routed: pods, and services or nodes besides', routes)
    .addOption(
      new Option(
        '--node-routes <by>',
        'who gives nodes that are no gateway their routes: none (people do), or a daemonset in each member',
      ).choices(['none', 'daemonset']),
    )
    .option('--mesh-range <range,...>', 'addresses that the mesh has for itself, which no member may have', words)
    .option(
      '--outbound <name=range@member,...>',
      "ranges outside of any cluster, through a member's gateway",
      pairs(outbound),
    )
    .option('--inbound <name@member,...>', 'clients outside of any cluster that come in through a gateway', inbound)
    .option(
      '--cluster-contexts <member=context,...>',
      'contexts of members that are called otherwise',
      pairs((a, b) => [a, b]),
    )
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('--timeout <seconds>', 'how long to wait until it is done').argParser(seconds).default(60));
}

function gateway(cluster: string, node: string): Pick<MeshGateway, 'cluster' | 'node'> {
  return { cluster, node };
}

function outbound(name: string, target: string): MeshOutbound {
  const at = target.lastIndexOf('@');
  if (at < 0) throw new InvalidArgumentError('It is written NAME=RANGE@MEMBER, such as office=192.168.7.0/24@earth.');
  return { name, cidr: target.slice(0, at), cluster: target.slice(at + 1) };
}

function inbound(text: string, before: MeshInbound[] = []): MeshInbound[] {
  return [
    ...before,
    ...words(text).map((word) => {
      const [name = '', cluster, ...rest] = word.split('@');
      if (cluster === undefined || rest.length > 0) throw new InvalidArgumentError('It is written NAME@MEMBER.');
      return { name, cluster };
    }),
  ];
}

/** A list of `a=b`, which may also be given several times. */
function pairs<Value>(read: (left: string, right: string) => Value) {
  return (text: string, before: Value[] = []): Value[] => [
    ...before,
    ...words(text).map((word) => {
      const [left = '', right, ...rest] = word.split('=');
      if (!left || !right || rest.length > 0) throw new InvalidArgumentError(`"${word}" must have one "=".`);
      return read(left, right);
    }),
  ];
}

function routes(text: string): ('pods' | 'services' | 'nodes')[] {
  return words(text).map((word) => {
    if (word === 'pods' || word === 'services' || word === 'nodes') return word;
    throw new InvalidArgumentError('Known are pods, services, nodes.');
  });
}

function words(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number of seconds.');
  return Number(text);
}
