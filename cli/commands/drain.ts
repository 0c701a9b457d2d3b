import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  DRAINED_CONDITION,
  isCordoned,
  isDraining,
  KUBEFED_CLUSTERS,
  type KubeFedCluster,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Client } from '../../controller/kube/client.ts';
import { readPresence } from '../../controller/runtime/presence.ts';
import { sleep } from '../../controller/time/clock.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import type { DrainSurvey, Moving, Staying } from '../drain/model.ts';
import { surveyForDrain } from '../drain/survey.ts';
import { CliError, EXIT, refused } from '../exit.ts';
import { readMembers } from '../federation/members.ts';
import { clusterNamed, findClusters, setUnschedulable } from '../membership/unschedulable.ts';
import { outputFormat, toJson } from '../output/format.ts';
import { createProgress, type Progress } from '../output/progress.ts';

interface DrainOptions {
  ignoreUnscheduled?: boolean;
  timeout: number;
}

const POLL_MS = 500;
const PRESENCE_MS = 5_000;
/** In text; `-o json` has them all. */
const SHOWN = 20;

export function register(program: Command, context: CliContext): void {
  program
    .command('drain')
    .argument('<name>', 'the member')
    .description('cordon a member and move what is scheduled there: it leaves once it is ready elsewhere')
    .option('--ignore-unscheduled', 'go on although workloads that nothing schedules stay there')
    .addOption(new Option('--timeout <seconds>', 'how long to wait until it is done').argParser(seconds).default(600))
    .addHelpText(
      'after',
      '\nThe controller does the moving and goes on when this command is interrupted; `fedctl uncordon` ends it.\nOutput formats (-o): text, json.',
    )
    .action((name: string, options: DrainOptions) => drain(context, name, options));
}

async function drain(context: CliContext, name: string, options: DrainOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format !== 'text' });
  const { dryRun } = context.options;
  const host = await context.hostClient();
  const [cluster] = await findClusters(context, host, [name]);
  if (cluster === undefined) return;
  const members = await readMembers(context, host);
  const survey = await progress.during(`looking at ${name}`, () => surveyForDrain(context, host, name, members));
  tellStaying(survey, name, progress);
  if (survey.stays.length > 0 && options.ignoreUnscheduled !== true && !dryRun) throw refuseStaying(survey, name);
  tellMoves(survey, progress, dryRun);
  const was = isCordoned(cluster) ? 'already cordoned' : 'cordoned';
  await setUnschedulable(context, host, cluster, true, { drain: true });
  progress.line(`${clusterNamed(cluster)} ${was}${dryRun && !isCordoned(cluster) ? ' (dry run)' : ''}`);
  const nothingLeft = async () => (await surveyForDrain(context, host, name, members)).moves.length === 0;
  if (!dryRun && survey.moves.length > 0)
    await untilDrained(context, host, cluster, nothingLeft, options.timeout, progress);
  progress.line(`${clusterNamed(cluster)} drained${dryRun ? ' (dry run)' : ''}`);
  if (format === 'json') context.stdout.write(toJson({ name, drained: !dryRun, ...survey }));
}

function tellMoves({ moves }: DrainSurvey, progress: Progress, dryRun: boolean): void {
  const told = dryRun ? moves : moves.filter(({ unplaced }) => unplaced > 0);
  for (const each of told.slice(0, SHOWN)) progress.line(moveLine(each));
  if (told.length > SHOWN) progress.line(`and ${told.length - SHOWN} more workloads`);
}

/** `Deployment shop/web: 3 replicas → earth 2; 1 has no place elsewhere: …` */
function moveLine({ kind, namespace, name, replicas, to, unplaced }: Moving): string {
  const places = Object.entries(to).map(([cluster, count]) => `${cluster} ${count}`);
  const target = places.length === 0 ? 'nowhere' : places.join(', ');
  const rest =
    unplaced === 0
      ? ''
      : `; ${unplaced} stay: the other clusters are at maxReplicas, without weight, cordoned, not ready or not selected`;
  return `${kind} ${pathOf({ namespace, name })}: ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} → ${target}${rest}`;
}

function tellStaying({ stays }: DrainSurvey, cluster: string, progress: Progress): void {
  for (const { kind, why, wayOut, ...ref } of stays.slice(0, SHOWN)) {
    progress.warn(`${kind} ${pathOf(ref)} stays in ${cluster}: ${why} (${wayOut})`);
  }
  if (stays.length > SHOWN) progress.warn(`and ${stays.length - SHOWN} more workloads stay in ${cluster}`);
}

function refuseStaying({ stays }: DrainSurvey, cluster: string): CliError {
  return refused(
    `workloads in "${cluster}" that no drain moves: ${stays.length}`,
    'mend each as it says above, or --ignore-unscheduled leaves them there; nothing was changed',
  );
}

function pathOf({ namespace, name }: Pick<Staying, 'name'> & { namespace?: string | undefined }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The controller moves; whoever sits here sees how far it is. */
async function untilDrained(
  context: CliContext,
  host: Client,
  cluster: KubeFedCluster,
  /** A condition may be left from an earlier drain. */
  nothingLeft: () => Promise<boolean>,
  timeoutSeconds: number,
  progress: Progress,
): Promise<void> {
  const { clock, signal } = context;
  const { name = '', namespace = '' } = cluster.metadata;
  const deadline = clock.monotonic() + timeoutSeconds * 1_000;
  let presenceDue = clock.monotonic();
  let said = '';
  await progress.during(
    () => (said === '' ? `${name} is being drained` : `${name}: ${said}`),
    async () => {
      for (;;) {
        const present = await getIfPresent<KubeFedCluster>(host, KUBEFED_CLUSTERS, { name, namespace }, signal);
        if (present === undefined || !isDraining(present)) throw endedByOthers(name, present);
        const condition = present.status?.conditions?.find(({ type }) => type === DRAINED_CONDITION);
        if (condition?.status === 'True' && (await nothingLeft())) return;
        const { message = '', reason } = condition?.status === 'False' ? condition : {};
        if (message !== '' && message !== said) progress.line(`controller: ${message}`);
        said = message;
        if (clock.monotonic() >= deadline) throw unfinished(name, said, reason);
        if (clock.monotonic() >= presenceDue) {
          const { running } = await readPresence(host, namespace, { signal, now: clock.now() });
          if (!running) progress.warn('no controller is running: nothing moves until one does');
          // Said once.
          presenceDue = running ? clock.monotonic() + PRESENCE_MS : Number.POSITIVE_INFINITY;
        }
        await sleep(clock, POLL_MS, signal);
      }
    },
  );
}

function endedByOthers(name: string, present: KubeFedCluster | undefined): CliError {
  if (present === undefined) return new CliError(`"${name}" has left the federation meanwhile`);
  return new CliError(`somebody has taken the cordon or the drain off "${name}" meanwhile`, {
    hint: 'run the command again to go on',
  });
}

function unfinished(name: string, said: string, reason: string | undefined): CliError {
  const state =
    said === '' ? 'the controller has said nothing of it: does one run, with SchedulerPreferences on?' : said;
  const hint =
    reason === 'Blocked'
      ? 'make room elsewhere (maxReplicas, weights, nodes) and the controller goes on; `fedctl uncordon` ends it'
      : 'the controller goes on; run this again to go on waiting; `fedctl uncordon` ends it';
  return new CliError(`"${name}" is not drained yet: ${state}`, { hint, exitCode: EXIT.failed });
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('It must be a number of seconds, more than 0.');
  return number;
}
