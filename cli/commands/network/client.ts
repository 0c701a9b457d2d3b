import type { Command } from 'commander';
import type { MemberNetwork } from '../../../controller/network/providers/provider.ts';
import type { CliContext } from '../../context.ts';
import { usageError } from '../../exit.ts';
import { gatewayNodesOf, withNetmaker } from '../../network/netmaker.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';

interface ClientOptions {
  through?: string;
  withdraw?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('client <name>')
    .description('print the WireGuard configuration with which somebody outside reaches the members (Netmaker)')
    .option(
      '--through <cluster>',
      "the member whose gateway it goes through; unsaid: as the MeshConfig's spec.inbound says",
    )
    .option('--withdraw', 'let nobody in with it any more')
    .addHelpText(
      'after',
      `
Examples:
  fedctl network client laptop --through earth > laptop.conf
  fedctl network client laptop --withdraw

It is made when it is first asked for, and the same ever after. It holds a private key. Output formats (-o): text, json.`,
    )
    .action((name: string, options: ClientOptions) => client(context, name, options));
}

async function client(context: CliContext, name: string, options: ClientOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const { signal } = context;
  if (options.withdraw === true) {
    await withNetmaker(context, ({ provider }) => provider.withdrawInbound(name, signal));
    createProgress(context, { structuredOutput: format !== 'text' }).line(`${name}: nobody gets in with it any more`);
    if (format === 'json') context.stdout.write(toJson({ name, withdrawn: true }));
    return;
  }
  const configuration = await withNetmaker(context, ({ spec, provider }) => {
    const cluster = options.through ?? spec.inbound?.find((each) => each.name === name)?.cluster;
    if (cluster === undefined) {
      throw usageError(
        `through which member does "${name}" get in?`,
        '--through names it, or spec.inbound of the MeshConfig',
      );
    }
    return provider.inboundConfiguration(memberOf(cluster, gatewayNodesOf(spec, cluster)), name, signal);
  });
  context.stdout.write(format === 'json' ? toJson({ name, configuration }) : configuration);
}

/** As far as finding its gateway needs it. */
function memberOf(cluster: string, gatewayNodes: readonly string[]): MemberNetwork {
  return {
    ...{ cluster, gatewayNodes },
    ...{ podCIDRs: [], serviceCIDRs: [], nodeCIDRs: [], outboundCIDRs: [], nodes: [] },
    remap: false,
  };
}
