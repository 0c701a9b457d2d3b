import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeKubeconfig } from '../../cli/sandbox/kubeconfig.ts';
import { startWorkloads } from '../../cli/sandbox/workloads/workloads.ts';
import { createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
import { KUBECTL_SESSION, type KubectlStep } from './kubectl-session.ts';
import { type RunningServer, startPair } from './servers.ts';

const PATIENCE_MS = 300_000;

interface Output {
  readonly command: string;
  readonly exitCode: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

describe.runIf(inject('realServers'))('kubectl at the embedded API server and at the real one', () => {
  const servers: RunningServer[] = [];
  const closing: (() => Promise<void>)[] = [];
  let directory = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fedmesh-kubectl-'));
    servers.push(...(await startPair()));
    for (const { target } of servers) {
      await writeKubeconfig(join(directory, target.name), [
        { name: target.name, server: target.url, caPem: target.caPem, token: target.token },
      ]);
      await letPodsRun(target.name);
    }
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    for (const server of servers.reverse()) await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it(
    'says the same in a session of a day',
    async () => {
      const real = await session('real');
      const embedded = await session('embedded');
      expect(embedded).toEqual(real);
    },
    PATIENCE_MS,
  );

  /** Neither server has anybody who makes Pods and runs them. */
  async function letPodsRun(name: string): Promise<void> {
    const kubeconfig = await loadKubeconfig({ path: join(directory, name) });
    const client = createClient(endpointFor(kubeconfig, { context: name, cluster: name }));
    const { signal } = new AbortController();
    const workloads = await startWorkloads({ client, podCidr: '10.200.0.0/16', signal });
    closing.push(
      () => client.close(),
      () => workloads.close(),
    );
  }

  async function session(name: string): Promise<Output[]> {
    const target = servers.find((server) => server.target.name === name)?.target;
    const outputs: Output[] = [];
    for (const [file, content] of Object.entries(KUBECTL_SESSION.files))
      await writeFile(join(directory, file), content);
    for (const step of KUBECTL_SESSION.steps) outputs.push(await kubectl(name, step, target?.url ?? ''));
    return outputs;
  }

  function kubectl(name: string, step: KubectlStep, url: string): Promise<Output> {
    const args = [
      `--kubeconfig=${join(directory, name)}`,
      `--cache-dir=${join(directory, `cache-${name}`)}`,
      ...step.args,
    ];
    const env = { ...process.env, KUBE_EDITOR: KUBECTL_SESSION.editor };
    return new Promise((resolve) => {
      const child = execFile('kubectl', args, { cwd: directory, env, timeout: 60_000 }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code ?? 1);
        const shown = (text: string) => lines(text.replaceAll(url, '<server>').replaceAll(name, '<cluster>'), step);
        resolve({ command: step.args.join(' '), exitCode, stdout: shown(stdout), stderr: shown(stderr) });
      });
      child.stdin?.end(step.stdin ?? '');
    });
  }
});

/** What differs from run to run taken out: times, uids, versions, addresses, generated names, the widths of columns. */
function lines(text: string, step: KubectlStep): string[] {
  const plain = text
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>')
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g, '<time>')
    .replace(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}/g, '<time>')
    .replace(/\/tmp\/[\w./-]+/g, '<file>')
    .replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d+ \+0000/g, '<time>')
    .replace(/(resourceVersion[\\"]*: ?[\\"]*)\d+/g, '$1<version>')
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, '<address>')
    .replace(/\b[a-f0-9]{8,10}\b/g, '<hash>')
    .replace(/-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b/g, '-<hash>')
    .replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '-<suffix>')
    .replace(/\b3[0-2]\d{3}\b/g, '<port>')
    .replace(/\b\d+(\.\d+)?(ms|s)\b/g, '<seconds>')
    .replace(/[ \t]+/g, ' ')
    .split('\n')
    .map((line) => line.trimEnd());
  return step.unordered ? plain.sort() : plain;
}
