import { readFile, rm, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

/** What one context needs; the context and its cluster bear the name, its user is `NAME-admin`. */
export interface KubeconfigEntry {
  name: string;
  server: string;
  caPem: string;
  token: string;
}

const MARK = '# Written by Fedmesh for control planes on this machine; it is overwritten without asking.\n';

/** A kubeconfig with a context per entry; the first one is the current context. */
export function kubeconfigText(entries: readonly KubeconfigEntry[]): string {
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: entries.map(({ name, server, caPem }) => ({
        name,
        cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
      })),
      users: entries.map(({ name, token }) => ({ name: `${name}-admin`, user: { token } })),
      contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: `${name}-admin` } })),
      'current-context': entries[0]?.name ?? '',
    },
    { lineWidth: 0 },
  );
}

/**
 * Writes a kubeconfig that only its owner can read.
 *
 * @throws when a file is there that somebody else wrote: a person's own kubeconfig is not lost to a typo.
 */
export async function writeKubeconfig(path: string, entries: readonly KubeconfigEntry[]): Promise<void> {
  const existing = await readIfThere(path);
  if (existing !== undefined && !existing.startsWith(MARK)) {
    throw new Error(`${path} exists and holds something else: name a new file`);
  }
  await writeFile(path, MARK + kubeconfigText(entries), { mode: 0o600 });
}

/** Removes a kubeconfig that was written here, and no other. */
export async function removeKubeconfig(path: string): Promise<void> {
  if ((await readIfThere(path))?.startsWith(MARK) === true) await rm(path, { force: true });
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
