import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run, succeed } from './processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('whoever installs the package has all that a sandbox needs', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fedmesh-package-'));
  try {
    // Without its scripts: what they would build is built already.
    const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
    const [packed] = JSON.parse(await succeed(run('npm', packing)));
    await succeed(run('tar', ['-xzf', join(directory, packed.filename), '-C', directory]));
    const installed = join(directory, 'package');
    await symlink(join(ROOT, 'node_modules'), join(installed, 'node_modules'));

    const env = { HOME: directory, XDG_CACHE_HOME: join(directory, 'cache'), KUBECONFIG: '' };
    const fedctl = (args: string[]) => run(process.execPath, [join(installed, 'dist/cli/main.js'), ...args], { env });
    const up = ['sandbox', 'up', '--runtime', 'embedded', '--members', '1', '--once', '-o', 'json'];
    expect(JSON.parse(await succeed(fedctl(up)))).toMatchObject({ propagated: true });
    // No tests, no sources: what is run, what is applied, what is read.
    const folders = new Set(packed.files.map(({ path }: { path: string }) => path.split('/')[0]));
    expect([...folders].sort()).toEqual([
      'LICENSE',
      'README.md',
      'cli',
      'dist',
      'manifests',
      'package.json',
      'samples',
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
