import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { eventually } from './eventually.ts';
import { isAlive } from './lock-file.ts';
import { readState } from './supervisor.ts';

const run = promisify(execFile);
const MAIN = ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, 'main.ts')];

describe.runIf(inject('kubeconfig') !== '')('npm run kube', () => {
  let dir: string;

  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'fedmesh-main-')), 'set');
  });

  afterEach(async () => {
    await kube('down', '--dir', dir);
    await rm(join(dir, '..'), { recursive: true });
  });

  async function kube(...args: string[]): Promise<string> {
    return (await run(process.execPath, [...MAIN, ...args])).stdout;
  }

  const up = (...more: string[]) => kube('up', 'mars', '--controllers', 'none', '--dir', dir, ...more);

  it('up returns with a kubeconfig that only its owner can read; verbs act from another process; down ends all', async () => {
    const kubeconfig = join(dir, 'own.kubeconfig');
    const said = await up('--kubeconfig', kubeconfig);
    expect(said).toContain(`export KUBECONFIG=${kubeconfig}\nkubectl --context mars get namespaces\n`);
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
    const kubectl = (...args: string[]) => run('kubectl', ['--kubeconfig', kubeconfig, ...args]);
    expect((await kubectl('create', 'configmap', 'lasting')).stdout).toContain('created');
    const { pid = 0 } = (await readState(dir)) ?? {};
    expect(isAlive(pid)).toBe(true);

    expect(await kube('kill', 'mars', '--dir', dir)).toMatch(/^mars +https:\/\/127\.0\.0\.1:\d+ +stopped$/m);
    expect(await kube('start', 'mars', '--dir', dir)).toContain('running');
    expect(await kube('hang', 'mars', '--dir', dir)).toContain('hanging');
    expect(await kube('status', '--dir', dir)).toContain('hanging');
    expect(await kube('start', 'mars', '--dir', dir)).toContain('running');
    expect((await kubectl('get', 'configmap', 'lasting', '-o', 'name')).stdout).toBe('configmap/lasting\n');
    await expect(kube('kill', 'luna', '--dir', dir)).rejects.toMatchObject({ stderr: expect.stringContaining('luna') });
    await expect(up()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('up already') });

    expect(await kube('down', '--dir', dir)).toBe('Stopped.\n');
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(kubeconfig)).toBe(false);
    expect(await kube('down', '--dir', dir)).toBe('No control planes are up.\n');
  });

  it('a supervisor killed with SIGKILL takes them along, and status knows', async () => {
    const said = await up();
    const planePid = Number(/pid (\d+)/.exec(said)?.[1]);
    const { pid = 0 } = (await readState(dir)) ?? {};
    expect(isAlive(planePid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await eventually(
      'the end of the API server',
      () => isAlive(planePid),
      (alive) => !alive,
      { withinMs: 60_000 },
    );
    await expect(kube('status', '--dir', dir)).rejects.toMatchObject({
      stderr: "kube: no control planes are up; 'npm run kube -- up host earth vulcan' starts them\n",
    });
  });

  it('in the foreground they stay until interrupted', async () => {
    const args = [...MAIN, 'up', 'mars', '--controllers', 'none', '--dir', dir, '--foreground'];
    const foreground = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: foreground.stdout }), 'line');
    const planePid = Number(/pid (\d+)/.exec(line)?.[1]);
    expect(isAlive(planePid)).toBe(true);
    foreground.kill('SIGINT');
    foreground.kill('SIGINT');
    const [code] = await once(foreground, 'exit');
    expect(code).toBe(0);
    expect(isAlive(planePid)).toBe(false);
    expect(await readState(dir)).toBeUndefined();
  });

  it('a start that fails says why on stderr', async () => {
    await mkdir(join(dir, 'planes'), { recursive: true });
    await writeFile(join(dir, 'planes', 'mine'), '');
    await expect(up()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('planes is not empty') });
    expect(await readdir(join(dir, 'planes'))).toEqual(['mine']);
  });
});
