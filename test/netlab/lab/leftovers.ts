import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, output } from './execute.ts';

/** Names of all network namespaces that have one. */
export async function namespaces(): Promise<string[]> {
  const list = await output('ip', ['netns', 'list']);
  return list.split('\n').flatMap((line) => line.split(' ')[0] || []);
}

/** Ends the processes in these namespaces, and takes the namespaces away with all that is in them. Answers with the processes' ids. */
export async function removeNamespaces(names: readonly string[]): Promise<number[]> {
  const pids = (await Promise.all(names.map(processesIn))).flat();
  for (const pid of pids) end(pid);
  await Promise.all(names.map((name) => execute('ip', ['netns', 'delete', name])));
  return pids;
}

/** Removes what a run left that was killed before it could: its process is gone, the names tell which. */
export async function sweep(): Promise<void> {
  await removeNamespaces((await namespaces()).filter(isLeft));
  const folders = (await readdir(tmpdir())).filter(isLeft);
  await Promise.all(folders.map((folder) => rm(join(tmpdir(), folder), { recursive: true, force: true })));
}

function isLeft(name: string): boolean {
  const pid = /^fmlab-(\d+)-/.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

/** One that has ended, and whose parent has not looked yet, is not. */
export function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
    return state !== 'Z' && state !== 'X';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return false;
    throw error;
  }
}

/** Ids of the processes in a namespace. */
export async function processesIn(name: string): Promise<number[]> {
  const { code, stdout } = await execute('ip', ['netns', 'pids', name]);
  return code === 0 ? stdout.split('\n').filter(Boolean).map(Number) : [];
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It may have ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
