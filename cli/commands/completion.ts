import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { commandTreeOf } from '../completion/command-tree.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import type { CliContext } from '../context.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof SCRIPTS;

/** Prints a script that asks nobody anything: it holds the whole command tree. */
export function register(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
Examples:
  source <(fedctl completion bash)
  fedctl completion zsh > "\${fpath[1]}/_fedctl"
  fedctl completion fish > ~/.config/fish/completions/fedctl.fish`,
    )
    .action((shell: Shell) => {
      context.stdout.write(SCRIPTS[shell](commandTreeOf(program)));
    });
}
