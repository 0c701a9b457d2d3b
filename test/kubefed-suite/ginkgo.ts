import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { resultOf, type SpecResult, type Summary } from './specs.ts';

export interface GinkgoRun {
  /** A suite that was compiled with Ginkgo v1. */
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Processes that share the specs. */
  readonly nodes: number;
  /** Of the order in which they run. */
  readonly seed: number;
  readonly onResult: (result: SpecResult) => void;
  readonly signal?: AbortSignal;
}

export interface Finished {
  readonly results: readonly SpecResult[];
  /** What a process said that ended badly without a spec's fault. */
  readonly complaint: string;
}

const BEFORE_SUITE_PENDING = 1;
const BEFORE_SUITE_GONE = 4;

/**
 * Runs a suite and listens to it as Ginkgo's own command does: its processes tell a server here how each spec ended, and ask
 * it whose turn the next spec is (github.com/onsi/ginkgo v1.16.4, internal/remote).
 */
export async function runGinkgo(run: GinkgoRun): Promise<Finished> {
  const results: SpecResult[] = [];
  const alive = new Set<number>();
  let beforeSuite: unknown = { Data: null, State: BEFORE_SUITE_PENDING };
  let counter = 0;

  const add = (result: SpecResult | undefined) => {
    if (result === undefined) return;
    results.push(result);
    run.onResult(result);
  };
  /** Before and after the suite nothing but a failure is worth a line. */
  const addSetup = (summary: Summary | null, name: string) => {
    const result = summary === null ? undefined : resultOf(summary, name);
    if (result?.outcome === 'failed') add(result);
  };
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const body = request.method === 'POST' ? await json(request) : undefined;
    switch (request.url) {
      case '/SpecDidComplete':
        return add(resultOf(body as Summary));
      case '/BeforeSuiteDidRun':
        return addSetup(body as Summary | null, '[before the suite]');
      case '/AfterSuiteDidRun':
        return addSetup(body as Summary | null, '[after the suite]');
      case '/counter':
        return { index: counter++ };
      case '/BeforeSuiteState': {
        if (body !== undefined) beforeSuite = body;
        const pending = (beforeSuite as { State: number }).State === BEFORE_SUITE_PENDING;
        return pending && !alive.has(1) ? { Data: null, State: BEFORE_SUITE_GONE } : beforeSuite;
      }
      case '/RemoteAfterSuiteData':
        return { CanRun: [...alive].every((node) => node === 1) };
      default:
        return undefined;
    }
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (value) => response.end(value === undefined ? '' : JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const node = async (number: number): Promise<string> => {
    const child = spawn(run.binary, [...run.args, ...flags(run, number, address)], {
      env: run.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(run.signal === undefined ? {} : { signal: run.signal }),
    });
    let tail = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        tail = (tail + chunk.toString()).slice(-4096);
      });
    }
    const [code, signal] = await once(child, 'close').finally(() => alive.delete(number));
    return code === 0 ? '' : `process ${number} of the suite ended with ${code ?? signal}\n${tail.trim()}`;
  };
  try {
    const numbers = Array.from({ length: run.nodes }, (_, index) => index + 1);
    for (const number of numbers) alive.add(number);
    const complaints = await Promise.all(numbers.map(node));
    const blameless = results.every(({ outcome }) => outcome !== 'failed');
    return { results, complaint: blameless ? complaints.filter((text) => text !== '').join('\n') : '' };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function flags({ nodes, seed }: GinkgoRun, node: number, address: string): string[] {
  const parallel = { node, total: nodes, streamhost: address, ...(nodes > 1 ? { synchost: address } : {}) };
  return [
    ...Object.entries(parallel).map(([name, value]) => `-ginkgo.parallel.${name}=${value}`),
    // Sorts the specs before it shuffles them: what comes out of a Go map would be in another order in each process.
    '-ginkgo.randomizeAllSpecs',
    `-ginkgo.seed=${seed}`,
  ];
}
