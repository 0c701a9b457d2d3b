import { sleep } from '../../controller/time/clock.ts';
import type { CliContext } from '../context.ts';
import { describeError } from '../output/errors.ts';
import { drawScreen, eraseScreen } from '../output/screen.ts';
import type { FederationStatus } from './model.ts';

const INTERVAL_MS = 2000;

/** Shows the status until Ctrl-C: redrawn in place on a terminal, else printed again whenever it changed. */
export async function watchStatus(
  context: CliContext,
  collect: () => Promise<FederationStatus>,
  render: (seen: FederationStatus) => string,
  { redraw }: { redraw: boolean },
): Promise<void> {
  const inPlace = redraw && context.stdout.isTTY;
  let shown: string | undefined;
  if (inPlace) eraseScreen(context.stdout);
  while (!context.signal.aborted) {
    try {
      const seen = await collect();
      const fingerprint = fingerprintOf(seen);
      if (inPlace) drawScreen(context.stdout, render(seen));
      else if (fingerprint !== shown)
        context.stdout.write(`${shown === undefined || !redraw ? '' : '\n'}${render(seen)}`);
      shown = fingerprint;
    } catch (error) {
      if (context.signal.aborted) return;
      // The first look has to work; later the host may be away for a moment.
      if (shown === undefined) throw error;
      const { message } = describeError(error, context);
      if (inPlace) drawScreen(context.stdout, `${message}\n`);
      else context.stderr.write(`error: ${message}\n`);
    }
    await sleep(context.clock, INTERVAL_MS, context.signal).catch(stopWaiting);
  }
}

/** Only Ctrl-C ends a sleep early; the loop sees the signal. */
function stopWaiting(): void {}

/** What changes by itself does not count as a change. */
function fingerprintOf(seen: FederationStatus): string {
  const { lastSeen: _lastSeen, ...controller } = seen.controller;
  const clusters = seen.clusters.map(({ lastProbe: _lastProbe, ...cluster }) => cluster);
  return JSON.stringify({ ...seen, controller, clusters });
}
