import { type Command, InvalidArgumentError, Option } from 'commander';
import { onAbort } from '../../../controller/time/abort.ts';
import type { CliContext } from '../../context.ts';
import { CliError } from '../../exit.ts';
import { outputFormat, toJson } from '../../output/format.ts';
import { createProgress } from '../../output/progress.ts';
import { LOAD_NAMESPACE, type LoadResult, makeLoad, removeLoad } from '../../sandbox/load.ts';
import { HOST } from '../../sandbox/member-names.ts';
import { addNameOption, type NamedSandbox, runningSandbox } from './running.ts';

interface LoadFlags extends NamedSandbox {
  timeout: number;
  remove?: boolean;
}

const AT_MOST = 100_000;

export function register(sandbox: Command, context: CliContext): void {
  addNameOption(
    sandbox
      .command('load')
      .argument('[n]', 'how many objects', parseCount, 500)
      .description('write federated ConfigMaps and see how soon they are everywhere; again: change them all'),
  )
    .addOption(new Option('--timeout <seconds>', 'how long they may take').argParser(parseCount).default(300))
    .option('--remove', 'take the load away instead')
    .addHelpText('after', '\nOutput formats (-o): lines by default, json.')
    .action((count: number, flags: LoadFlags) => load(context, count, flags));
}

async function load(context: CliContext, count: number, flags: LoadFlags): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const progress = createProgress(context, { structuredOutput: format === 'json' });
  const { kubeconfig, clusters, controller } = await (await runningSandbox(context, flags)).report();
  if (controller === undefined) {
    throw new CliError('the sandbox has no controller', {
      hint: 'start it without --bare: nothing is propagated there',
    });
  }
  const host = await context.clientFor(HOST, kubeconfig);
  const tooLong = new AbortController();
  const cancel = context.clock.after(flags.timeout * 1000, () => tooLong.abort(new Error('the time is over')));
  const forget = onAbort(context.signal, () => tooLong.abort(context.signal.reason));
  let done = { written: 0, propagated: 0 };
  try {
    const options = { clock: context.clock, signal: tooLong.signal };
    if (flags.remove === true) {
      const outcome = await progress.during(`removing ${LOAD_NAMESPACE}`, () => removeLoad(host, options));
      progress.line(`${LOAD_NAMESPACE} ${outcome === 'removed' ? 'is gone from every cluster' : 'was not there'}`);
      return;
    }
    const members = clusters.length - 1;
    const result = await progress.during(
      () =>
        `${done.written} of ${count} written, ${done.propagated} in ${members === 1 ? '1 cluster' : `all ${members} clusters`}`,
      () =>
        makeLoad(host, {
          ...options,
          count,
          onProgress: (now) => {
            done = now;
          },
        }),
    );
    context.stdout.write(format === 'json' ? toJson({ ...result, members }) : render(result, members));
  } catch (error) {
    if (context.signal.aborted || !tooLong.signal.aborted) throw error;
    throw new CliError(
      `${done.propagated} of ${count} are everywhere after ${flags.timeout} s, ${done.written} are written`,
      { hint: '`fedctl status` says what hinders the others; --timeout waits longer' },
    );
  } finally {
    forget();
    cancel();
  }
}

function render({ created, changed, writtenAfter, propagatedAfter, latency }: LoadResult, members: number): string {
  const count = created + changed;
  const what = [...(created > 0 ? [`${created} created`] : []), ...(changed > 0 ? [`${changed} changed`] : [])].join(
    ', ',
  );
  return [
    `${what}: ${seconds(writtenAfter)} s for the writes (${perSecond(count, writtenAfter)} objects/s)`,
    `in ${members === 1 ? '1 cluster' : `all ${members} clusters`} ${seconds(propagatedAfter)} s after the first write (${perSecond(count, propagatedAfter)} objects/s)`,
    `an object took ${seconds(latency.half)} s (half of them), ${seconds(latency.most)} s (95 %), ${seconds(latency.slowest)} s (the slowest)`,
    '',
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
}

function perSecond(count: number, ms: number): number {
  return Math.round((count * 1000) / Math.max(1, ms));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > AT_MOST) {
    throw new InvalidArgumentError(`It is a number from 1 to ${AT_MOST}.`);
  }
  return count;
}
