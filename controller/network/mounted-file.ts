import { readFile } from 'node:fs/promises';
import type { Clock } from '../time/clock.ts';

/** kubelet swaps a link when a ConfigMap changes, of which file watchers learn nothing. */
const LOOK_MS = 2_000;

/**
 * Reads a mounted file now and whenever it has changed, until the returned function is called. `use` gets what was read, or what is wrong with
 * it: `parse` answers with a string then.
 */
export function followFile<Content extends object>(
  file: string,
  clock: Clock,
  parse: (text: string) => Content | string,
  use: (content: Content | string) => void,
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
      const content = parse(text);
      use(typeof content === 'string' ? `${file} ${content}` : content);
    }
    cancel = clock.after(LOOK_MS, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    cancel?.();
  };
}
