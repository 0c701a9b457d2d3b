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

/** Removes what a run left that was killed before it could: its process is gone, the name tells which. */
export async function sweep(): Promise<void> {
  const left = (await namespaces()).filter((name) => {
    const pid = /^fmlab-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  await removeNamespaces(left);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function processesIn(name: string): Promise<number[]> {
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
