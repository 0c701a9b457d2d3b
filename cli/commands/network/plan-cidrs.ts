import { type Command, InvalidArgumentError, Option } from 'commander';
import { type IpFamily, type IpRange, parseIpRange } from '../../../apis/meta/ip-range.ts';
import { claimsOf } from '../../../controller/network/overlap/claims-of.ts';
import type { CliContext } from '../../context.ts';
import { usageError } from '../../exit.ts';
import { type ClusterPlan, DEFAULT_SIZES, planCidrs, type Sizes } from '../../network/cidr-plan.ts';
import { contextsToSurvey } from '../../network/contexts.ts';
import { COMMON_DEFAULTS, familyName } from '../../network/free-ranges.ts';
import { INSTALLERS, type Installer, settingsFor } from '../../network/installer-settings.ts';
import { surveyContexts } from '../../network/survey.ts';
import { outputFormat, toJson, toYaml } from '../../output/format.ts';
import { table } from '../../output/table.ts';

interface PlanOptions {
  nodes: number;
  pool: IpRange[];
  avoid: IpRange[];
  beside?: string[];
  useDefaults?: boolean;
  clusterPrefix?: number;
  servicePrefix?: number;
  nodePrefix?: number;
  for?: Installer;
}

const AT_MOST_NODES = 5000;

export function register(program: Command, context: CliContext): void {
  program
    .command('plan-cidrs')
    .argument('<cluster...>', 'names of the clusters that are to be built')
    .description(
      'ranges for new clusters that collide neither with each other nor with those that are there; asks no server unless --beside is given',
    )
    .option('--nodes <number>', 'nodes of each cluster', wholeNumber, 3)
    .option(
      '--pool <range,...>',
      'where the ranges are taken from, one for each address family',
      ranges,
      ranges('10.0.0.0/8'),
    )
    .option('--avoid <range,...>', "ranges that are somebody else's", ranges, [])
    .option('--beside <context,...>', 'clusters whose ranges are not to be touched', (text) => text.split(','))
    .option('--use-defaults', 'take ranges too that installers use when nobody says otherwise')
    .option('--cluster-prefix <bits>', "size of a cluster's pod range (default: /16, IPv6 /56)", wholeNumber)
    .option('--service-prefix <bits>', 'size of its Service range (default: /20, IPv6 /112)', wholeNumber)
    .option('--node-prefix <bits>', "size of a node's pod range (default: /24, IPv6 /64)", wholeNumber)
    .addOption(new Option('--for <installer>', 'print settings to build the clusters with').choices(INSTALLERS))
    .addHelpText('after', '\nOutput formats (-o): table, json, yaml.')
    .action((names: string[], options: PlanOptions) => plan(context, names, options));
}

async function plan(context: CliContext, names: readonly string[], options: PlanOptions): Promise<void> {
  const format = outputFormat(context, ['table', 'json', 'yaml']);
  assertOptions(names, options, format);
  const beside = options.beside === undefined ? [] : await rangesBeside(context, options.beside);
  const defaults = options.useDefaults === true ? [] : COMMON_DEFAULTS.map(({ range }) => range);
  const plans = planCidrs({
    clusters: names,
    nodes: options.nodes,
    pools: options.pool,
    sizes: { 4: sizes(options, 4), 6: sizes(options, 6) },
    taken: [...options.avoid, ...beside, ...defaults],
  });
  const installer = options.for;
  if (installer !== undefined) context.stdout.write(plans.map((each) => settingsFor(installer, each)).join('---\n'));
  else if (format === 'table') context.stdout.write(render(plans));
  else context.stdout.write((format === 'json' ? toJson : toYaml)({ clusters: plans.map(asData) }));
}

async function rangesBeside(context: CliContext, names: readonly string[]): Promise<IpRange[]> {
  const surveys = await surveyContexts(context, await contextsToSurvey(context, names));
  return surveys.flatMap(({ cluster, network }) => claimsOf(cluster, network)).map(({ range }) => range);
}

function assertOptions(names: readonly string[], { pool, nodes, ...options }: PlanOptions, format: string): void {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw usageError(`"${twice}" is named twice`);
  if (nodes > AT_MOST_NODES) throw usageError(`--nodes ${nodes}: a cluster has at most ${AT_MOST_NODES}`);
  const families = pool.map(({ family }) => family);
  const double = families.find((family, index) => families.indexOf(family) < index);
  if (double !== undefined) throw usageError(`--pool names two ranges of ${familyName(double)}`, 'one for each family');
  const sized = [options.clusterPrefix, options.servicePrefix, options.nodePrefix].some((bits) => bits !== undefined);
  if (sized && families.length > 1) {
    throw usageError(
      'sizes mean different things in two address families',
      'plan one family after the other, with one --pool each',
    );
  }
  if (options.for !== undefined && format !== 'table')
    throw usageError(`--for prints settings, not ${format}`, 'leave out one of --for and -o');
}

function sizes(options: PlanOptions, family: IpFamily): Sizes {
  const { cluster, service, node } = DEFAULT_SIZES[family];
  const most = family === 4 ? 32 : 128;
  const size = (flag: string, value: number) => {
    if (value < 1 || value > most) throw usageError(`${flag} ${value}: it is a number from 1 to ${most}`);
    return value;
  };
  const isMeant = options.pool.some((pool) => pool.family === family);
  if (!isMeant) return DEFAULT_SIZES[family];
  return {
    cluster: size('--cluster-prefix', options.clusterPrefix ?? cluster),
    service: size('--service-prefix', options.servicePrefix ?? service),
    node: size('--node-prefix', options.nodePrefix ?? node),
  };
}

function render(plans: readonly ClusterPlan[]): string {
  const text = (list: readonly IpRange[]) => list.map((range) => range.text).join(',');
  const rows = plans.flatMap(({ cluster, pods, services, nodes }) => [
    [cluster, 'pods', text(pods)],
    [cluster, 'services', text(services)],
    ...nodes.map((own, index) => [cluster, `node ${index + 1}`, text(own)]),
  ]);
  return table(['CLUSTER', 'FOR', 'RANGE'], rows);
}

function asData({ cluster, pods, services, nodes }: ClusterPlan): object {
  const texts = (list: readonly IpRange[]) => list.map((range) => range.text);
  return { cluster, podCIDRs: texts(pods), serviceCIDRs: texts(services), nodePodCIDRs: nodes.map(texts) };
}

function ranges(text: string): IpRange[] {
  return text.split(',').map((part) => {
    const range = parseIpRange(part.trim());
    if (typeof range === 'string') throw new InvalidArgumentError(`${JSON.stringify(part)} ${range}.`);
    return range;
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}
