import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuMs, median, memoryMb } from '../measures.ts';
import { type Row, table } from '../table.ts';
import { each, memberDeployment } from '../workload.ts';
import type { Ready } from './server-process.ts';

/**
 * `npm run bench:apiserver`: what the embedded API server costs beside a `node:https` server that only echoes, and how large
 * and how fast a thousand of them are. Requests per second of the server's own processor time: one core's worth.
 */

const { values: flags } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    members: { type: 'string', default: '1000' },
    output: { type: 'string', short: 'o', default: 'table' },
  },
});
const requests = Number(flags.requests);
const members = Number(flags.members);
const PARALLEL = 16;
const ROUNDS = 8;
const SERVER = fileURLToPath(new URL('server-process.ts', import.meta.url));
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

const note = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const rows = [...(await throughput()), ...(await scale())];
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else process.stdout.write(table(rows));
}

async function throughput(): Promise<Row[]> {
  const configMap = (n: number | string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `map-${n}`, namespace: 'default' },
    data: { text: 'x'.repeat(4_000) },
  });
  const deployment = (n: number) => memberDeployment('default', `web-${n}`);
  await using echo = await ServerProcess.start(['--echo']);
  await using embedded = await ServerProcess.start([]);
  await embedded.call('POST', CONFIG_MAPS, configMap('read'));
  const rows: Row[] = [];
  const compare = async (what: string, goal: string, of: (server: ServerProcess, n: number) => Promise<void>) => {
    note(what);
    const contestants = [echo, embedded].map((server) => ({ server, spent: [] as number[] }));
    // What compiling costs is no cost of a request; numbers below zero keep the names apart.
    for (const { server } of contestants) await each(requests / 2, PARALLEL, (n) => of(server, -1 - n));
    // In turns: whatever else the machine does slows both.
    const perRound = Math.ceil(requests / ROUNDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const contestant of contestants) {
        const { server } = contestant;
        const before = cpuMs(server.pid);
        await each(perRound, PARALLEL, (n) => of(server, round * perRound + n));
        contestant.spent.push(cpuMs(server.pid) - before);
      }
    }
    // The round in the middle: one that was disturbed says nothing.
    const [bare = Number.NaN, ours = Number.NaN] = contestants.map(({ spent }) => (perRound * 1000) / median(spent));
    rows.push({ what, bare, fedmesh: ours, ratio: `${(bare / ours).toFixed(2)} x`, goal });
  };
  await compare('GET of 4 KB, requests per CPU second', '<= 2 x', (server) =>
    server.call('GET', `${CONFIG_MAPS}/map-read`),
  );
  await compare('create a ConfigMap of 4 KB, requests per CPU second', '<= 3 x', (server, n) =>
    server.call('POST', CONFIG_MAPS, configMap(n < 0 ? `warm-${-n}` : n)),
  );
  await compare('create a Deployment of 1.5 KB, requests per CPU second', '', (server, n) => {
    const object = deployment(n);
    if (n < 0) object.metadata.name = `warm-${-n}`;
    return server.call('POST', DEPLOYMENTS, object);
  });
  return rows;
}

async function scale(): Promise<Row[]> {
  note(`${members} embedded members in one process`);
  await using many = await ServerProcess.start(['--servers', String(members)]);
  const idle = memoryMb(many.pid).now;
  await each(members, PARALLEL, async (n) => {
    await many.call('GET', '/readyz', undefined, n);
    await many.call('POST', CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } }, n);
  });
  const row = (what: string, value: number, goal: string): Row => ({
    what,
    bare: undefined,
    fedmesh: value,
    ratio: '',
    goal,
  });
  return [
    row(`start of ${members} members in one process, s`, many.ready.startedMs / 1000, '<= 30'),
    row(`resident memory of ${members} members, MB`, idle, '<= 2048'),
    row('the same after a write to each, MB', memoryMb(many.pid).now, '<= 2048'),
  ];
}

class ServerProcess {
  readonly ready: Ready;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #agent: https.Agent;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, ready: Ready) {
    this.#process = child;
    this.ready = ready;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: PARALLEL, maxTotalSockets: 64, ca: ready.caPem });
  }

  static async start(args: readonly string[]): Promise<ServerProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', SERVER, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of createInterface(child.stdout)) return new ServerProcess(child, JSON.parse(line) as Ready);
    throw new Error(`the server ended before it was ready (exit code ${child.exitCode})`);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the server was not started');
    return this.#process.pid;
  }

  /** Reads the whole answer. Rejects on a failure, so that no failed request counts as served. */
  async call(method: string, path: string, body?: object, index = 0): Promise<void> {
    const server = this.ready.servers[index];
    if (server === undefined) throw new Error(`there is no server ${index}`);
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const request = https.request(`${server.url}${path}`, { method, agent: this.#agent, headers });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(request, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    if (response.statusCode < 400) return;
    throw new Error(`${method} ${path}: ${response.statusCode} ${Buffer.concat(chunks).toString()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}

await main();
