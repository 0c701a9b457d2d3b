import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { get } from '../../cli/sandbox/envtest/component.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { eventually } from './eventually.ts';
import { isAlive } from './lock-file.ts';

const run = promisify(execFile);

describe.runIf(inject('kubeconfig') !== '')('control planes', () => {
  let control: ControlPlanes<'earth' | 'vulcan'>;

  beforeAll(async () => {
    control = await startControlPlanes({ names: ['earth', 'vulcan'], auditLog: true });
  });

  afterAll(() => control.close());

  async function kubectl(context: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('kubectl', ['--kubeconfig', control.kubeconfigPath, '--context', context, ...args]);
    return stdout;
  }

  it('kubectl reaches each by its context, and each holds its own objects', async () => {
    await kubectl('earth', 'create', 'configmap', 'only-here');
    expect(await kubectl('earth', 'get', 'namespaces', '-o', 'name')).toContain('namespace/default');
    expect(await kubectl('vulcan', 'get', 'configmaps', '-o', 'name')).not.toContain('only-here');
    const addressOf = (context: string) =>
      kubectl(context, 'get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}');
    expect(await Promise.all([addressOf('earth'), addressOf('vulcan')])).toEqual(['10.100.0.1', '10.101.0.1']);
  });

  it('controllers act: a namespace is emptied and goes, a new one gets its ServiceAccount', async () => {
    await kubectl('vulcan', 'create', 'namespace', 'short-lived');
    await eventually(
      'the default ServiceAccount',
      () => kubectl('vulcan', 'get', 'serviceaccounts', '-n', 'short-lived', '-o', 'name'),
      (names) => names.includes('serviceaccount/default'),
      { withinMs: 60_000 },
    );
    await kubectl('vulcan', 'delete', 'namespace', 'short-lived', '--timeout=120s');
  });

  it('a client certificate makes a user, and RBAC says what it may do', async () => {
    await kubectl('earth', 'create', 'clusterrolebinding', 'viewers', '--clusterrole=view', '--group=viewers');
    const { certPem, keyPem } = control.planes.earth.issueClientCertificate({
      commonName: 'ann',
      organizations: ['viewers'],
    });
    const ask = async (path: string): Promise<number | undefined> => {
      const url = `${control.planes.earth.server}${path}`;
      const asking = request(url, { agent: false, ca: control.planes.earth.caPem, cert: certPem, key: keyPem }).end();
      const [response] = await once(asking, 'response');
      response.resume();
      return response.statusCode;
    };
    await eventually(
      'the binding',
      () => ask('/api/v1/configmaps'),
      (status) => status === 200,
      { withinMs: 60_000 },
    );
    expect(await ask('/api/v1/secrets')).toBe(403);
  });

  it('one that hangs accepts and does not answer, the other goes on, and it answers again once resumed', async () => {
    const { earth, vulcan } = control.planes;
    const ready = (plane: typeof earth, timeoutMs: number) =>
      get(`${plane.server}/readyz`, {
        ca: plane.caPem,
        token: plane.adminToken,
        signal: AbortSignal.timeout(timeoutMs),
      });
    earth.hang();
    expect(earth.state).toBe('hanging');
    await expect(ready(earth, 1_000)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await ready(vulcan, 10_000)).status).toBe(200);
    earth.resume();
    expect((await ready(earth, 10_000)).status).toBe(200);
  });

  it('one that was killed refuses, and comes back on its port with its data', async () => {
    const { vulcan } = control.planes;
    await kubectl('vulcan', 'create', 'configmap', 'lasting', '--from-literal=answer=42');
    const { pid } = vulcan;
    await vulcan.kill();
    expect(vulcan.state).toBe('stopped');
    await expect(kubectl('vulcan', 'get', 'configmaps')).rejects.toThrow(/refused/);
    await vulcan.start();
    expect(vulcan.pid).not.toBe(pid);
    expect(await kubectl('vulcan', 'get', 'configmap', 'lasting', '-o', 'jsonpath={.data.answer}')).toBe('42');
  });

  it('a hanging one can be killed', async () => {
    const { vulcan } = control.planes;
    vulcan.hang();
    await vulcan.kill();
    expect(vulcan.pid).toBeUndefined();
    await vulcan.start();
    expect(vulcan.state).toBe('running');
  });

  it('the audit log names each answered request, and metrics count them', async () => {
    const { earth } = control.planes;
    await kubectl('earth', 'create', 'configmap', 'audited');
    const log = (await readFile(earth.auditLogPath ?? '', 'utf8')).trim().split('\n');
    const events: { verb: string; user: { username: string }; objectRef?: { name?: string } }[] = log.map((line) =>
      JSON.parse(line),
    );
    const created = events.filter(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'audited');
    expect(created.map(({ user }) => user.username)).toEqual(['admin']);
    expect(await earth.metricsText()).toMatch(/^apiserver_request_total\{.*resource="configmaps".*verb="POST"/m);
  });

  it('closing leaves no process and no directory', async () => {
    const own = await startControlPlanes({ names: ['mars'], controllers: 'none' });
    const { pid = 0 } = own.planes.mars;
    expect(isAlive(pid)).toBe(true);
    await Promise.all([own.close(), own.close()]);
    expect(isAlive(pid)).toBe(false);
    expect(await commandLinesWith(own.dir)).toEqual([]);
    expect(existsSync(own.dir)).toBe(false);
    await expect(own.planes.mars.start()).rejects.toThrow('closed');
  });

  it('a parent killed with SIGKILL takes all of it along', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'fedmesh-parent-'));
    const script = join(scratch, 'parent.mts');
    const library = join(import.meta.dirname, 'control-planes.ts');
    await writeFile(
      script,
      `import { startControlPlanes } from ${JSON.stringify(library)};
       const { dir, planes } = await startControlPlanes({ names: ['mars'] });
       planes.mars.hang();
       console.log(JSON.stringify({ dir, pids: [planes.mars.pid, planes.mars.controllerManagerPid] }));`,
    );
    const parent = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = await once(createInterface({ input: parent.stdout }), 'line');
      const started: { dir: string; pids: number[] } = JSON.parse(line);
      expect(started.pids.map(isAlive)).toEqual([true, true]);
      expect((await commandLinesWith(started.dir)).length).toBeGreaterThanOrEqual(4); // with etcd and the reaper
      parent.kill('SIGKILL');
      await eventually(
        'the end of all processes',
        () => commandLinesWith(started.dir),
        (left) => left.length === 0,
        {
          withinMs: 60_000,
        },
      );
      expect(existsSync(started.dir)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
      await rm(scratch, { recursive: true });
    }
  });

  it('a start that fails says why, with the end of the log, and leaves nothing behind', async () => {
    await inEmptyTemporaryDirectory(() =>
      expect(startControlPlanes({ names: ['mars', 'luna'], apiServerArgs: ['--no-such-flag'] })).rejects.toThrow(
        /kube-apiserver exited with 1\. The end of [\s\S]*unknown flag: --no-such-flag/,
      ),
    );
  });

  it('a start that is given up leaves nothing behind', async () => {
    await inEmptyTemporaryDirectory(() =>
      expect(
        startControlPlanes({ names: ['mars'], signal: AbortSignal.abort(new Error('interrupted')) }),
      ).rejects.toThrow(/interrupted/),
    );
  });

  it('what a person wrote is not overwritten', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'fedmesh-own-'));
    try {
      await expect(startControlPlanes({ names: ['mars'], dir: await filled(scratch) })).rejects.toThrow('is not empty');
      const kubeconfigPath = join(scratch, 'config');
      await expect(startControlPlanes({ names: ['mars'], controllers: 'none', kubeconfigPath })).rejects.toThrow(
        'exists and holds something else',
      );
      expect(await readFile(kubeconfigPath, 'utf8')).toBe('mine');
    } finally {
      await rm(scratch, { recursive: true });
    }
  });
});

it.each([[[]], [['Earth']], [['a', 'a']], [['etcd']]])('the names %j are refused', async (names: string[]) => {
  await expect(startControlPlanes({ names })).rejects.toThrow(/name/);
});

async function filled(directory: string): Promise<string> {
  await writeFile(join(directory, 'config'), 'mine');
  return directory;
}

/** For what must leave it as empty as it was. */
async function inEmptyTemporaryDirectory(work: () => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'fedmesh-empty-'));
  vi.stubEnv('TMPDIR', scratch);
  try {
    await work();
    expect(await readdir(scratch)).toEqual([]);
    expect(await commandLinesWith(scratch)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    await rm(scratch, { recursive: true });
  }
}

/** Command lines of all processes, of whichever parent, that mention the directory. A fresh Debian lacks `ps`. */
async function commandLinesWith(directory: string): Promise<string[]> {
  const lines = existsSync('/proc/self') ? await fromProc() : (await run('ps', ['-eo', 'args'])).stdout.split('\n');
  return lines.filter((line) => line.includes(directory));
}

async function fromProc(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const gone = () => ''; // it ended while we looked
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(gone)));
}
