import { type Command, Option } from 'commander';
import { DISTRIBUTIONS, type Distribution, nodeScripts } from '../../../controller/network/generate/node-scripts.ts';
import { interfaceName } from '../../../controller/network/generate/sites-file.ts';
import type { CliContext } from '../../context.ts';
import { emit, type OutputOptions, withOutputOptions } from '../../generate/output.ts';

interface NodeOptions extends OutputOptions {
  for: Distribution;
  server?: string;
  interface: string;
  network: string;
  netclientVersion: string;
  label: string[];
  taint: string[];
}

export function register(program: Command, context: CliContext): void {
  const collect = (text: string, before: string[]) => [...before, ...text.split(',')];
  const command = program
    .command('node')
    .argument('<name...>', 'names of the nodes')
    .description('scripts by which a machine becomes a node through a Netmaker network, and leaves it again')
    .addOption(new Option('--for <what>', 'what the cluster is built with').choices(DISTRIBUTIONS).default('k3s'))
    .option('--server <host:port>', 'the API server as reached through the mesh (not for microk8s)')
    .option('--interface <name>', "the mesh's interface on the node", 'netmaker')
    .option('--network <name>', "Netmaker's name for the network", 'fed')
    .option('--netclient-version <version>', 'what is installed where netclient is missing', 'v1.5.1')
    .option('--label <key=value,...>', "the node's labels", collect, [])
    .option('--taint <key=value:effect,...>', "the node's taints", collect, []);
  withOutputOptions(command)
    .addHelpText(
      'after',
      `\nExample:
  fedctl generate node burst-1 --server 100.64.0.1:6443 --label burst=true --output-dir out
  NETMAKER_TOKEN_FILE=key K3S_TOKEN_FILE=token sh out/nodes/burst-1/install.sh      # on that machine`,
    )
    .action((names: string[], options: NodeOptions) => node(context, names, options));
}

async function node(context: CliContext, names: readonly string[], options: NodeOptions): Promise<void> {
  const files = [...new Set(names)].flatMap((name) =>
    nodeScripts({
      name,
      distribution: options.for,
      interfaceName: interfaceName('--interface', options.interface),
      network: options.network,
      netclientVersion: options.netclientVersion,
      ...(options.server === undefined ? {} : { server: options.server }),
      labels: options.label,
      taints: options.taint,
    }),
  );
  await emit(context, { files, warnings: [] }, options);
}
