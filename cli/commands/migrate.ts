import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, refused } from '../exit.ts';
import { finalize, keepsVersions } from '../migration/finalize.ts';
import { type Obstacle, planMigration } from '../migration/plan.ts';
import { type MigrationRecord, readRecord } from '../migration/record.ts';
import { migrationJson, migrationReport, obstacles } from '../migration/report.ts';
import { rollBack } from '../migration/rollback.ts';
import { planRollback } from '../migration/rollback-plan.ts';
import { migrate } from '../migration/run.ts';
import { readConfig, takeSurvey } from '../migration/survey.ts';
import { outputFormat, toJson } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';

interface MigrateOptions {
  acceptNamespaces?: boolean;
  acceptAnnotations?: boolean;
  force?: boolean;
  yes?: boolean;
}

interface FinalizeOptions {
  removeKubefed?: boolean;
  yes?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const kubefed = program
    .command('migrate')
    .description('take an installation of another federation over, and give it back if that was not what you wanted')
    .command('kubefed')
    .description('hand a host from KubeFed to Fedmesh: nothing is rewritten, deleted or lost; --dry-run only looks')
    .option('--accept-namespaces', 'FederatedNamespaces that KubeFed ignores for their names may count')
    .option('--accept-annotations', 'annotations of templates, which KubeFed drops, may be written in the members')
    .option('--force', 'although a member does not answer, or lacks rights')
    .option('-y, --yes', 'do not ask; a script has to say so')
    .addHelpText(
      'after',
      `
It looks at everything first and says what it found, what it will do, what will differ, and what stands in the way.
Interrupted, it goes on where it was when it is run again. Until \`finalize\`, \`rollback\` gives the host back to KubeFed.
docs/migration.md tells it step by step.`,
    )
    .action((options: MigrateOptions) => run(context, options));
  // The flags that they share with their parent are read by it: `optsWithGlobals` has them wherever they stand.
  kubefed
    .command('rollback')
    .description('give the host back to KubeFed, as it was; nothing is written in any member')
    .option(
      '--force',
      'although a controller seems to be running (it has been stopped for good) or a Deployment is gone',
    )
    .option('-y, --yes', 'do not ask; a script has to say so')
    .action((_: MigrateOptions, command: Command) => rollback(context, command.optsWithGlobals()));
  kubefed
    .command('finalize')
    .description('stay with Fedmesh: the way back is closed, and what KubeFed kept for itself goes')
    .option('--remove-kubefed', "delete KubeFed's Deployments and the Service of its webhooks too")
    .option('-y, --yes', 'do not ask; a script has to say so')
    .action((_: FinalizeOptions, command: Command) => conclude(context, command.optsWithGlobals()));
}

async function run(context: CliContext, options: MigrateOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format === 'json' });
  const client = await context.hostClient();
  const survey = await progress.during(`looking at ${client.cluster} and its members`, () =>
    takeSurvey(context, client),
  );
  const { acceptNamespaces = false, acceptAnnotations = false } = options;
  const plan = planMigration(survey, { namespaces: acceptNamespaces, annotations: acceptAnnotations });
  if (format === 'json') context.stdout.write(toJson(migrationJson(survey, plan)));
  else context.stdout.write(migrationReport(survey, plan));
  if (plan.state === 'finalized' && plan.steps.length === 0) {
    progress.line(`${client.cluster} was migrated and that is final: there is nothing to do`);
    return;
  }
  refuseUnless(plan.obstacles, options.force === true);
  if (plan.steps.length === 0) {
    progress.line(`${client.cluster} is migrated: there is nothing to do`);
    return;
  }
  if (context.options.dryRun) return;
  await askFirst(context, options, `Hand ${client.cluster} from KubeFed to Fedmesh?`);
  await migrate({ context, client, survey, plan, progress });
  for (const line of whatNext(client.cluster, survey.fedmesh)) progress.line(line);
}

function whatNext(
  host: string,
  { running, deployment }: { running: boolean; deployment?: { readonly name: string } },
): string[] {
  const started = running || deployment !== undefined;
  return [
    '',
    `${host} is migrated. Next:`,
    ...(started
      ? []
      : [
          '  kubectl apply -k manifests             # Fedmesh in the cluster; or, from anywhere:',
          '  fedmesh-controller --kubeconfig FILE   # keeps everything in step; runs until stopped',
        ]),
    '  fedctl status                          # is all as it was?',
    '  fedctl migrate kubefed rollback        # back to KubeFed, or',
    '  fedctl migrate kubefed finalize        # stay',
  ];
}

async function rollback(context: CliContext, options: MigrateOptions): Promise<void> {
  outputFormat(context, ['text']);
  const progress = createProgress(context);
  const client = await context.hostClient();
  const record = await recordFor(context, progress);
  const survey = await progress.during(`looking at ${client.cluster} and its members`, () =>
    takeSurvey(context, client),
  );
  const plan = planRollback(survey, record);
  progress.line('What will be done:');
  plan.steps.forEach((step, index) => {
    progress.line(`  ${index + 1}. ${step}`);
  });
  progress.line('What differs from before:');
  for (const line of plan.differences) progress.line(`  - ${line}`);
  context.stdout.write(obstacles(plan.obstacles));
  refuseUnless(plan.obstacles, options.force === true);
  if (context.options.dryRun) return;
  await askFirst(context, options, `Give ${client.cluster} back to KubeFed?`);
  await rollBack({ context, client, survey, record, plan, progress, force: options.force === true });
}

async function conclude(context: CliContext, options: FinalizeOptions): Promise<void> {
  outputFormat(context, ['text']);
  const progress = createProgress(context);
  const client = await context.hostClient();
  const { signal } = context;
  const record = await recordFor(context, progress);
  const config = await readConfig(client, context.options.kubefedNamespace, signal);
  progress.line('What will be done:');
  progress.line('  - the way back to KubeFed is closed');
  progress.line(
    keepsVersions(config)
      ? '  - PropagatedVersions stay: the feature gate PropagatedVersions is Enabled'
      : '  - every PropagatedVersion is deleted: the record is in the federated objects',
  );
  if (options.removeKubefed === true)
    progress.line("  - KubeFed's Deployments and the Service of its webhooks are deleted");
  if (context.options.dryRun) return;
  await askFirst(context, options, `Stay with Fedmesh on ${client.cluster}, for good?`);
  await finalize({ context, client, config, record, progress, removeKubeFed: options.removeKubefed === true });
  progress.line(`${client.cluster} is Fedmesh's`);
}

/** Of a migration that can still go either way. */
async function recordFor(context: CliContext, progress: Progress): Promise<MigrationRecord> {
  const client = await context.hostClient();
  const { kubefedNamespace: namespace } = context.options;
  const record = await progress.during(`looking at ${client.cluster}`, () =>
    readRecord(client, namespace, context.signal),
  );
  if (record === undefined) {
    throw refused(`${client.cluster} has not been migrated from KubeFed`, '`fedctl migrate kubefed` does that');
  }
  if (record.finalizedAt !== undefined) {
    throw refused(
      `the migration of ${client.cluster} was made final at ${record.finalizedAt}: there is no way back any more`,
      'KubeFed would have to be installed anew; it then adopts what is in the members',
    );
  }
  return record;
}

function refuseUnless(found: readonly Obstacle[], force: boolean): void {
  const [first, ...others] = found.filter(({ forceable }) => !(forceable && force));
  if (first === undefined) return;
  throw refused(`${first.what}${others.length === 0 ? '' : ` (and ${others.length} more, see above)`}`, first.mend);
}

/** What is hard to undo is done for nobody who has not said so. */
async function askFirst(context: CliContext, options: { yes?: boolean }, question: string): Promise<void> {
  if (options.yes === true) return;
  if (!context.interactive) {
    throw new CliError('nobody is there to be asked', {
      hint: '--yes says so in a script; --dry-run only looks',
      exitCode: 4,
    });
  }
  if (!(await context.confirm(question))) throw refused('nothing was changed');
}
