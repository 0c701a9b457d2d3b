import type { Client } from '../../controller/kube/client.ts';
import { type ControllerPresence, readPresence } from '../../controller/runtime/presence.ts';
import type { CliContext } from '../context.ts';
import { humanDuration } from '../output/age.ts';
import type { ControllerReport } from './model.ts';

/** Whether a controller lives for this control plane, as it says itself on the host. */
export async function readController(context: CliContext, client: Client): Promise<ControllerReport> {
  const now = context.clock.now();
  const presence = await readPresence(client, context.options.kubefedNamespace, { signal: context.signal, now });
  const { running, ageSeconds } = presence;
  const lastSeen = ageSeconds === undefined ? {} : { lastSeen: new Date(now - ageSeconds * 1000).toISOString() };
  return { running, detail: describe(presence), ...lastSeen };
}

function describe({ running, holder, ageSeconds }: ControllerPresence): string {
  const where = holder?.split('_')[0] ?? '';
  if (running) return `on ${where}`;
  if (ageSeconds === undefined) return 'none has ever reported here';
  const ago = `${humanDuration(ageSeconds * 1000)} ago`;
  return holder === undefined ? `it was stopped ${ago}` : `the one on ${where} was last heard ${ago}`;
}
