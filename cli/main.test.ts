import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from './testing/run-fedctl.ts';

const execute = promisify(execFile);
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const FEDCTL = [process.execPath, '--import', TSX, MAIN];

describe('the fedctl program', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
  });
  afterEach(() => sandbox.close());

  it('is quiet when whoever reads it has seen enough', async () => {
    const command = `set -o pipefail; '${FEDCTL.join("' '")}' init --print --types kubefed | head -n 1`;

    const { stdout, stderr } = await execute('bash', ['-c', command]);

    expect(stdout).toBe('---\n');
    expect(stderr).toBe('');
  });

  it('prints all it has to print into a pipe before it ends', async () => {
    const [node = '', ...args] = FEDCTL;

    const { stdout } = await execute(node, [...args, 'init', '--print', '-o', 'json'], { maxBuffer: 1e8 });

    expect(JSON.parse(stdout)).toMatchObject({ kind: 'List' });
  });

  it('ends with 130 on Ctrl-C although a server never answers', async () => {
    const [node = '', ...args] = FEDCTL;
    sandbox.servers.host.answer(/./, 'hang');
    const child = spawn(node, [...args, 'status', '--kubeconfig', sandbox.kubeconfig], { stdio: 'pipe' });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    sandbox.servers.host.onRequest = () => child.kill('SIGINT');

    const [code] = await once(child, 'close');

    expect(code).toBe(130);
    expect(stderr).toBe('error: interrupted\nhint: run the same command again: it goes on from there\n');
  });

  it('goes by the name of kubefedctl too, for scripts that call that', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fedmesh-alias-'));
    const kubefedctl = join(directory, 'kubefedctl');
    await symlink(MAIN, kubefedctl);

    const { stdout } = await execute(process.execPath, ['--import', TSX, kubefedctl, 'version', '--client']);

    expect(stdout).toMatch(/^fedctl +\d/);
    await rm(directory, { recursive: true });
  });

  it('reads objects from standard input', async () => {
    const [node = '', ...args] = FEDCTL;
    const child = execute(node, [...args, 'federate', '-f', '-', '-o', 'json']);
    child.child.stdin?.end(
      '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: b }, data: { x: "1" } }',
    );

    expect(JSON.parse((await child).stdout)).toMatchObject({
      kind: 'FederatedConfigMap',
      metadata: { name: 'a', namespace: 'b' },
    });
  });
});
