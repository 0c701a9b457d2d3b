import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generatedFiles } from './files.ts';
import { differenceAt, generateAt } from './tree.ts';

const CLUSTERS = 'manifests/crds/core.kubefed.io_kubefedclusters.yaml';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fedmesh-generate-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('generated files', () => {
  test('are all written into an empty tree, and then nothing is left to write', async () => {
    expect((await generateAt(root)).stale).toEqual([...generatedFiles().keys()]);
    expect(await differenceAt(root)).toEqual({ stale: [], orphans: [] });
    expect(await readFile(join(root, CLUSTERS), 'utf8')).toMatch(/^# Generated .* `npm run generate`/);
  });

  test('one that was edited by hand is found, and mended', async () => {
    await generateAt(root);
    await appendFile(join(root, CLUSTERS), '# my own change\n');
    expect(await differenceAt(root)).toEqual({ stale: [CLUSTERS], orphans: [] });
    await generateAt(root);
    expect(await differenceAt(root)).toEqual({ stale: [], orphans: [] });
  });

  test('one whose source is gone is found, and removed', async () => {
    await generateAt(root);
    await writeFile(join(root, 'manifests/crds/old.yaml'), '');
    expect(await differenceAt(root)).toEqual({ stale: [], orphans: ['manifests/crds/old.yaml'] });
    await generateAt(root);
    expect(await differenceAt(root)).toEqual({ stale: [], orphans: [] });
  });
});
