import type { Command } from 'commander';
import { NAMESPACES } from '../../../controller/kube/core-kinds.ts';
import { readControlPlane } from '../../../controller/membership/control-plane.ts';
import { revokeServices } from '../../../controller/membership/services-rights.ts';
import { type Removal, removeServices } from '../../../controller/services/removal.ts';
import type { CliContext } from '../../context.ts';
import { EXIT, usageError } from '../../exit.ts';
import { readMembers } from '../../federation/members.ts';
import { describeError } from '../../output/errors.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';
import { administratorOf, markParticipation, membersNamed, rightsIn, takesPart } from '../../services/participants.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('disable')
    .argument('[cluster...]', 'the members')
    .description('end what `services enable` began: removes imports, rights, and the kinds where nobody else uses them')
    .option('--all', 'in all members, and on the host')
    .addHelpText(
      'after',
      '\nServiceExports that were not made by fedctl stay, and then the kinds too.\nOutput formats (-o): text, json.',
    )
    .action((clusters: string[], { all }: { all?: boolean }) => disable(context, clusters, all === true));
}

async function disable(context: CliContext, names: readonly string[], all: boolean): Promise<void> {
  if (names.length === 0 && !all) throw usageError('in which members?', 'name them, or --all');
  const format = outputFormat(context, ['text', 'json']);
  const { signal, options, clock } = context;
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const host = await context.hostClient();
  const controlPlane = await readControlPlane(host, options.kubefedNamespace, signal);
  const members = await membersNamed(context, host, names);
  const results: { cluster: string; removed?: number; kept?: Removal['kept']; error?: string }[] = [];
  const tell = (cluster: string, { removed, kept }: Removal) => {
    results.push({ cluster, removed: removed.length, kept });
    progress.line(`${cluster}: ${removed.length} object${removed.length === 1 ? '' : 's'} removed`);
    for (const { resource, name, reason } of kept)
      progress.warn(`${cluster} keeps ${resource} ${name}: ${reason ?? ''}`);
  };
  for (const member of members) {
    const { name: cluster = '' } = member.metadata;
    if (options.dryRun) {
      progress.line(`${cluster}: ${takesPart(member) ? 'would no longer take part' : 'takes no part'} (dry run)`);
      continue;
    }
    try {
      const client = await administratorOf(context, member);
      await markParticipation(context, host, member, false);
      const rights = await rightsIn(context, host, member, controlPlane);
      // Nothing comes back that is removed after this.
      await revokeServices(client, rights, signal);
      const { metadata } = await client.get(NAMESPACES, { name: 'kube-system' }, { signal });
      const keepKinds = metadata.uid === controlPlane.hostClusterUid;
      tell(cluster, await removeServices(client, { controlPlaneUid: controlPlane.uid, keepKinds, clock, signal }));
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, hint } = describeError(error, context);
      results.push({ cluster, error: message });
      progress.warn(`${cluster} still takes part: ${message}${hint === undefined ? '' : `; ${hint}`}`);
    }
  }
  if (all && !options.dryRun && !(await readMembers(context, host)).some(takesPart)) {
    tell('host', await removeServices(host, { controlPlaneUid: controlPlane.uid, keepKinds: false, clock, signal }));
  }
  if (format === 'json') context.stdout.write(toJson({ clusters: results }));
  if (results.some(({ error }) => error !== undefined)) context.exitWith(EXIT.failed);
}
