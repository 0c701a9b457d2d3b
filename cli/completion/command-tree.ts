import type { Command, Option } from 'commander';

/** What a shell needs to know of one flag. */
export interface FlagNode {
  /** `-n` and `--namespace`, whichever there are. */
  readonly names: readonly string[];
  readonly description: string;
  /** Whether a word follows it. */
  readonly takesValue: boolean;
  /** The words that may follow, where they are fixed. */
  readonly choices: readonly string[];
  /** The value is a file. */
  readonly isFile: boolean;
}

export interface CommandNode {
  readonly name: string;
  readonly description: string;
  /** Its own flags and those of every command above it. */
  readonly flags: readonly FlagNode[];
  readonly commands: readonly CommandNode[];
  /** Fixed words that its first argument may be. */
  readonly words: readonly string[];
}

/** The tree below a commander program as plain data. */
export function commandTreeOf(program: Command): CommandNode {
  return nodeOf(program, []);
}

/** Every command with the words that lead to it, parents first: `[]`, `['orphaning-deletion']`, `['orphaning-deletion', 'enable']`. */
export function* walk(
  node: CommandNode,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; node: CommandNode }> {
  yield { path, node };
  for (const child of node.commands) yield* walk(child, [...path, child.name]);
}

function nodeOf(command: Command, inherited: readonly FlagNode[]): CommandNode {
  const flags = [...command.options.filter((option) => !option.hidden).map(flagOf), ...inherited];
  return {
    name: command.name(),
    description: command.description(),
    flags,
    commands: command.commands.map((child) => nodeOf(child, flags)),
    words: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function flagOf(option: Option): FlagNode {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    isFile: /<file>/.test(option.flags),
  };
}
