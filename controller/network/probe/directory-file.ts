import { readFile } from 'node:fs/promises';
import type { Clock } from '../../time/clock.ts';
import { type ProbeDirectory, parseDirectory } from './directory.ts';

/** kubelet swaps a link when a ConfigMap changes, of which file watchers learn nothing. */
const LOOK_MS = 2_000;

/** Reads a mounted directory now and whenever it has changed, until the returned function is called. */
export function followDirectory(
  file: string,
  clock: Clock,
  use: (directory: ProbeDirectory | string) => void,
): () => void {
  let last: string | undefined;
  let cancel: (() => void) | undefined;
  let stopped = false;
  const look = async () => {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
    if (stopped) return;
    if (typeof text !== 'string') {
      last = undefined;
      use(`${file} cannot be read: ${text.message}`);
    } else if (text !== last) {
      last = text;
      const directory = parseDirectory(text);
      use(typeof directory === 'string' ? `${file} ${directory}` : directory);
    }
    cancel = clock.after(LOOK_MS, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    cancel?.();
  };
}
