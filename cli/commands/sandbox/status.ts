import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { table } from '../../output/table.ts';
import type { SandboxReport } from '../../sandbox/control/protocol.ts';
import { addNameOption, type NamedSandbox, runningSandbox } from './running.ts';

export function register(sandbox: Command, context: CliContext): void {
  addNameOption(sandbox.command('status'))
    .description('what of a sandbox runs, and what of it is broken on purpose')
    .addHelpText('after', '\nOutput formats (-o): table, json.')
    .action((options: NamedSandbox) => status(context, options));
}

async function status(context: CliContext, options: NamedSandbox): Promise<void> {
  const format = outputFormat(context, ['table', 'json']);
  const report = await (await runningSandbox(context, options)).report();
  context.stdout.write(format === 'json' ? toJson(report) : render(report));
}

function render({ name, runtime, pid, kubeconfig, clusters, controller }: SandboxReport): string {
  const controllerLine =
    controller === undefined
      ? 'none: only control planes run'
      : `${controller.running ? `process ${controller.pid}` : 'has ended'}, log in ${controller.log}`;
  return [
    `Sandbox:     ${name} (${runtime}), process ${pid}\n`,
    `Controller:  ${controllerLine}\n`,
    `\n`,
    table(
      ['CLUSTER', 'SERVER', 'STATE', 'BROKEN'],
      clusters.map(({ name: cluster, server, state, broken }) => [
        cluster,
        server,
        state,
        broken === undefined ? '-' : `${broken.how} until ${broken.until}`,
      ]),
    ),
    `\nexport KUBECONFIG=${kubeconfig}\n`,
  ].join('');
}
