import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isKnown, NO_ANSWER } from './fuzz-known.ts';
import { type Request, requests } from './fuzz-requests.ts';
import { makeWorld } from './fuzz-world.ts';
import { type RunningServer, startPair } from './servers.ts';
import { type Answer, Wire } from './wire.ts';

/** The same requests each time. `FUZZ_SEED` asks others, `FUZZ_RUNS` more of them. */
const seed = Number(process.env.FUZZ_SEED ?? 20_260_721);
const numRuns = Number(process.env.FUZZ_RUNS ?? 2000);
const PATIENCE_MS = 600_000;
/** Longer than a real server lets any request go on. */
const ANSWER_WITHIN_MS = 90_000;

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
          const [real, embedded] = await Promise.all(wires.map((entry) => answerTo(entry, request)));
          if (real === undefined || embedded === undefined) throw new Error('two servers were to answer');
          if (real.code !== embedded.code && isKnown(request, real, embedded)) return;
          const told = `${request.method} ${request.path}\n- ${real.text}\n+ ${embedded.text}`;
          expect(embedded.code, told).toBe(real.code);
        }),
        { seed, numRuns, endOnFailure: false },
      );
    },
    PATIENCE_MS,
  );
});

/** @throws {Error} there was none within the time */
async function answerTo({ wire, token }: { wire: Wire; token: string }, request: Request): Promise<Answer> {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const patience = AbortSignal.timeout(ANSWER_WITHIN_MS);
  let response: IncomingMessage;
  try {
    response = await wire.open({ ...request, headers }, patience);
  } catch (error) {
    if (patience.aborted) throw new Error(`no answer in time: ${request.method} ${request.path}`, { cause: error });
    return { code: NO_ANSWER, headers: {}, text: `no answer: ${String(error)}` };
  }
  const { statusCode: code = NO_ANSWER } = response;
  // What a refusal says is read, to tell it from others; a watch would go on.
  const isRefusal = code >= 400 && response.headers['content-length'] !== undefined;
  if (isRefusal) return { code, headers: response.headers, text: await text(response) };
  if (response.headers['content-length'] !== undefined) response.resume();
  else response.destroy();
  return { code, headers: response.headers, text: '' };
}
