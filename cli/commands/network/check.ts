import { type Command, Option } from 'commander';
import { type IpRange, parseIpRange } from '../../../apis/meta/ip-range.ts';
import type { Claim } from '../../../controller/network/overlap/claim.ts';
import { claimsOf } from '../../../controller/network/overlap/claims-of.ts';
import { describeHarm, describeOverlap } from '../../../controller/network/overlap/describe.ts';
import { type Overlap, overlapsAmong } from '../../../controller/network/overlap/overlaps.ts';
import type { CliContext } from '../../context.ts';
import { EXIT, usageError } from '../../exit.ts';
import { contextsToSurvey } from '../../network/contexts.ts';
import { type Survey, surveyContexts } from '../../network/survey.ts';
import { outputFormat, toJson, toYaml } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';
import { notes } from './show.ts';

interface CheckOptions {
  routed: 'pods' | 'services' | 'nodes' | 'all';
  meshRange?: string[];
}

export function register(program: Command, context: CliContext): void {
  program
    .command('check')
    .argument('[context...]', 'contexts of the kubeconfig (else all of them)')
    .description(
      'whether clusters can share a network: ranges that overlap between them, and nodes and pods that collide within one',
    )
    .addOption(
      new Option('--routed <what>', 'what other clusters have routes to; overlaps of the rest are only noted')
        .choices(['pods', 'services', 'nodes', 'all'])
        .default('pods'),
    )
    .option('--mesh-range <range,...>', 'addresses of the mesh itself, which no cluster may have', (text) =>
      text.split(','),
    )
    .addHelpText(
      'after',
      `\nOutput formats (-o): text, json, yaml. Exits with ${EXIT.notWell} when packets would go astray.`,
    )
    .action((names: string[], options: CheckOptions) => check(context, names, options));
}

async function check(context: CliContext, names: readonly string[], options: CheckOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json', 'yaml']);
  const mesh = (options.meshRange ?? []).map((text) => ({ ...MESH, range: parseFlag('--mesh-range', text) }));
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const contexts = await contextsToSurvey(context, names);
  const surveys = await progress.during('looking at the clusters', () => surveyContexts(context, contexts));
  const claims = [...mesh, ...surveys.flatMap(({ cluster, network }) => claimsOf(cluster, network))];
  const { routed } = options;
  const overlaps = overlapsAmong(claims, {
    services: routed === 'services' || routed === 'all',
    nodes: routed === 'nodes' || routed === 'all',
  });
  const verdict = { ok: isWell(surveys, overlaps), overlaps: overlaps.map(asData), clusters: surveys };
  if (format === 'json') context.stdout.write(toJson(verdict));
  else if (format === 'yaml') context.stdout.write(toYaml(verdict));
  else context.stdout.write(render(surveys, overlaps));
  if (!verdict.ok) context.exitWith(EXIT.notWell);
}

const MESH: Omit<Claim, 'range'> = { cluster: 'the mesh', use: 'mesh', source: '--mesh-range' };

function parseFlag(flag: string, text: string): IpRange {
  const range = parseIpRange(text);
  if (typeof range === 'string') throw usageError(`${flag}: ${JSON.stringify(text)} ${range}`);
  return range;
}

/** What is not known is no proof that all is well, but nothing to stop a script for either. */
function isWell(surveys: readonly Survey[], overlaps: readonly Overlap[]): boolean {
  const unknown = new Set(['PodRangeUnknown', 'ServiceRangeUnknown']);
  return (
    overlaps.every(({ harm }) => harm !== 'conflict') &&
    surveys.every(({ faults }) => faults.every(({ code }) => unknown.has(code)))
  );
}

function asData(overlap: Overlap): object {
  const claims = overlap.claims.map(({ cluster, use, range, source }) => ({ cluster, use, cidr: range.text, source }));
  return { harm: overlap.harm, claims, message: `${describeOverlap(overlap)}: ${describeHarm(overlap)}` };
}

const WAYS_OUT = `
Ways out of a conflict: build one of the two anew with another range (\`fedctl network plan-cidrs\` offers free ones); let the mesh translate
addresses (overlapPolicy Remap); or federate them without traffic between their pods (overlapPolicy Warn).
`;

function render(surveys: readonly Survey[], overlaps: readonly Overlap[]): string {
  const lines = overlaps.map(
    (overlap) => `${overlap.harm}: ${describeOverlap(overlap)}\n    ${describeHarm(overlap)}\n`,
  );
  const conflicts = overlaps.filter(({ harm }) => harm === 'conflict').length;
  const names = surveys.map(({ cluster }) => cluster).join(', ');
  const sum = conflicts === 0 ? `no range of ${names} misleads another one's packets\n` : '';
  return lines.join('') + sum + notes(surveys) + (conflicts === 0 ? '' : WAYS_OUT);
}
