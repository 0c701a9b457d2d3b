import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../../apis/duration.ts';
import {
  REACHABILITY_MATRICES,
  REACHABILITY_MATRIX_NAME,
  VERIFY_ANNOTATION,
  type VerifyRequest,
} from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { isNotFound } from '../../../controller/kube/errors.ts';
import { sleep } from '../../../controller/time/clock.ts';
import type { CliContext } from '../../context.ts';
import { EXIT } from '../../exit.ts';
import {
  assertProbing,
  isReachable,
  type Reachability,
  reachabilityData,
  readReachability,
  renderReachability,
} from '../../network/reachability.ts';
import { outputFormat, toJson, toYaml } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';

interface VerifyOptions {
  allNodes?: boolean;
  /** Milliseconds. */
  wait: number;
}

const LOOK_MS = 500;

export function register(program: Command, context: CliContext): void {
  program
    .command('verify')
    .description('has every member ask every other one anew, pods and Services, both ways, and says what is wrong')
    .option('--all-nodes', 'from and to every node, not only from a gateway and another one')
    .option('--wait <duration>', 'how long to wait for the answer', duration, 180_000)
    .addHelpText(
      'after',
      `\nOutput formats (-o): table, json, yaml. Exits with 0 when all is well, with ${EXIT.notWell} otherwise.`,
    )
    .action((options: VerifyOptions) => verify(context, options));
}

async function verify(context: CliContext, { allNodes = false, wait }: VerifyOptions): Promise<void> {
  const format = outputFormat(context, ['table', 'json', 'yaml']);
  const client = await context.hostClient();
  await assertProbing(context, client);
  const progress = createProgress(context, { structuredOutput: format !== 'table' });
  const request: VerifyRequest = { id: randomUUID(), allNodes };
  const found = await progress.during('waiting for the probes', () => answerTo(context, client, request, wait));
  const answered = found?.matrix.answered === request.id;
  if (!answered) {
    progress.warn(
      `no answer within ${wait / 1_000} s: see whether a controller runs (\`fedctl version\`), or take a longer --wait`,
    );
  }
  if (found !== undefined) {
    const data = { ...reachabilityData(found), ...(answered ? {} : { ok: false }) };
    if (format === 'json') context.stdout.write(toJson(data));
    else if (format === 'yaml') context.stdout.write(toYaml(data));
    else context.stdout.write(renderReachability(found, context.clock.now()));
  }
  if (!answered || !isReachable(found.matrix)) context.exitWith(EXIT.notWell);
}

/** What is there when the time is over, whether or not it is the answer. */
async function answerTo(
  context: CliContext,
  client: Client,
  request: VerifyRequest,
  wait: number,
): Promise<Reachability | undefined> {
  const until = context.clock.monotonic() + wait;
  for (let isAsked = false; ; ) {
    if (!isAsked) isAsked = await ask(context, client, request);
    const found = await readReachability(context, client);
    if (found?.matrix.answered === request.id || context.clock.monotonic() >= until) return found;
    await sleep(context.clock, LOOK_MS, context.signal);
  }
}

/** False: there is nothing to ask by until the first round has ended. */
async function ask(context: CliContext, client: Client, request: VerifyRequest): Promise<boolean> {
  const ref = { namespace: context.options.kubefedNamespace, name: REACHABILITY_MATRIX_NAME };
  const body = { metadata: { annotations: { [VERIFY_ANNOTATION]: JSON.stringify(request) } } };
  try {
    await client.patch(REACHABILITY_MATRICES, ref, { type: 'merge', body }, { signal: context.signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('It is a duration such as 30s or 3m.');
  return ms;
}
