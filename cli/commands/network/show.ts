import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { contextsToSurvey } from '../../network/contexts.ts';
import { type Survey, surveyContexts } from '../../network/survey.ts';
import { outputFormat, toJson, toYaml } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';
import { table } from '../../output/table.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('show')
    .argument('[context...]', 'contexts of the kubeconfig (else all of them)')
    .description('pod, Service and node ranges of clusters, and where each was read; no federation needs to be there')
    .addHelpText('after', '\nOutput formats (-o): table, json, yaml.')
    .action((names: string[]) => show(context, names));
}

async function show(context: CliContext, names: readonly string[]): Promise<void> {
  const format = outputFormat(context, ['table', 'json', 'yaml']);
  const progress = createProgress(context, { structuredOutput: format !== 'table' });
  const contexts = await contextsToSurvey(context, names);
  const surveys = await progress.during('looking at the clusters', () => surveyContexts(context, contexts));
  if (format === 'json') context.stdout.write(toJson({ clusters: surveys }));
  else if (format === 'yaml') context.stdout.write(toYaml({ clusters: surveys }));
  else context.stdout.write(render(surveys));
}

function render(surveys: readonly Survey[]): string {
  return table(['CLUSTER', 'USE', 'RANGE', 'SOURCE', 'CONFIDENCE'], surveys.flatMap(rows)) + notes(surveys);
}

/** What a person has to know of each cluster besides its ranges, one line each. */
export function notes(surveys: readonly Survey[]): string {
  const lines = surveys.flatMap(({ cluster, faults, forbidden }) => [
    ...faults.map(({ message }) => `${cluster}: ${message}`),
    ...(forbidden.length === 0
      ? []
      : [`${cluster}: may not be read, so that a range may be missing: ${forbidden.join(', ')}`]),
  ]);
  return lines.length === 0 ? '' : `\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** How many addresses of nodes are printed one by one. */
const NODES_SHOWN = 8;

function rows({ cluster, network }: Survey): string[][] {
  const uses = [
    ['pods', network.podCIDRs ?? []],
    ['services', network.serviceCIDRs ?? []],
    ['nodes', network.nodeCIDRs ?? []],
  ] as const;
  return uses.flatMap(([use, ranges]) => {
    if (ranges.length === 0) return [[cluster, use, 'unknown', '', '']];
    const shown = ranges
      .slice(0, NODES_SHOWN)
      .map(({ cidr, source, confidence }) => [cluster, use, cidr, source, confidence]);
    return ranges.length > NODES_SHOWN
      ? [...shown, [cluster, use, `and ${ranges.length - NODES_SHOWN} more`, '', '']]
      : shown;
  });
}
