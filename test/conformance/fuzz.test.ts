import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { NAMESPACE, type Request, requests } from './fuzz-requests.ts';
import { configMap, service } from './objects.ts';
import { type RunningServer, startPair } from './servers.ts';
import { Wire } from './wire.ts';

/** `FUZZ_SEED` repeats a run, `FUZZ_RUNS` makes it longer. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.FUZZ_RUNS ?? 2000);
const PATIENCE_MS = 600_000;

describe.runIf(inject('realServers'))('requests that nobody should make', () => {
  const servers: RunningServer[] = [];
  const wires: { wire: Wire; token: string }[] = [];

  beforeAll(async () => {
    servers.push(...(await startPair()));
    for (const { target } of servers) {
      const wire = new Wire(target);
      wires.push({ wire, token: target.token });
      const made = await wire.send({
        method: 'POST',
        path: '/api/v1/namespaces',
        headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ metadata: { name: NAMESPACE } }),
      });
      expect(made.code).toBe(201);
    }
    for (const object of [configMap('one'), service('one')]) {
      const plural = 'data' in object ? 'configmaps' : 'services';
      for (const entry of wires) {
        const headers = { authorization: `Bearer ${entry.token}`, 'content-type': 'application/json' };
        const path = `/api/v1/namespaces/${NAMESPACE}/${plural}`;
        await entry.wire.send({ method: 'POST', path, headers, body: JSON.stringify(object) });
      }
    }
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
          expect(codes[1], `${request.method} ${request.path}`).toBe(codes[0]);
        }),
        { seed, numRuns, endOnFailure: false },
      );
    },
    PATIENCE_MS,
  );
});

async function statusOf({ wire, token }: { wire: Wire; token: string }, request: Request): Promise<number> {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const response = await wire.open({ ...request, headers }, AbortSignal.timeout(20_000));
  response.resume();
  return response.statusCode ?? 0;
}
