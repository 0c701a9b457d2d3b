import type { Client } from '../../controller/kube/client.ts';
import type { CliContext } from '../context.ts';
import type { Progress } from '../output/progress.ts';
import { readMembers } from './members.ts';

/**
 * A kind that was enabled has to be in the role that each member grants. Where a context bears the member's name the role is widened here;
 * for the others the command is printed that does it.
 */
export async function widenMembers(
  context: CliContext,
  host: Client,
  progress: Progress,
  options: { allowRbac: boolean },
): Promise<void> {
  const members = await readMembers(context, host);
  for (const { metadata } of members) {
    const flag = options.allowRbac ? ' --allow-rbac-propagation' : '';
    progress.line(
      `${metadata.name ?? ''}: run fedctl join ${metadata.name ?? ''} --cluster-context CONTEXT --host-cluster-context ${host.cluster}${flag}`,
    );
  }
}
