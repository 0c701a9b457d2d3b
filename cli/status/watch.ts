import { sleep } from '../../controller/time/clock.ts';
import type { CliContext } from '../context.ts';
import { describeError } from '../output/errors.ts';
import type { FederationStatus } from './model.ts';

const INTERVAL_MS = 2000;
const HOME = '\u001b[H';
const ERASE_TO_END_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
const ERASE_ALL = '\u001b[2J';

/** Shows the status until Ctrl-C: redrawn in place on a terminal, else printed again whenever it changed. */
export async function watchStatus(
  context: CliContext,
  collect: () => Promise<FederationStatus>,
  render: (seen: FederationStatus) => string,
  { redraw }: { redraw: boolean },
): Promise<void> {
  const inPlace = redraw && context.stdout.isTTY;
  let shown: string | undefined;
  if (inPlace) context.stdout.write(ERASE_ALL);
  while (!context.signal.aborted) {
    try {
      const seen = await collect();
      const fingerprint = fingerprintOf(seen);
      if (inPlace) draw(context, render(seen));
      else if (fingerprint !== shown)
        context.stdout.write(`${shown === undefined || !redraw ? '' : '\n'}${render(seen)}`);
      shown = fingerprint;
    } catch (error) {
      if (context.signal.aborted) return;
      // The first look has to work; later the host may be away for a moment.
      if (shown === undefined) throw error;
      const { message } = describeError(error, context);
      if (inPlace) draw(context, `${message}\n`);
      else context.stderr.write(`error: ${message}\n`);
    }
    await sleep(context.clock, INTERVAL_MS, context.signal).catch(stopWaiting);
  }
}

/** Only Ctrl-C ends a sleep early; the loop sees the signal. */
function stopWaiting(): void {}

function draw(context: CliContext, text: string): void {
  const lines = text.split('\n');
  const visible = lines.slice(0, context.stdout.rows - 1);
  if (visible.length < lines.length) visible.push('… (the terminal has no more lines)');
  context.stdout.write(`${HOME}${visible.map((line) => line + ERASE_TO_END_OF_LINE).join('\n')}${ERASE_BELOW}`);
}

/** What changes by itself does not count as a change. */
function fingerprintOf(seen: FederationStatus): string {
  const { lastSeen: _lastSeen, ...controller } = seen.controller;
  const clusters = seen.clusters.map(({ lastProbe: _lastProbe, ...cluster }) => cluster);
  return JSON.stringify({ ...seen, controller, clusters });
}
