import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { findSandbox, type SandboxClient } from '../../sandbox/control/client.ts';
import { DEFAULT_SANDBOX, sandboxDirectory } from '../../sandbox/control/state-file.ts';

export interface NamedSandbox {
  name: string;
}

export function addNameOption(command: Command): Command {
  return command.option('--name <name>', 'tells one sandbox from another', DEFAULT_SANDBOX);
}

export function directoryOf(context: CliContext, { name }: NamedSandbox): string {
  return sandboxDirectory(context.environment, name);
}

/** @throws {CliError} none of that name runs */
export function runningSandbox(context: CliContext, options: NamedSandbox): Promise<SandboxClient> {
  return findSandbox(directoryOf(context, options), options.name);
}

/** The flag that names it, where it needs naming. */
export function nameFlag({ name }: NamedSandbox): string {
  return name === DEFAULT_SANDBOX ? '' : ` --name ${name}`;
}
