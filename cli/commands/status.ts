import { type Command, Option } from 'commander';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { isForbidden } from '../../controller/kube/errors.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { outputFormat, toJson, toYaml } from '../output/format.ts';
import { collectStatus } from '../status/collect.ts';
import type { FederationStatus } from '../status/model.ts';
import { isWell } from '../status/problems.ts';
import { renderStatus } from '../status/render.ts';
import { watchStatus } from '../status/watch.ts';

interface StatusOptions {
  namespace?: string;
  watch?: boolean;
  exitCode?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('what runs where, at which address, and what is wrong')
    .option('-n, --namespace <namespace>', 'federated objects of this namespace only')
    .option('-w, --watch', 'keep showing it until Ctrl-C')
    .addOption(new Option('--exit-code', `exit with ${EXIT.notWell} unless all is propagated and well`))
    .addHelpText('after', '\nOutput formats (-o): table, json, yaml.')
    .action((options: StatusOptions) => status(context, options));
}

async function status(context: CliContext, options: StatusOptions): Promise<void> {
  const format = outputFormat(context, ['table', 'json', 'yaml']);
  const client = await context.hostClient();
  await assertNamespace(context, client, options.namespace);
  const collect = () =>
    collectStatus(context, client, options.namespace === undefined ? {} : { namespace: options.namespace });
  const render = (seen: FederationStatus): string => {
    if (format === 'json') return toJson(seen);
    if (format === 'yaml') return options.watch === true ? `---\n${toYaml(seen)}` : toYaml(seen);
    return renderStatus(seen, context.clock.now());
  };
  if (options.watch === true) return watchStatus(context, collect, render, { redraw: format === 'table' });
  const seen = await collect();
  context.stdout.write(render(seen));
  if (options.exitCode === true && !isWell(seen)) context.exitWith(EXIT.notWell);
}

/** All would be well in a namespace that is misspelt. */
async function assertNamespace(context: CliContext, client: Client, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  try {
    if ((await getIfPresent(client, NAMESPACES, { name }, context.signal)) !== undefined) return;
  } catch (error) {
    // Whoever may list objects in a namespace need not be allowed to look at the namespace.
    if (isForbidden(error)) return;
    throw error;
  }
  throw new CliError(`there is no namespace "${name}" in ${client.cluster}`, {
    hint: 'leave -n out to see every namespace',
  });
}
