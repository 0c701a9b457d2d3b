import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../controller/kube/kubeconfig.ts';
import { CliError, usageError } from '../../exit.ts';
import { removeKubeconfig } from '../kubeconfig.ts';

/** How other commands find a running sandbox, from any terminal of the same person. */
export interface SandboxState {
  readonly pid: number;
  /** Of the control port, on loopback. */
  readonly url: string;
  readonly token: string;
  /** Those that were asked for elsewhere than in its directory: they go when it ends. */
  readonly kubeconfigs: readonly string[];
}

export const DEFAULT_SANDBOX = 'default';

/**
 * Where a sandbox keeps what it needs while it runs: `$XDG_CACHE_HOME/fedmesh/sandbox/NAME`, else below `~/.cache`. Only its
 * owner can look into it.
 */
export function sandboxDirectory(environment: Environment, name: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    throw usageError(`"${name}" cannot name a sandbox`, 'use lower-case letters, digits and dashes');
  }
  const home = environment.HOME || homedir();
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'fedmesh', 'sandbox', name);
}

function stateFile(directory: string): string {
  return join(directory, 'state.json');
}

/** What the last sandbox of this name said of itself; undefined when there is none. It may have been killed since. */
export async function readState(directory: string): Promise<SandboxState | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(directory), 'utf8')) as SandboxState;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CliError(`${stateFile(directory)} cannot be read`, {
      hint: `remove ${directory} once no sandbox runs`,
      cause: error,
    });
  }
}

/**
 * Makes the directory this process's own. The state appears whole or not at all, and one that is there is not overwritten.
 *
 * @returns false when another one has it.
 */
export async function claim(directory: string, state: SandboxState): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${stateFile(directory)}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  try {
    await link(draft, stateFile(directory));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Removes what a sandbox that has ended, or was killed, has left. */
export async function removeTraces(directory: string, state: SandboxState | undefined): Promise<void> {
  for (const file of state?.kubeconfigs ?? []) await removeKubeconfig(file);
  await rm(directory, { recursive: true, force: true });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
