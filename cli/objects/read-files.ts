import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { CliContext } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { readObjects } from '../input.ts';

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** The objects of files, folders (their YAML and JSON, in the order of names) and standard input (`-`), in that order. */
export async function readAll(
  context: CliContext,
  paths: readonly string[],
  options: { recursive: boolean },
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const path of paths) {
    for (const file of await filesOf(path, options.recursive)) objects.push(...(await readObjects(context, file)));
  }
  return objects;
}

async function filesOf(path: string, recursive: boolean): Promise<string[]> {
  if (path === '-') return [path];
  const found = await stat(path).catch((cause: unknown) => {
    throw new CliError(`${path} cannot be read: there is no such file or folder`, { cause });
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive });
  const files = entries
    .filter((entry) => entry.isFile() && EXTENSIONS.some((extension) => entry.name.endsWith(extension)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) {
    throw usageError(
      `${path} holds no ${EXTENSIONS.join(', ')} file`,
      recursive ? undefined : '-R looks in folders below',
    );
  }
  return files;
}
