import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttp } from '../../kube/testing/wire.ts';
import { systemClock } from '../../time/clock.ts';
import { FakeClock } from '../../time/testing/fake-clock.ts';
import { askOverHttp } from './ask.ts';
import type { ProbeDirectory } from './directory.ts';
import { ProbeServer } from './probe-server.ts';
import { Prober, type ProberOptions } from './prober.ts';
import type { ProbeReport } from './report.ts';

const never = new AbortController().signal;
const question = { big: false, timeoutMs: 2_000, signal: never };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function proberOf(cluster: string, more: Partial<ProberOptions> = {}): Prober {
  const identity = { cluster, node: `${cluster}-1`, nonce: `${cluster}-nonce` };
  const made = new Prober({
    identity,
    ask: askOverHttp,
    clock: systemClock,
    random: () => 0,
    timeoutMs: 300,
    concurrency: 4,
    ...more,
  });
  closers.push(() => made.close());
  return made;
}

/** A probe on an address of its own: all of 127.0.0.0/8 is this machine. */
async function probeAt(cluster: string, host: string, port = 0): Promise<{ prober: Prober; port: number }> {
  const prober = proberOf(cluster, { clock: new FakeClock() });
  const identity = { cluster, node: `${cluster}-1`, nonce: `${cluster}-nonce` };
  const server = new ProbeServer({ identity, prober });
  closers.push(() => server.close());
  return { prober, port: await server.listen(port, host) };
}

function directory(port: number, members: ProbeDirectory['members']): ProbeDirectory {
  return { version: 'v1', intervalMs: 60_000, perRound: 9, podPort: port, servicePort: port, members };
}

describe('a probe', () => {
  it('says who it is and whom it saw, small and in 4 KiB', async () => {
    const { port } = await probeAt('earth', '127.0.0.1');
    const answer = { cluster: 'earth', node: 'earth-1', nonce: 'earth-nonce', peer: '127.0.0.1' };

    expect(await askOverHttp({ ...question, address: '127.0.0.1', port })).toEqual({ ms: expect.any(Number), answer });
    expect(await askOverHttp({ ...question, address: '127.0.0.1', port, big: true })).toMatchObject({ answer });
  });

  it('tells a refusal, a silence and an answer of something else apart', async () => {
    const silent = net.createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const sockets: net.Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    const ask = (at: number) => askOverHttp({ ...question, timeoutMs: 100, address: '127.0.0.1', port: at });
    expect((await ask(port)).error).toBe('ETIMEDOUT');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    expect((await ask(port)).error).toBe('ECONNREFUSED');

    const other = await startHttp((_request, response) => response.end('<html>It works!</html>'));
    closers.push(() => other.close());
    expect((await ask(other.port)).error).toBe('EBADANSWER');
  });

  it('whose rounds take longer than their interval has one waiting, not one for each interval', async () => {
    const clock = new FakeClock();
    const asked: ((outcome: { ms: number; error: string }) => void)[] = [];
    const ask = () => new Promise<{ ms: number; error: string }>((resolve) => asked.push(resolve));
    const prober = proberOf('earth', { ask, clock });
    const members = [{ cluster: 'vulcan', pods: ['10.2.0.1'], services: [] }];
    prober.use({ ...directory(80, members), intervalMs: 1_000 });
    for (let interval = 0; interval < 9; interval++) {
      clock.advance(1_000);
      await setImmediate();
    }
    for (let rounds = 1; rounds <= 2; rounds++) {
      expect(asked).toHaveLength(rounds);
      asked.at(-1)?.({ ms: 9_000, error: 'ETIMEDOUT' });
      await setImmediate();
    }
    expect(asked).toHaveLength(2);
  });

  it('does not take a short answer for a big one', async () => {
    const answer = JSON.stringify({ cluster: 'earth', node: 'n', nonce: 'x', peer: 'p' });
    const short = await startHttp((request, response) => {
      request.resume();
      response.end(answer);
    });
    closers.push(() => short.close());

    const asked = await askOverHttp({ ...question, big: true, address: '127.0.0.1', port: short.port });
    expect(asked.error).toBe('EBADANSWER');
  });

  it('asks everybody but its own member, and serves what it has found', async () => {
    const { port } = await probeAt('vulcan', '127.0.2.1');
    const { prober } = await probeAt('earth', '127.0.1.1', port);
    prober.use(
      directory(port, [
        { cluster: 'earth', pods: ['127.0.1.1'], services: [] },
        { cluster: 'vulcan', pods: ['127.0.2.1', '127.0.2.9'], services: [] },
      ]),
    );

    const report = (await (await fetch(`http://127.0.1.1:${port}/results?round=all`)).json()) as ProbeReport;

    expect(report).toMatchObject({ cluster: 'earth', nonce: 'earth-nonce', sequence: 2, directory: 'v1' });
    expect(report.results.map(({ address, small }) => [address, small.answer?.cluster ?? small.error])).toEqual([
      ['127.0.2.1', 'vulcan'],
      ['127.0.2.9', 'ECONNREFUSED'],
    ]);
    const later = (await (await fetch(`http://127.0.1.1:${port}/results?after=2`)).json()) as ProbeReport;
    expect(later.results).toEqual([]);
  });

  it('keeps to a bound of questions that are open at once, and to one round at a time', async () => {
    let open = 0;
    let most = 0;
    const prober = proberOf('earth', {
      concurrency: 3,
      ask: async () => {
        open += 1;
        most = Math.max(most, open);
        await setImmediate();
        open -= 1;
        return { ms: 1, error: 'ECONNREFUSED' };
      },
    });
    const pods = Array.from({ length: 20 }, (_, index) => `10.2.0.${index}`);
    prober.use(directory(1, [{ cluster: 'vulcan', pods, services: [] }]));
    await Promise.all([prober.askAll(), prober.askAll()]);

    expect(most).toBe(3);
    expect(prober.report().sequence).toBe(20);
  });

  it('asks again at every interval, by the newest list that is one, and forgets who is no longer on it', async () => {
    const clock = new FakeClock();
    const asked: string[] = [];
    const prober = proberOf('earth', {
      clock,
      ask: async ({ address }) => {
        asked.push(address);
        return { ms: 1, error: 'ECONNREFUSED' };
      },
    });
    const settle = async () => {
      for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    };
    prober.use(directory(1, [{ cluster: 'vulcan', pods: ['10.2.0.1'], services: [] }]));
    clock.advance(0);
    await settle();
    prober.use('targets.json is no JSON');
    clock.advance(60_000);
    await settle();
    expect(asked).toEqual(['10.2.0.1', '10.2.0.1']);
    expect(prober.report()).toMatchObject({ directory: 'v1', directoryError: 'targets.json is no JSON' });

    prober.use({ ...directory(1, [{ cluster: 'mars', pods: ['10.3.0.1'], services: [] }]), version: 'v2' });
    clock.advance(0);
    await settle();
    expect(prober.report().results.map(({ address }) => address)).toEqual(['10.3.0.1']);
    expect(prober.report().directoryError).toBeUndefined();
  });

  it('runs by itself, with nothing but Node and a mounted list that may change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probe-'));
    closers.push(() => rm(folder, { recursive: true }));
    const { port } = await probeAt('vulcan', '127.0.2.1');
    const other = await probeAt('vulcan', '127.0.0.1');
    await other.prober.close();
    const targets = join(folder, 'targets.json');
    await writeFile(targets, 'not yet');
    const child = spawn(process.execPath, ['--import', 'tsx', new URL('main.ts', import.meta.url).pathname], {
      env: {
        PATH: process.env.PATH,
        PROBE_CLUSTER: 'earth',
        PROBE_PORT: String(await freePort()),
        PROBE_TARGETS: targets,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const own = JSON.parse(line.toString()) as { port: number; nonce: string };
    const results = async () =>
      (await (await fetch(`http://127.0.0.1:${own.port}/results?round=all`)).json()) as ProbeReport;
    const until = async (holds: (report: ProbeReport) => boolean): Promise<ProbeReport> => {
      const report = await results();
      return holds(report) ? report : until(holds);
    };
    const bad = await until(({ directoryError }) => directoryError !== undefined);
    expect(bad.directoryError).toContain(`${targets} is no JSON`);

    // As kubelet does it: another file takes the name.
    await writeFile(
      `${targets}.new`,
      JSON.stringify(directory(port, [{ cluster: 'vulcan', pods: ['127.0.2.1'], services: [] }])),
    );
    await rename(`${targets}.new`, targets);
    const { results: found } = await until(({ results: list }) => list.length > 0);
    expect(found[0]?.big?.answer).toMatchObject({ cluster: 'vulcan' });

    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
