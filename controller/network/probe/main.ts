#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../../time/clock.ts';
import { followFile } from '../mounted-file.ts';
import { askOverHttp } from './ask.ts';
import { parseDirectory } from './directory.ts';
import { ProbeServer } from './probe-server.ts';
import { Prober } from './prober.ts';

/**
 * The probe that every member runs: it answers who it is, and asks the probes of all other members. It holds no credentials, talks to no API
 * server and needs nothing but Node. PROBE_CLUSTER names its member; PROBE_NODE, PROBE_NONCE (the Pod's UID), PROBE_PORT, PROBE_TARGETS (the
 * mounted list of whom to ask) and PROBE_TIMEOUT_MS may be left out.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const cluster = env.PROBE_CLUSTER ?? '';
  if (cluster === '') throw new Error('PROBE_CLUSTER is not set: a probe has to say which member it runs in');
  const identity = { cluster, node: env.PROBE_NODE ?? hostname(), nonce: env.PROBE_NONCE ?? randomUUID() };
  const timeoutMs = positive('PROBE_TIMEOUT_MS', env.PROBE_TIMEOUT_MS ?? '4000');
  const prober = new Prober({
    identity,
    ask: askOverHttp,
    clock: systemClock,
    random: Math.random,
    timeoutMs,
    concurrency: 32,
  });
  const server = new ProbeServer({ identity, prober });
  const port = await server.listen(positive('PROBE_PORT', env.PROBE_PORT ?? '8080'));
  const targets = env.PROBE_TARGETS ?? '/etc/fedmesh-probe/targets.json';
  const unfollow = followFile(targets, systemClock, parseDirectory, (directory) => prober.use(directory));
  process.stdout.write(`${JSON.stringify({ msg: 'probe answers', ...identity, port, targets })}\n`);
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      unfollow();
      void Promise.all([prober.close(), server.close()]);
    });
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name}=${text} is no positive number`);
  return value;
}

try {
  await main(process.env);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
