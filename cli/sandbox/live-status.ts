import type { Client } from '../../controller/kube/client.ts';
import { sleep } from '../../controller/time/clock.ts';
import type { CliContext, Output } from '../context.ts';
import { collectStatus } from '../status/collect.ts';
import type { FederationStatus } from '../status/model.ts';
import { isWell } from '../status/problems.ts';
import { renderStatus } from '../status/render.ts';

const LOOK_AGAIN_MS = 100;

export interface LiveStatusOptions {
  /** How many federated objects there are to be. */
  readonly objects: number;
  readonly withinMs: number;
  readonly output: Output;
}

/**
 * Shows the status table while it fills: in place on a terminal, else again whenever something in it has moved on.
 *
 * @param context of the sandbox itself
 * @returns whether everything was propagated in time
 */
export async function showUntilPropagated(
  context: CliContext,
  client: Client,
  options: LiveStatusOptions,
): Promise<boolean> {
  const { clock, signal } = context;
  const deadline = clock.monotonic() + options.withinMs;
  const screen = new Screen(options.output);
  let shown = '';
  for (;;) {
    const seen = await collectStatus(context, client, {});
    const news = progressIn(seen);
    if (news !== shown) screen.show(renderStatus(seen, clock.now()));
    shown = news;
    if (isWell(seen) && seen.objects.length >= options.objects) return true;
    if (clock.monotonic() > deadline) return false;
    await sleep(clock, LOOK_AGAIN_MS, signal);
  }
}

/** What of a status is worth showing again when it changes: not ages and times. */
function progressIn({ controller, clusters, objects, services }: FederationStatus): string {
  return JSON.stringify([
    controller.running,
    clusters.map(({ name, ready }) => [name, ready]),
    objects.map(({ kind, name, propagation, clusters: places }) => [
      kind,
      name,
      propagation,
      places.map(({ ok }) => ok),
    ]),
    services.map(({ name, cluster, ports }) => [name, cluster, ports]),
  ]);
}

/** A text that is drawn over its former self where that is possible. */
class Screen {
  readonly #output: Output;
  #lines = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  show(text: string): void {
    const { isTTY, rows, columns } = this.#output;
    const lines = text.trimEnd().split('\n');
    const height = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
    const fits = height < rows;
    if (isTTY && this.#lines > 0) this.#output.write(`\u001b[${this.#lines}F\u001b[J`);
    this.#output.write(`${isTTY ? '' : '\n'}${lines.join('\n')}\n`);
    this.#lines = isTTY && fits ? height : 0;
  }
}
