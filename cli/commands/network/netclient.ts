import type { Command } from 'commander';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import {
  NETCLIENT_NAME,
  NETCLIENT_SECRET_KEY,
  netclientDaemonSet,
} from '../../../controller/network/providers/netmaker/daemon-set.ts';
import type { CliContext } from '../../context.ts';
import { CliError, usageError } from '../../exit.ts';
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
  const objects = await withNetmaker(context, async ({ spec, owner, provider }): Promise<KubeObject[]> => {
    const nodes = gatewayNodesOf(spec, cluster);
    const { version = '' } = await provider.capabilities(context.signal);
    const token = await provider.enrollmentToken(cluster, context.signal);
    if (token === undefined) {
      throw new CliError(`there is no key with which nodes of "${cluster}" can join yet`, {
        hint: 'the controller makes it within a minute once the member has joined; `fedctl network setup` makes it now',
      });
    }
    const metadata = { name: NETCLIENT_NAME, namespace, labels: { 'app.kubernetes.io/managed-by': 'fedmesh' } };
    const data = { [NETCLIENT_SECRET_KEY]: Buffer.from(token).toString('base64') };
    const manifest = { owner, cluster, namespace, nodes, serverVersion: version };
    return [
      { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
      daemonSet({ ...manifest, ...(image === undefined ? {} : { image }) }),
    ];
  });
  context.stdout.write(format === 'json' ? toJsonObjects(objects) : toYamlStream(objects));
}

function daemonSet(manifest: Parameters<typeof netclientDaemonSet>[0]): KubeObject {
  try {
    return netclientDaemonSet(manifest);
  } catch (error) {
    if (error instanceof TypeError) throw usageError(error.message, '--image names one');
    throw error;
  }
}
