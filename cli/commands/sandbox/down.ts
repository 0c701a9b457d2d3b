import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import { sleep } from '../../../controller/time/clock.ts';
import type { CliContext } from '../../context.ts';
import { CliError } from '../../exit.ts';
import { createProgress } from '../../output/progress.ts';
import { presenceOf, SandboxClient } from '../../sandbox/control/client.ts';
import { readState, removeTraces } from '../../sandbox/control/state-file.ts';
import { addNameOption, directoryOf, type NamedSandbox } from './running.ts';

const POLL_MS = 50;
const CLOSED_WITHIN_MS = 60_000;

export function register(sandbox: Command, context: CliContext): void {
  addNameOption(sandbox.command('down'))
    .description('end a sandbox, or clean up after one that was killed')
    .action((options: NamedSandbox) => down(context, options));
}

async function down(context: CliContext, options: NamedSandbox): Promise<void> {
  const directory = directoryOf(context, options);
  const progress = createProgress(context);
  const state = await readState(directory);
  if (state === undefined) {
    // A start that was killed may have left a directory without a state.
    await removeTraces(directory, undefined);
    progress.line(`no sandbox "${options.name}" is running`);
    return;
  }
  const presence = await presenceOf(state);
  if (presence === 'gone') {
    await removeTraces(directory, state);
    progress.line(`the sandbox "${options.name}" was killed; what it left is removed`);
    return;
  }
  if (presence === 'silent') {
    throw new CliError(`the sandbox "${options.name}" (process ${state.pid}) does not answer`, {
      hint: `kill -9 ${state.pid} ends it; then run the command again`,
    });
  }
  await new SandboxClient(state).close();
  await progress.during('waiting until everything has ended', () => untilGone(context, directory, state.pid));
  progress.line(`the sandbox "${options.name}" has ended`);
}

async function untilGone(context: CliContext, directory: string, pid: number): Promise<void> {
  const { clock, signal } = context;
  const deadline = clock.monotonic() + CLOSED_WITHIN_MS;
  while ((await exists(directory)) || isAlive(pid)) {
    if (clock.monotonic() > deadline) {
      throw new CliError(`the sandbox has heard, and process ${pid} has not ended in ${CLOSED_WITHIN_MS / 1000} s`, {
        hint: `kill -9 ${pid} ends it; then run the command again`,
      });
    }
    await sleep(clock, POLL_MS, signal);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
