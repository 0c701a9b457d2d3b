import type { Command } from 'commander';
import type { KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import { SERVICE_EXPORTS, type ServiceExport } from '../../../apis/multicluster/service-export.ts';
import { SERVICE_IMPORTS, type ServiceImport } from '../../../apis/multicluster/service-import.ts';
import type { Secret } from '../../../controller/clusters/endpoint.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { SECRETS } from '../../../controller/kube/core-kinds.ts';
import { secretRefOf } from '../../../controller/membership/identity.ts';
import { getIfPresent, listIfServed } from '../../apply.ts';
import type { CliContext } from '../../context.ts';
import { EXIT } from '../../exit.ts';
import { readMembers } from '../../federation/members.ts';
import { accessMember } from '../../membership/member-access.ts';
import { describeError } from '../../output/errors.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';
import { table } from '../../output/table.ts';
import { takesPart } from '../../services/participants.ts';
import { type ClusterServices, type ServiceRow, serviceRows } from '../../services/rows.ts';

interface StatusOptions {
  namespace?: string;
  exitCode?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('which Services are exported from where, where they are imported, and what is wrong with them')
    .option('-n, --namespace <namespace>', 'of this namespace only')
    .option('--exit-code', `exit with ${EXIT.notWell} when one of them is not well`)
    .addHelpText('after', '\nOutput formats (-o): text, json.')
    .action((options: StatusOptions) => status(context, options));
}

async function status(context: CliContext, options: StatusOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const host = await context.hostClient();
  const members = (await readMembers(context, host)).filter(takesPart);
  const clusters = await progress.during('asking the members', () =>
    Promise.all([
      readCluster(context, 'host', async () => host, options.namespace),
      ...members.map((member) =>
        readCluster(context, member.metadata.name ?? '', () => memberClient(context, host, member), options.namespace),
      ),
    ]),
  );
  const rows = serviceRows(clusters);
  const silent = clusters.filter(({ error }) => error !== undefined);
  if (format === 'json') {
    context.stdout.write(
      toJson({
        clusters: clusters.map(({ cluster, error }) => ({ cluster, ...(error && { error }) })),
        services: rows,
      }),
    );
  } else {
    context.stdout.write(render(rows, members.length));
    for (const { cluster, error } of silent) progress.warn(`${cluster} is not in this: ${error ?? ''}`);
  }
  const isWell = silent.length === 0 && rows.every(({ problems }) => problems.length === 0);
  if (options.exitCode === true && !isWell) context.exitWith(EXIT.notWell);
}

async function memberClient(context: CliContext, host: Client, member: KubeFedCluster): Promise<Client> {
  const secret = await getIfPresent<Secret>(host, SECRETS, secretRefOf(member), context.signal);
  const access = await accessMember(context, { cluster: member, secret });
  if (access instanceof Error) throw access;
  return access.client;
}

/** Never fails: what could not be learned says why. */
async function readCluster(
  context: CliContext,
  cluster: string,
  connect: () => Promise<Client>,
  namespace: string | undefined,
): Promise<ClusterServices> {
  const selection = { signal: context.signal, ...(namespace === undefined ? {} : { namespace }) };
  try {
    const client = await connect();
    const [exports, imports] = await Promise.all([
      listIfServed<ServiceExport>(client, SERVICE_EXPORTS, selection),
      listIfServed<ServiceImport>(client, SERVICE_IMPORTS, selection),
    ]);
    return { cluster, exports, imports };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { cluster, exports: [], imports: [], error: describeError(error, context).message };
  }
}

function render(rows: readonly ServiceRow[], participants: number): string {
  if (participants === 0) return 'no member takes part: `fedctl services enable`\n';
  if (rows.length === 0) return 'nothing is exported: `fedctl export service NAME -n NAMESPACE`\n';
  const cells = rows.map(({ namespace, name, type, exportedFrom, importedInto, problems }) => [
    namespace,
    name,
    type ?? '-',
    exportedFrom.join(',') || '-',
    importedInto.join(',') || '-',
    problems.length === 0 ? 'ok' : `${problems.length} problem${problems.length > 1 ? 's' : ''}`,
  ]);
  const head = ['NAMESPACE', 'NAME', 'TYPE', 'EXPORTED FROM', 'IMPORTED INTO', 'STATE'];
  const problems = rows.flatMap((row) =>
    row.problems.map(
      ({ cluster, reason, message }) => `${row.namespace}/${row.name} in ${cluster}: ${reason}: ${message}\n`,
    ),
  );
  return table(head, cells) + (problems.length === 0 ? '' : `\n${problems.join('')}`);
}
