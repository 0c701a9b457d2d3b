import { type Command, Option } from 'commander';
import type { GeneratedFile } from '../../../controller/network/generate/generated-file.ts';
import type { NodePlan } from '../../../controller/network/generate/route-plan.ts';
import { type GeneratedRoutes, generateRoutes } from '../../../controller/network/generate/routes.ts';
import type { CliContext } from '../../context.ts';
import { usageError } from '../../exit.ts';
import { emit, type OutputOptions, withOutputOptions } from '../../generate/output.ts';
import { type SiteOptions, sitesFor, withSiteOptions } from '../../generate/read-sites.ts';

interface RoutesOptions extends SiteOptions, OutputOptions {
  node?: string;
  remove?: boolean;
  forward: 'first' | 'last';
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('routes')
    .argument('[context...]', 'contexts of the kubeconfig, or members with --members (else all of them)')
    .description(
      'a script for each node: routes to the pods of other clusters, rules that let them through and keep their addresses',
    );
  withOutputOptions(withSiteOptions(command))
    .option('--node <node>', 'for this node only, to be piped to it: NODE or CLUSTER/NODE')
    .addOption(
      new Option(
        '--forward <where>',
        'where packets are accepted in FORWARD: last, so that network policies decide first',
      )
        .choices(['last', 'first'])
        .default('last'),
    )
    .option('--remove', 'scripts that undo it')
    .addHelpText('after', EXAMPLES)
    .action((names: string[], options: RoutesOptions) => routes(context, names, options));
}

export function forwardOption(): Option {
  return new Option(
    '--forward <where>',
    'where packets are accepted in FORWARD: last, so that network policies decide first',
  )
    .choices(['last', 'first'])
    .default('last');
}

const EXAMPLES = `
Examples:
  fedctl generate routes earth vulcan --gateway earth=e1,vulcan=v1 --output-dir out
  fedctl generate routes -f sites.yaml --layer2 192.168.1.0/24 --node vulcan/v2 | ssh root@v2 sh
  ssh root@v2 sh -s check < out/routes/vulcan/v2.sh`;

async function routes(context: CliContext, names: readonly string[], options: RoutesOptions): Promise<void> {
  const sites = await sitesFor(context, names, options);
  const action = options.remove === true ? 'remove' : 'apply';
  const { files, plan } = generateRoutes(sites, { action, forward: options.forward });
  const chosen = options.node === undefined ? files : [fileOf(options.node, { files, plan })];
  const warnings = plan.problems.map(({ message }) => message);
  await emit(context, { files: chosen, warnings, data: { nodes: plan.nodes.map(asData) } }, options);
}

/** The script of `NODE` or `CLUSTER/NODE`. */
function fileOf(wanted: string, { files, plan }: GeneratedRoutes): GeneratedFile {
  const names = plan.nodes.map(({ cluster, node }) => ({ node, whole: `${cluster}/${node}` }));
  const found = files.filter((_, index) => wanted === names[index]?.node || wanted === names[index]?.whole);
  const [file] = found;
  if (file !== undefined && found.length === 1) return file;
  throw usageError(
    file === undefined ? `there is no node ${wanted}` : `several clusters have a node ${wanted}`,
    `nodes are: ${names
      .slice(0, 20)
      .map(({ whole }) => whole)
      .join(', ')}`,
  );
}

function asData({ cluster, node, gateway, routes, local, remote, translations }: NodePlan): object {
  return {
    cluster,
    node,
    gateway,
    routes: routes.map(({ to, via, dev, ...route }) => ({ to: to.text, via, dev, cluster: route.cluster })),
    local: local.map(({ text }) => text),
    remote: remote.map(({ text }) => text),
    translations: translations.map(({ real, virtual }) => ({ real: real.text, virtual: virtual.text })),
  };
}
