import { type Command, InvalidArgumentError, Option } from 'commander';
import { labelValueFault, qualifiedNameFault } from '../../../apis/meta/names.ts';
import type { LabelSelector } from '../../../apis/meta/v1.ts';
import { onAbort } from '../../../controller/time/abort.ts';
import { mapConcurrently } from '../../concurrently.ts';
import type { CliContext, Output } from '../../context.ts';
import { CliError, EXIT, usageError } from '../../exit.ts';
import { Applier } from '../../objects/apply-objects.ts';
import { openTarget } from '../../objects/target.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress, type Progress } from '../../output/progress.ts';
import type { RunContext } from '../../program.ts';
import type { SandboxController } from '../../sandbox/controller-process.ts';
import { parseDuration } from '../../sandbox/duration.ts';
import { quickenHealthChecks, releaseLeftoverLease } from '../../sandbox/federate.ts';
import { invitation } from '../../sandbox/invitation.ts';
import { showUntilPropagated } from '../../sandbox/live-status.ts';
import { DEFAULT_MEMBERS, HOST, memberNames } from '../../sandbox/member-names.ts';
import { contextOn } from '../../sandbox/own-context.ts';
import { chooseRuntime, type RuntimeWish, WISHES } from '../../sandbox/runtime/choice.ts';
import { readSamples, SAMPLES } from '../../sandbox/samples.ts';
import { Sandbox } from '../../sandbox/sandbox.ts';
import { init } from '../init.ts';
import { joinCluster } from '../join.ts';
import { addNameOption, directoryOf, type NamedSandbox, nameFlag } from './running.ts';

interface UpOptions extends NamedSandbox {
  members: string;
  runtime: RuntimeWish;
  once?: boolean;
  bare?: boolean;
  writeKubeconfig?: string;
  dataDir?: string;
  workloads?: boolean;
  readyAfter: number;
  unschedulable?: LabelSelector;
  crash?: LabelSelector;
}

/** Joins under way at a time. */
const JOINS = 8;
/** Some seconds, where the machine has nothing else to do. */
const PROPAGATED_WITHIN_MS = 180_000;
/** Each of them is watched for ten kinds: in a crowd of members that is asked for. */
const WORKLOADS_UP_TO = 10;
/** What a sandbox with real API servers needs at most to end. */
const CLOSES_WITHIN_MS = 45_000;

export function register(sandbox: Command, context: CliContext): void {
  addNameOption(sandbox.command('up'))
    .description('start clusters and a controller, apply the samples, show how they are propagated, and stay')
    .option('--members <n|names>', 'how many members, or their names', DEFAULT_MEMBERS)
    .option('--once', 'end as soon as everything is propagated: 0 if it is within three minutes, else 1')
    .option('--bare', 'only the control planes: no federation')
    .option('--write-kubeconfig <file>', 'where to write the contexts; it goes when the sandbox ends')
    .option('--data-dir <dir>', 'keep the objects here, so that the next start goes on with them')
    .addOption(
      new Option(
        '--runtime <runtime>',
        "embedded: this package's API server; envtest: Kubernetes' own; auto: what is there",
      )
        .choices(WISHES)
        .default('embedded'),
    )
    .option('--workloads', 'let Pods come to life in the members (default: embedded, up to ten members)')
    .option('--no-workloads', 'let none')
    .addOption(
      new Option('--ready-after <duration>', 'how long a Pod takes to be ready')
        .argParser(parseDuration)
        .default(1000, '1s'),
    )
    .addOption(new Option('--unschedulable <labels>', 'Pods that no node takes: app=web').argParser(parseLabels))
    .addOption(new Option('--crash <labels>', 'Pods that crash when they start').argParser(parseLabels))
    .addHelpText('after', '\nOutput formats (-o): lines by default; json: one document once all runs.')
    .action((options: UpOptions) => up(context, options));
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const members = memberNames(options.members);
  if (options.bare === true && options.once === true) {
    throw usageError('--bare has nothing to wait for', 'leave --once or --bare out');
  }
  context.allowToClose(CLOSES_WITHIN_MS);
  const isShort = options.bare === true || options.once === true;
  const closing = new AbortController();
  const forget = onAbort(context.signal, () => closing.abort(context.signal.reason));
  const steps = new Steps(context, createProgress(context, { structuredOutput: format === 'json' }));
  const kind = await chooseRuntime(options.runtime, context.environment);
  const sandbox = await steps.take(`starting ${listed([HOST, ...members])} (${kind})`, () =>
    Sandbox.start({
      name: options.name,
      directory: directoryOf(context, options),
      runtime: kind,
      clusters: [HOST, ...members],
      dataDir: options.dataDir,
      writeKubeconfig: options.writeKubeconfig,
      clock: context.clock,
      signal: closing.signal,
      onCloseAsked: () => closing.abort(new Error('asked to end')),
      onHealed: (cluster) => steps.say(`${cluster} is well again`),
    }),
  );
  const own = contextOn(context, { kubeconfig: sandbox.kubeconfig, host: HOST, signal: closing.signal });
  try {
    const controller = options.bare === true ? undefined : await federate(own, sandbox, members, steps);
    const propagated = controller === undefined || (await propagate(own, controller, members, steps));
    const workloads = options.workloads ?? (kind === 'embedded' && !isShort && members.length <= WORKLOADS_UP_TO);
    if (workloads) {
      const { readyAfter: readyAfterMs, unschedulable, crash } = options;
      const who = {
        ...(unschedulable === undefined ? {} : { unschedulable }),
        ...(crash === undefined ? {} : { crash }),
      };
      await steps.take('nodes and Pods', () => sandbox.startWorkloads(members, { readyAfterMs, ...who }));
    }
    if (format === 'json') {
      context.stdout.write(toJson({ ...sandbox.report(), propagated, seconds: steps.seconds }));
    }
    if (options.once === true) return context.exitWith(propagated ? EXIT.ok : EXIT.failed);
    const { kubeconfig } = sandbox;
    const { dashboard } = sandbox.report();
    const log = {
      ...(controller === undefined ? {} : { controllerLog: controller.logFile }),
      ...(dashboard === undefined ? {} : { dashboard }),
    };
    const bare = options.bare === true;
    const flag = nameFlag(options);
    steps.say(`\n${await invitation(context.environment, { kubeconfig, members, bare, nameFlag: flag, ...log })}`);
    await untilAskedToEnd(closing.signal, controller);
  } catch (error) {
    // Ctrl-C and `sandbox down` are how a sandbox ends.
    if (!closing.signal.aborted || options.once === true) throw error;
    context.exitWith(EXIT.ok);
  } finally {
    forget();
    await own.close();
    await sandbox.close();
  }
}

/** From bare clusters to a federation: what a person would type, in the order in which it is quickest. */
async function federate(
  own: RunContext,
  sandbox: Sandbox,
  members: readonly string[],
  steps: Steps,
): Promise<SandboxController> {
  await steps.take('fedctl init', async () => {
    await init(own, { types: 'default' });
    const host = await own.hostClient();
    await quickenHealthChecks(own, host);
    await releaseLeftoverLease(own, host);
  });
  // It gets on its feet while the members join.
  const controller = await sandbox.startController(own.options.kubefedNamespace);
  await steps.take(`fedctl join ${listed(members)}`, () =>
    mapConcurrently(members, JOINS, (member) => joinCluster(own, member, {})),
  );
  return controller;
}

/** Applies the samples and shows how they arrive. */
async function propagate(
  own: RunContext,
  controller: SandboxController,
  members: readonly string[],
  steps: Steps,
): Promise<boolean> {
  const samples = await readSamples(members);
  await steps.take(`fedctl apply -f ${SAMPLES}`, async () => {
    const { signal, clock } = own;
    const applier = new Applier(await openTarget(own, {}), { signal, clock, dryRun: false, force: true });
    for (const object of samples) await applier.apply(object);
  });
  const shown = showUntilPropagated(own, await own.hostClient(), {
    objects: samples.filter(({ kind = '' }) => kind.startsWith('Federated')).length,
    withinMs: PROPAGATED_WITHIN_MS,
    output: steps.output,
  });
  const propagated = await Promise.race([shown, controller.exited.then(() => ended(controller, own.signal))]);
  steps.say(
    propagated
      ? `\neverything was propagated ${steps.seconds} s after the start`
      : `\nnot everything was propagated within ${PROPAGATED_WITHIN_MS / 1000} s`,
  );
  return propagated;
}

/** @throws {CliError} the controller has ended by itself */
async function untilAskedToEnd(signal: AbortSignal, controller: SandboxController | undefined): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else onAbort(signal, resolve);
  });
  await Promise.race([
    asked,
    ...(controller === undefined ? [] : [controller.exited.then(() => ended(controller, signal))]),
  ]);
  signal.throwIfAborted();
}

async function ended(controller: SandboxController, signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  throw new CliError(`the controller has ended: ${await controller.lastWords()}`);
}

/** Tells what is done and how long it took. */
class Steps {
  readonly #context: CliContext;
  readonly #progress: Progress;
  readonly #started: number;

  constructor(context: CliContext, progress: Progress) {
    this.#context = context;
    this.#progress = progress;
    this.#started = context.clock.monotonic();
  }

  /** Since the start, with one decimal. */
  get seconds(): number {
    return this.#since(this.#started);
  }

  get output(): Output {
    return this.#context.options.output === 'json' ? this.#context.stderr : this.#context.stdout;
  }

  say(text: string): void {
    this.#progress.line(text);
  }

  async take<T>(what: string, work: () => Promise<T>): Promise<T> {
    const begun = this.#context.clock.monotonic();
    const result = await this.#progress.during(what, work);
    this.say(`${what.padEnd(48)} ${this.#since(begun).toFixed(1).padStart(5)} s`);
    return result;
  }

  #since(begun: number): number {
    return Math.round((this.#context.clock.monotonic() - begun) / 100) / 10;
  }
}

function parseLabels(text: string): LabelSelector {
  const pairs = text.split(',').map((pair): [string, string] => {
    const [key = '', value, ...rest] = pair.split('=');
    const fault =
      value === undefined || rest.length > 0 ? 'has no "="' : (qualifiedNameFault(key) ?? labelValueFault(value));
    if (fault !== undefined) throw new InvalidArgumentError(`"${pair}" ${fault}. It is a list: app=web,tier=test.`);
    return [key, value ?? ''];
  });
  return { matchLabels: Object.fromEntries(pairs) };
}

/** `earth and vulcan`, `earth, vulcan, mars and 497 more` */
function listed(names: readonly string[]): string {
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
