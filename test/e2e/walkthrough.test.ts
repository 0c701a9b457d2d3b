import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';
import { kubectl, run, succeed } from './processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the page tells a person to type, in its order. */
async function commandsOf(page: string): Promise<string> {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((block) => block[1]).join('\n');
}

describe.runIf(inject('kubeconfig') !== '')('docs/walkthrough.md', () => {
  let planes: ControlPlanes<'earth' | 'vulcan'>;
  let directory: string;

  beforeAll(async () => {
    planes = await startControlPlanes({ names: ['earth', 'vulcan'] });
    directory = await mkdtemp(join(tmpdir(), 'fedmesh-walkthrough-'));
    const bin = join(directory, 'bin');
    await mkdir(bin);
    for (const [name, script] of [
      ['fedctl', 'cli'],
      ['fedmesh-controller', 'controller'],
    ] as const) {
      await writeFile(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}dist/${script}/main.js" "$@"\n`);
      await chmod(join(bin, name), 0o755);
    }
    await symlink(join(ROOT, 'samples'), join(directory, 'samples'));
  });

  afterAll(async () => {
    await planes?.close();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  const everything = async (context: string) => {
    const args = ['--context', context, 'get', 'namespaces,clusterroles,clusterrolebindings,crds', '-o', 'name'];
    return (await succeed(kubectl(planes.kubeconfigPath, args))).trim().split('\n').sort();
  };

  it('takes a person from two empty clusters to a federation and back, and leaves nothing behind', async () => {
    const before = { earth: await everything('earth'), vulcan: await everything('vulcan') };
    const script = `set -euo pipefail; trap 'kill $(jobs -p) 2> /dev/null || true' EXIT; cd "${directory}"\n${await commandsOf('docs/walkthrough.md')}`;
    const env = {
      KUBECONFIG: planes.kubeconfigPath,
      KUBECACHEDIR: join(directory, 'cache'),
      PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
    };
    const { code, stdout, stderr } = await run('bash', ['-c', script], { env, timeoutMs: 280_000 });
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(/^blue$/m);
    // What step 6 made is the person's own.
    expect(await everything('earth')).toEqual([...before.earth, 'namespace/demo', 'namespace/fedtestns'].sort());
    expect(await everything('vulcan')).toEqual(before.vulcan);
  });
});
