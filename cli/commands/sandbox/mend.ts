import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { addNameOption, type NamedSandbox, runningSandbox } from './running.ts';

export function register(sandbox: Command, context: CliContext): void {
  addNameOption(sandbox.command('mend').argument('<cluster>', 'one of the sandbox: vulcan'))
    .description('mend a cluster that was broken, before its time is over')
    .action((cluster: string, options: NamedSandbox) => mend(context, cluster, options));
}

async function mend(context: CliContext, cluster: string, options: NamedSandbox): Promise<void> {
  const { state } = await (await runningSandbox(context, options)).mend(cluster);
  context.stdout.write(`${cluster} is ${state}\n`);
}
