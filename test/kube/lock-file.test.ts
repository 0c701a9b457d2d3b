import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from './lock-file.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fedmesh-lock-'));
  file = join(dir, 'some', 'built.lock');
});

afterEach(() => rm(dir, { recursive: true }));

it('two builders take turns, and leave nothing behind', async () => {
  const seen: string[] = [];
  const reports: string[] = [];
  let second: Promise<void> | undefined;
  await withLock(file, { report: (line) => reports.push(line) }, async () => {
    seen.push('the first starts');
    await new Promise<void>((waiting) => {
      const report = (line: string) => {
        reports.push(line);
        waiting();
      };
      second = withLock(file, { report }, async () => {
        seen.push('the second builds');
      });
    });
    seen.push('the first ends');
  });
  await second;

  expect(seen).toEqual(['the first starts', 'the first ends', 'the second builds']);
  expect(reports).toEqual([`waiting for process ${process.pid}, which holds ${file}`]);
  expect(await readdir(join(dir, 'some'))).toEqual([]);
});

it('a lock whose holder was killed is taken over', async () => {
  const holder = spawn('sleep', ['60']);
  await once(holder, 'spawn');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  file = join(dir, 'built.lock');
  await writeFile(file, `${holder.pid}\n`);

  const reports: string[] = [];
  expect(await withLock(file, { report: (line) => reports.push(line) }, async () => 'built')).toBe('built');
  expect(reports).toEqual([`taking over ${file}: process ${holder.pid}, which held it, is gone`]);
});

it('a failed build gives the lock back', async () => {
  const options = { report: () => undefined };
  await expect(withLock(file, options, () => Promise.reject(new Error('no space left')))).rejects.toThrow(
    'no space left',
  );
  expect(await withLock(file, options, async () => 'built')).toBe('built');
});
