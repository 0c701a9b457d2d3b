import type { Command } from 'commander';
import { readControlPlane } from '../../../controller/membership/control-plane.ts';
import { grantServices } from '../../../controller/membership/services-rights.ts';
import type { CliContext } from '../../context.ts';
import { EXIT } from '../../exit.ts';
import { describeError } from '../../output/errors.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';
import { installKinds } from '../../services/crds.ts';
import {
  administratorOf,
  assertClusterScope,
  markParticipation,
  membersNamed,
  rightsIn,
} from '../../services/participants.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('enable')
    .argument('[cluster...]', 'the members (else all)')
    .description(
      'let members export and import Services: installs the two kinds (ServiceExport, ServiceImport) and grants the rights',
    )
    .addHelpText(
      'after',
      '\nNeeds the rights of an administrator of each member: its context, in the kubeconfig. Run again, it mends what is missing.\nOutput formats (-o): text, json.',
    )
    .action((clusters: string[]) => enable(context, clusters));
}

async function enable(context: CliContext, names: readonly string[]): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const { signal, options } = context;
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const host = await context.hostClient();
  const controlPlane = await readControlPlane(host, options.kubefedNamespace, signal);
  assertClusterScope(controlPlane);
  const members = await membersNamed(context, host, names);
  const dry = options.dryRun ? ' (dry run)' : '';
  const results: { cluster: string; kinds?: string; rights?: string; error?: string }[] = [];
  const hostKinds = await installKinds(context, host, controlPlane.uid);
  progress.line(`host: kinds ${hostKinds}${hostKinds === 'unchanged' ? '' : dry}`);
  for (const member of members) {
    const { name: cluster = '' } = member.metadata;
    try {
      const client = await administratorOf(context, member);
      const kinds = await progress.during(`installing the kinds in ${cluster}`, () =>
        installKinds(context, client, controlPlane.uid),
      );
      const rights = await grantServices(client, await rightsIn(context, host, member, controlPlane), {
        signal,
        dryRun: options.dryRun,
      });
      await markParticipation(context, host, member, true);
      results.push({ cluster, kinds, rights });
      progress.line(`${cluster}: kinds ${kinds}, rights ${rights}; takes part${dry}`);
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, hint } = describeError(error, context);
      results.push({ cluster, error: message });
      progress.warn(`${cluster} takes no part: ${message}${hint === undefined ? '' : `; ${hint}`}`);
    }
  }
  if (format === 'json') context.stdout.write(toJson({ host: { kinds: hostKinds }, clusters: results }));
  if (results.some(({ error }) => error !== undefined)) context.exitWith(EXIT.failed);
}
