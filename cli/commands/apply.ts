import type { Command } from 'commander';
import { outcomeLine } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { EXIT, usageError } from '../exit.ts';
import { Applier } from '../objects/apply-objects.ts';
import { readAll } from '../objects/read-files.ts';
import { addTargetOptions, openTarget, type TargetFlags } from '../objects/target.ts';
import { describeError } from '../output/errors.ts';
import { outputFormat, toJsonObjects, toYamlStream } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';

interface ApplyFlags extends TargetFlags {
  filename?: string[];
  recursive?: boolean;
  forceConflicts?: boolean;
}

export function register(program: Command, context: CliContext): void {
  addTargetOptions(
    program
      .command('apply')
      .description('make objects in a cluster be as files say (server-side apply)')
      .option('-f, --filename <file...>', 'files, folders, - for standard input')
      .option('-R, --recursive', 'folders with all below them')
      .option('--force-conflicts', 'take over fields that somebody else owns'),
  )
    .addHelpText('after', '\nOutput formats (-o): lines by default, name, json, yaml.')
    .action((flags: ApplyFlags) => apply(context, flags));
}

async function apply(context: CliContext, flags: ApplyFlags): Promise<void> {
  const format = outputFormat(context, ['text', 'name', 'json', 'yaml']);
  if (flags.filename === undefined) throw usageError('which file?', 'fedctl apply -f FILE, -f FOLDER or -f -');
  const objects = await readAll(context, flags.filename, { recursive: flags.recursive === true });
  const target = await openTarget(context, flags);
  const { dryRun } = context.options;
  const { signal, clock } = context;
  const progress = createProgress(context, { structuredOutput: format === 'json' || format === 'yaml' });
  const applier = new Applier(target, { signal, clock, dryRun, force: flags.forceConflicts === true });
  const applied: unknown[] = [];
  // One that fails does not keep the others from being applied, as with kubectl.
  for (const object of objects) {
    try {
      const { resource, outcome, object: answer } = await applier.apply(object);
      applied.push(answer);
      const line = outcomeLine(resource, answer.metadata, outcome, { dryRun });
      progress.line(format === 'name' ? (line.split(' ')[0] ?? '') : line);
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, hint, exitCode } = describeError(error, context);
      if (exitCode === EXIT.unreachable || objects.length === 1) throw error;
      context.stderr.write(`error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
      context.exitWith(EXIT.failed);
    }
  }
  if (format === 'json') context.stdout.write(toJsonObjects(applied));
  if (format === 'yaml') context.stdout.write(toYamlStream(applied));
}
