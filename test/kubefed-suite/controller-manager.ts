import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONTROLLER = fileURLToPath(new URL('../../dist/controller/main.js', import.meta.url));

/** KubeFed logs text: a line of Fedmesh's JSON is the same sentence in quotes. */
const AS_TEXT = `
function textOf(line) {
  try {
    return JSON.parse(line).msg ?? line;
  } catch {
    return line; // not of the log: as it is
  }
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(textOf(line) + '\\n');
});`;

/**
 * A directory for the PATH, where `controller-manager`, which some specs start, is Fedmesh's. The process is the controller
 * itself, so that the suite may kill it; it listens nowhere, as several of them run at a time on one machine.
 */
export async function controllerManagerIn(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'as-text.cjs'), AS_TEXT);
  const node = quoted(process.execPath);
  const script = `#!/usr/bin/env bash
exec ${node} ${quoted(CONTROLLER)} "$@" --healthz-addr=0 --metrics-addr=0 --webhook-port=0 \\
  2> >(exec ${node} ${quoted(join(directory, 'as-text.cjs'))} >&2)
`;
  await writeFile(join(directory, 'controller-manager'), script, { mode: 0o755 });
  return directory;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
