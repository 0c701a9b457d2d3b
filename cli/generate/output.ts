import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { type GeneratedFile, MADE_BY } from '../../controller/network/generate/generated-file.ts';
import type { CliContext } from '../context.ts';
import { refused, usageError } from '../exit.ts';
import { outputFormat, toJson } from '../output/format.ts';

export interface OutputOptions {
  outputDir?: string;
  force?: boolean;
}

export interface Generated {
  readonly files: readonly GeneratedFile[];
  /** What a person has to know or do besides. */
  readonly warnings: readonly string[];
  /** What scripts get besides the files. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export function withOutputOptions(command: Command): Command {
  return command
    .option('--output-dir <folder>', 'write files there instead of printing them')
    .option('--force', 'overwrite files that fedctl did not make')
    .addHelpText('after', '\nOutput formats (-o): text, json.');
}

/** Prints the files, or writes them: all of them or, where one would be lost that somebody else made, none. */
export async function emit(context: CliContext, generated: Generated, options: OutputOptions): Promise<void> {
  const format = outputFormat(context, ['text', 'json']);
  const { files, warnings, data } = generated;
  const written =
    options.outputDir === undefined ? undefined : await writeFiles(context, options.outputDir, files, options);
  for (const warning of warnings) context.stderr.write(`warning: ${warning}\n`);
  if (format === 'json') {
    const shown = files.map(({ path, mode, text }) => ({ path, mode: mode.toString(8), text }));
    context.stdout.write(toJson({ ...data, files: written ?? shown, warnings }));
  } else if (written === undefined) context.stdout.write(concatenated(files));
  else {
    const verb = (state: Written['state']) => (context.options.dryRun && state === 'written' ? 'to be written' : state);
    for (const { path, state } of written) context.stdout.write(`${path} ${verb(state)}\n`);
  }
}

/** A single file as it is, so that it can be piped on; several each under its name. */
function concatenated(files: readonly GeneratedFile[]): string {
  const [only] = files;
  if (files.length === 1 && only !== undefined) return only.text;
  return files.map(({ path, text }) => `# ---- ${path}\n${text}`).join('\n');
}

interface Written {
  readonly path: string;
  readonly state: 'written' | 'unchanged';
}

async function writeFiles(
  context: CliContext,
  folder: string,
  files: readonly GeneratedFile[],
  { force }: OutputOptions,
): Promise<Written[]> {
  if (folder === '') throw usageError('--output-dir names no folder', 'use . for the one you are in');
  const paths = files.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) < index);
  if (twice !== undefined)
    throw usageError(`two files would be ${twice}: names differ too little`, 'rename one of them');
  const present = await Promise.all(files.map(({ path }) => textOf(join(folder, path))));
  const foreign = files.filter((_, index) => {
    const text = present[index];
    return text !== undefined && text !== files[index]?.text && !text.includes(MADE_BY);
  });
  const [first] = foreign;
  if (first !== undefined && force !== true) {
    const more = foreign.length > 1 ? ` (and ${foreign.length - 1} more)` : '';
    throw refused(
      `${join(folder, first.path)}${more} is there, and fedctl did not make it: nothing was written`,
      'name another --output-dir, or --force to overwrite it',
    );
  }
  const written: Written[] = [];
  for (const [index, file] of files.entries()) {
    const path = join(folder, file.path);
    const same = present[index] === file.text;
    if (!same && !context.options.dryRun) await replace(path, file);
    written.push({ path, state: same ? 'unchanged' : 'written' });
  }
  return written;
}

/** What is in a file; undefined: there is none. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whoever reads it meanwhile sees the old or the new one, and nobody else a secret. */
async function replace(path: string, { text, mode }: GeneratedFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.fedctl-${process.pid}`;
  try {
    await writeFile(next, text, { mode, flag: 'wx' });
    await chmod(next, mode);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
