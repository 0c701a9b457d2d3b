import { type Command, InvalidArgumentError, Option } from 'commander';
import { sleep } from '../../controller/time/clock.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { describeError } from '../output/errors.ts';
import { outputFormat, toJson, toYaml } from '../output/format.ts';
import { drawScreen, eraseScreen } from '../output/screen.ts';
import { figuresOf } from '../top/figures.ts';
import { renderTop } from '../top/render.ts';
import { type Snapshot, snapshotOf } from '../top/snapshot.ts';
import { type MetricsSource, metricsSource } from '../top/source.ts';

interface TopOptions {
  metricsAddr?: string;
  once?: boolean;
  interval: number;
}

/** Propagation times are those of so many milliseconds, on a terminal that is watched. */
const WINDOW_MS = 5 * 60_000;

export function register(program: Command, context: CliContext): void {
  program
    .command('top')
    .description('how busy it is: lanes, requests and propagation times of each member, and how long its token lasts')
    .option('--metrics-addr <url>', 'where the controller serves its metrics (else its lease says so)')
    .option('--once', 'look twice, an interval apart, and end')
    .addOption(new Option('--interval <seconds>', 'time between two looks').argParser(positive).default(2))
    .addHelpText(
      'after',
      '\nOutput formats (-o): table, json, yaml. On a terminal the table is kept current until Ctrl-C; elsewhere, and in other formats, it is shown once.',
    )
    .action((options: TopOptions) => top(context, options));
}

async function top(context: CliContext, options: TopOptions): Promise<void> {
  const format = outputFormat(context, ['table', 'json', 'yaml']);
  const source = await metricsSource(context, options.metricsAddr);
  let recent = await look(context, source);
  const looks = [recent];
  const live = format === 'table' && options.once !== true && context.stdout.isTTY;
  if (live) eraseScreen(context.stdout);
  for (;;) {
    await sleep(context.clock, options.interval * 1000, context.signal).catch(stopWaiting);
    if (context.signal.aborted) return;
    try {
      const last = await look(context, source);
      while (looks.length > 1 && last.at - (looks[0]?.at ?? 0) > WINDOW_MS) looks.shift();
      const figures = figuresOf(looks[0] ?? recent, recent, last);
      looks.push(last);
      recent = last;
      const text =
        format === 'json' ? toJson(figures) : format === 'yaml' ? toYaml(figures) : renderTop(figures, source.where);
      if (!live) {
        context.stdout.write(text);
        return;
      }
      drawScreen(context.stdout, text);
    } catch (error) {
      // The first look has worked: another replica may be taking over.
      if (!live || context.signal.aborted) throw error;
      drawScreen(context.stdout, `${describeError(error, context).message}\n`);
    }
  }
}

async function look(context: CliContext, source: MetricsSource): Promise<Snapshot> {
  const text = await source.read();
  const snapshot = snapshotOf(text, context.clock.monotonic());
  if (snapshot === undefined) {
    throw new CliError(`${source.where} answers, but not with the metrics of a fedmesh-controller`, {
      hint: 'is --metrics-addr the address of something else?',
    });
  }
  if (!snapshot.leads) {
    throw new CliError(`the replica at ${source.where} does not lead, and knows nothing of the members`, {
      hint: 'leave --metrics-addr out, or name the replica that leads: `fedctl status` shows it',
      exitCode: EXIT.notWell,
    });
  }
  return snapshot;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0) || number > 3600) throw new InvalidArgumentError('It is a number of seconds above 0.');
  return number;
}

/** Only Ctrl-C ends a sleep early; the loop sees the signal. */
function stopWaiting(): void {}
