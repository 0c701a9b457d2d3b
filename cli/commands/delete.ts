import { type Command, InvalidArgumentError, Option } from 'commander';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client, ObjectRef } from '../../controller/kube/client.ts';
import type { ServedResource } from '../../controller/kube/discovery.ts';
import { isNotFound } from '../../controller/kube/errors.ts';
import { sleep } from '../../controller/time/clock.ts';
import { getIfPresent, objectName } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT, usageError } from '../exit.ts';
import { readAll } from '../objects/read-files.ts';
import {
  addTargetOptions,
  kindOf,
  namespaceFor,
  openTarget,
  selectedBy,
  type Target,
  type TargetFlags,
} from '../objects/target.ts';
import { describeError } from '../output/errors.ts';
import { outputFormat } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';

const POLL_MS = 100;

const CASCADES = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

interface DeleteFlags extends TargetFlags {
  filename?: string[];
  recursive?: boolean;
  all?: boolean;
  selector?: string;
  ignoreNotFound?: boolean;
  wait: boolean;
  timeout: number;
  cascade: keyof typeof CASCADES;
  gracePeriod?: number;
}

interface Doomed {
  readonly kind: ServedResource;
  readonly ref: ObjectRef;
}

export function register(program: Command, context: CliContext): void {
  addTargetOptions(
    program
      .command('delete')
      .description('delete objects of a cluster, and wait until they are gone')
      .argument('[what...]', 'deploy web; deploy/web svc/web')
      .option('-f, --filename <file...>', 'those that files, folders or standard input (-) name')
      .option('-R, --recursive', 'folders with all below them'),
  )
    .option('--all', 'every object of the kind in the namespace')
    .option('-l, --selector <selector>', 'those with these labels')
    .option('--ignore-not-found', 'what is not there is no failure')
    .addOption(
      new Option('--wait <boolean>', 'whether to wait until they are gone')
        .argParser(parseBoolean)
        .default(true, 'true'),
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait; 0: as long as it takes').argParser(parseSeconds).default(0),
    )
    .addOption(
      new Option('--cascade <how>', 'what becomes of what they own')
        .choices(Object.keys(CASCADES))
        .default('background'),
    )
    .addOption(new Option('--grace-period <seconds>', 'what Pods get to end').argParser(parseSeconds))
    .action((words: string[], flags: DeleteFlags) => remove(context, words, flags));
}

async function remove(context: CliContext, words: readonly string[], flags: DeleteFlags): Promise<void> {
  const format = outputFormat(context, ['text', 'name']);
  const target = await openTarget(context, flags);
  const { client } = target;
  const { signal, options } = context;
  const progress = createProgress(context);
  const doomed = await doomedBy(context, target, words, flags);
  const going: (Doomed & { uid: string | undefined })[] = [];
  for (const { kind, ref } of doomed) {
    const name = objectName(kind, ref);
    try {
      const before = await client.get<KubeObject>(kind, ref, { signal });
      await client.delete(kind, ref, {
        signal,
        dryRun: options.dryRun,
        propagationPolicy: CASCADES[flags.cascade],
        ...(flags.gracePeriod === undefined ? {} : { gracePeriodSeconds: flags.gracePeriod }),
      });
      progress.line(
        format === 'name' ? (name.split(' ')[0] ?? '') : `${name} deleted${options.dryRun ? ' (dry run)' : ''}`,
      );
      going.push({ kind, ref, uid: before.metadata.uid });
    } catch (error) {
      if (isNotFound(error) && flags.ignoreNotFound === true) continue;
      const { message, hint, exitCode } = describeError(error, context);
      if (signal.aborted || exitCode === EXIT.unreachable || doomed.length === 1) throw error;
      context.stderr.write(`error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
      context.exitWith(EXIT.failed);
    }
  }
  if (!flags.wait || options.dryRun) return;
  const deadline = flags.timeout === 0 ? Number.POSITIVE_INFINITY : context.clock.monotonic() + flags.timeout * 1000;
  for (const each of going) {
    await progress.during(`waiting until ${objectName(each.kind, each.ref)} is gone`, () =>
      untilGone(context, client, each, deadline),
    );
  }
}

async function doomedBy(
  context: CliContext,
  target: Target,
  words: readonly string[],
  flags: DeleteFlags,
): Promise<Doomed[]> {
  const { client } = target;
  const { signal } = context;
  if (flags.filename !== undefined) {
    if (words.length > 0) throw usageError('name objects, or give -f: not both');
    const objects = await readAll(context, flags.filename, { recursive: flags.recursive === true });
    const doomed: Doomed[] = [];
    // What came last goes first: what lives in a namespace before the namespace.
    for (const object of objects.reverse()) {
      const kind = await kindOf(client, object, signal);
      if (kind !== undefined) doomed.push({ kind, ref: refOf(object, namespaceFor(target, kind, object)) });
      else if (flags.ignoreNotFound !== true) {
        throw new CliError(`${client.cluster} serves no ${object.kind ?? ''} of ${object.apiVersion ?? ''}`, {
          hint: '--ignore-not-found passes over what cannot be there',
        });
      }
    }
    return doomed;
  }
  if (words.length === 0) throw usageError('what?', 'fedctl delete KIND NAME, KIND/NAME or -f FILE');
  const selected = await selectedBy(client, words, signal);
  const doomed: Doomed[] = [];
  for (const { kind, names } of selected) {
    const place = kind.namespaced ? { namespace: target.namespace } : {};
    if (names.length > 0) {
      if (flags.all === true || flags.selector !== undefined)
        throw usageError('names do not go with --all or --selector');
      doomed.push(...names.map((name) => ({ kind, ref: { name, ...place } })));
      continue;
    }
    if (flags.all !== true && flags.selector === undefined) {
      throw usageError(`which ${kind.plural}?`, 'give names, --selector, or --all');
    }
    const selector = flags.selector === undefined ? {} : { labelSelector: flags.selector };
    const { items } = await client.listAll<KubeObject>(kind, { ...place, ...selector, metadataOnly: true, signal });
    doomed.push(...items.map((item) => ({ kind, ref: refOf(item, item.metadata.namespace) })));
  }
  return doomed;
}

/** Gone, or another one of the name is there. */
async function untilGone(
  context: CliContext,
  client: Client,
  { kind, ref, uid }: Doomed & { uid: string | undefined },
  deadline: number,
): Promise<void> {
  for (;;) {
    const object = await getIfPresent(client, kind, ref, context.signal);
    if (object === undefined || object.metadata.uid !== uid) return;
    if (context.clock.monotonic() > deadline) {
      const { finalizers = [] } = object.metadata;
      throw new CliError(`${objectName(kind, ref)} is still there`, {
        hint:
          finalizers.length === 0
            ? 'its deletion has begun; --timeout waits longer'
            : `its deletion waits for ${finalizers.join(', ')}: whoever put that there has to take it off`,
      });
    }
    await sleep(context.clock, POLL_MS, context.signal);
  }
}

function refOf({ metadata }: KubeObject, namespace: string | undefined): ObjectRef {
  return { name: metadata.name ?? '', ...(namespace === undefined ? {} : { namespace }) };
}

function parseBoolean(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidArgumentError('It is true or false.');
}

function parseSeconds(text: string): number {
  const seconds = Number(text.replace(/s$/, ''));
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0)
    throw new InvalidArgumentError('It is a number of seconds.');
  return seconds;
}
