import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { CliError } from '../../exit.ts';
import { assertProbing, reachabilityData, readReachability, renderReachability } from '../../network/reachability.ts';
import { outputFormat, toJson, toYaml } from '../../output/format.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('which member reaches which, as the probes found it last, and what is wrong between those that do not')
    .addHelpText('after', '\nOutput formats (-o): table, json, yaml.')
    .action(() => status(context));
}

async function status(context: CliContext): Promise<void> {
  const format = outputFormat(context, ['table', 'json', 'yaml']);
  const client = await context.hostClient();
  const reachability = await readReachability(context, client);
  if (reachability === undefined) {
    await assertProbing(context, client);
    throw new CliError('no round of probes has ended yet', {
      hint: 'it takes some seconds; if nothing comes, see whether a controller runs: `fedctl version`',
    });
  }
  if (format === 'json') context.stdout.write(toJson(reachabilityData(reachability)));
  else if (format === 'yaml') context.stdout.write(toYaml(reachabilityData(reachability)));
  else context.stdout.write(renderReachability(reachability, context.clock.now()));
}
