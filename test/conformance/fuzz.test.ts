import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isKnown, NO_ANSWER } from './fuzz-known.ts';
import { type Request, requests } from './fuzz-requests.ts';
import { makeWorld } from './fuzz-world.ts';
import { type RunningServer, startPair } from './servers.ts';
import { Wire } from './wire.ts';

/** The same requests each time. `FUZZ_SEED` asks others, `FUZZ_RUNS` more of them. */
const seed = Number(process.env.FUZZ_SEED ?? 20_260_721);
const numRuns = Number(process.env.FUZZ_RUNS ?? 2000);
const PATIENCE_MS = 600_000;
const ANSWER_WITHIN_MS = 20_000;

describe.runIf(inject('realServers'))('requests that nobody should make', () => {
  const servers: RunningServer[] = [];
  const wires: { wire: Wire; token: string }[] = [];

  beforeAll(async () => {
    servers.push(...(await startPair()));
    for (const { target } of servers) wires.push({ wire: new Wire(target), token: target.token });
    await Promise.all(wires.map(({ wire, token }) => makeWorld(wire, token)));
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const { wire } of wires) wire.close();
    for (const server of servers) await server.close();
  });

  it(
    `get the status from the embedded server that they get from the real one (seed ${seed})`,
    async () => {
      process.stdout.write(`fuzz: ${numRuns} requests, FUZZ_SEED=${seed}\n`);
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const codes = await Promise.all(wires.map((entry) => statusOf(entry, request)));
          const [real = NO_ANSWER, embedded = NO_ANSWER] = codes;
          if (real !== embedded && isKnown(request, real, embedded)) return;
          expect(embedded, `${request.method} ${request.path}`).toBe(real);
        }),
        { seed, numRuns, endOnFailure: false },
      );
    },
    PATIENCE_MS,
  );
});

async function statusOf({ wire, token }: { wire: Wire; token: string }, request: Request): Promise<number> {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const response = await wire
    .open({ ...request, headers }, AbortSignal.timeout(ANSWER_WITHIN_MS))
    .catch(() => undefined);
  if (response === undefined) return NO_ANSWER;
  // A watch would go on.
  if (response.headers['content-length'] !== undefined) response.resume();
  else response.destroy();
  return response.statusCode ?? NO_ANSWER;
}
