import type { Command } from 'commander';
import { isCordoned } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { CliContext } from '../context.ts';
import { clusterNamed, findClusters, setUnschedulable } from '../membership/unschedulable.ts';
import { outputFormat, toJson } from '../output/format.ts';

/** kubectl's words for nodes, for members. */
export function register(program: Command, context: CliContext): void {
  program
    .command('cordon')
    .argument('<name...>', 'the members')
    .description('let nothing new come to members: what is there stays, and is kept up to date')
    .addHelpText(
      'after',
      '\nNo selector and no schedule places anything new there; a placement that names the member does.\nOutput formats (-o): text, json.',
    )
    .action((names: string[]) => cordon(context, names, true));
  program
    .command('uncordon')
    .argument('<name...>', 'the members')
    .description('let selectors and schedules place things on members again; ends a drain')
    .addHelpText('after', '\nOutput formats (-o): text, json.')
    .action((names: string[]) => cordon(context, names, false));
}

async function cordon(context: CliContext, names: readonly string[], wanted: boolean): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const host = await context.hostClient();
  const results: { name: string; unschedulable: boolean; changed: boolean }[] = [];
  for (const cluster of await findClusters(context, host, names)) {
    const changed = isCordoned(cluster) !== wanted;
    await setUnschedulable(context, host, cluster, wanted);
    results.push({ name: cluster.metadata.name ?? '', unschedulable: wanted, changed });
    if (format === 'json') continue;
    const outcome = `${changed ? '' : 'already '}${wanted ? 'cordoned' : 'uncordoned'}`;
    const note = changed && context.options.dryRun ? ' (dry run)' : '';
    context.stdout.write(`${clusterNamed(cluster)} ${outcome}${note}\n`);
  }
  if (format === 'json') context.stdout.write(toJson(results));
}
