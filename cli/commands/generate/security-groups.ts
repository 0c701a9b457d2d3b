import { type Command, Option } from 'commander';
import { rangeIn } from '../../../controller/network/generate/addresses.ts';
import { planFirewalls, type Tunnel } from '../../../controller/network/generate/firewall.ts';
import {
  FIREWALL_FORMATS,
  type FirewallFormat,
  firewallData,
  securityGroups,
} from '../../../controller/network/generate/security-groups.ts';
import type { CliContext } from '../../context.ts';
import { usageError } from '../../exit.ts';
import { emit, type OutputOptions, withOutputOptions } from '../../generate/output.ts';
import { type SiteOptions, sitesFor, withSiteOptions } from '../../generate/read-sites.ts';

interface SecurityGroupsOptions extends SiteOptions, OutputOptions {
  for: FirewallFormat;
  tunnel: Tunnel;
  apiFrom: string[];
  apiPort: number;
}

export function register(program: Command, context: CliContext): void {
  const collect = (text: string, before: string[]) => [...before, ...text.split(',')];
  const command = program
    .command('security-groups')
    .argument('[context...]', 'contexts of the kubeconfig, or members with --members (else all of them)')
    .description("what clusters' firewalls have to let in, as data or as commands of a cloud's client");
  withOutputOptions(withSiteOptions(command))
    .addOption(
      new Option('--for <what>', 'neutral YAML, or a script for a cloud').choices(FIREWALL_FORMATS).default('rules'),
    )
    .addOption(
      new Option('--tunnel <kind>', 'what carries packets between gateways')
        .choices(['none', 'netmaker', 'submariner', 'cilium'])
        .default('none'),
    )
    .option('--api-from <range,...>', 'from where the federation and people reach the API servers', collect, [])
    .option('--api-port <port>', 'of the API servers', Number, 6443)
    .action((names: string[], options: SecurityGroupsOptions) => groups(context, names, options));
}

async function groups(context: CliContext, names: readonly string[], options: SecurityGroupsOptions): Promise<void> {
  const { apiPort, tunnel } = options;
  if (!Number.isInteger(apiPort) || apiPort < 1 || apiPort > 65_535) {
    throw usageError(`--api-port ${apiPort} is no port`, 'ports are numbers from 1 to 65535');
  }
  const apiFrom = options.apiFrom.map((text) => rangeIn('--api-from', text));
  const sites = await sitesFor(context, names, options);
  const { firewalls, warnings } = planFirewalls(sites, { tunnel, apiFrom, apiPort });
  const files = securityGroups(firewalls, options.for);
  await emit(context, { files, warnings, data: { clusters: firewalls.map(firewallData) } }, options);
}
