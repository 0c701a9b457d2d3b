import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { CliError } from '../../exit.ts';
import { netclientObjects } from '../../network/netclient.ts';
import { gatewayNodesOf, withNetmaker } from '../../network/netmaker.ts';
import { outputFormat, toJsonObjects, toYamlStream } from '../../output/format.ts';

interface NetclientOptions {
  image?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('netclient <cluster>')
    .description('print what has the gateway nodes of a member join the Netmaker network: a Secret and a DaemonSet')
    .option('--image <image>', 'of netclient; unsaid: gravitl/netclient of the version of the server')
    .addHelpText(
      'after',
      `
Examples:
  fedctl network netclient earth | kubectl --context earth apply -f -

The Secret holds the key with which machines join the network: what is printed belongs to the member alone.
Gateway nodes are those of the MeshConfig. Output formats (-o): yaml, json.`,
    )
    .action((cluster: string, options: NetclientOptions) => netclient(context, cluster, options));
}

async function netclient(context: CliContext, cluster: string, { image }: NetclientOptions): Promise<void> {
  const format = outputFormat(context, ['yaml', 'json']);
  const { kubefedNamespace: namespace } = context.options;
  const objects = await withNetmaker(context, ({ spec, owner, provider }) =>
    netclientObjects({
      ...{ provider, owner, cluster, namespace, nodes: gatewayNodesOf(spec, cluster), signal: context.signal },
      ...(image === undefined ? {} : { image }),
    }),
  );
  if (objects === undefined) {
    throw new CliError(`there is no key with which nodes of "${cluster}" can join yet`, {
      hint: 'the controller makes it within a minute once the member has joined; `fedctl network setup` makes it now',
    });
  }
  context.stdout.write(format === 'json' ? toJsonObjects(objects) : toYamlStream(objects));
}
