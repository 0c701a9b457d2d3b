import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 250;

/**
 * Runs `work` while this process holds the lock file; waits while another process holds it. A lock whose
 * process has died is taken over. Two processes may take over the same dead lock in the same instant, so
 * what is done under it must still be right when done twice.
 */
export async function withLock<T>(
  file: string,
  { report, signal }: { report: (line: string) => void; signal?: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  await acquire(file, report, signal);
  try {
    return await work();
  } finally {
    await unlink(file).catch(ignoreMissing);
  }
}

async function acquire(file: string, report: (line: string) => void, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // A link of a written file, not an exclusive create: nobody ever sees a lock that does not name its holder yet.
  const claim = `${file}.${randomUUID()}`;
  await writeFile(claim, `${process.pid}\n`);
  try {
    let waitingFor: number | undefined;
    for (;;) {
      signal?.throwIfAborted();
      if (await linked(claim, file)) return;
      const holder = await holderOf(file);
      if (holder === undefined) continue; // released in between
      if (!isAlive(holder)) {
        report(`taking over ${file}: process ${holder}, which held it, is gone`);
        await unlink(file).catch(ignoreMissing);
        continue;
      }
      if (holder !== waitingFor) report(`waiting for process ${holder}, which holds ${file}`);
      waitingFor = holder;
      await delay(LOOK_AGAIN_MS, undefined, signal ? { signal } : {});
    }
  } finally {
    await unlink(claim);
  }
}

async function linked(claim: string, file: string): Promise<boolean> {
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing);
  return text === undefined ? undefined : Number(text);
}

/** Whether a process with this id exists, be it ours to signal or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
