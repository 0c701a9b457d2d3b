import { type CommandNode, type FlagNode, walk } from './command-tree.ts';

export function fishScript(tree: CommandNode): string {
  const lines = [`# fish completion for ${tree.name}`, `complete -c ${tree.name} -f`];
  for (const { path, node } of walk(tree)) {
    const here = condition(path, node);
    for (const child of node.commands)
      lines.push(line(tree.name, here, `-a ${child.name} -d ${quote(child.description)}`));
    for (const word of node.words) lines.push(line(tree.name, here, `-a ${word}`));
    const parents = new Set(path.length === 0 ? [] : tree.flags.flatMap((flag) => flag.names));
    for (const flag of node.flags) {
      if (flag.names.some((name) => parents.has(name))) continue;
      lines.push(line(tree.name, path.length === 0 ? undefined : here, flagSpec(flag)));
    }
  }
  return `${lines.join('\n')}\n`;
}

function line(name: string, here: string | undefined, rest: string): string {
  return `complete -c ${name}${here === undefined ? '' : ` -n ${quote(here)}`} ${rest}`;
}

/** Holds where the words of `path` were typed, and none of the commands below them. */
function condition(path: readonly string[], node: CommandNode): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const below = node.commands.map((child) => child.name).join(' ');
  if (path.length === 0) return `not __fish_seen_subcommand_from ${below}`;
  return [...seen, ...(below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`])].join('; and ');
}

function flagSpec(flag: FlagNode): string {
  const names = flag.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = !flag.takesValue
    ? []
    : flag.choices.length > 0
      ? ['-x', `-a ${quote(flag.choices.join(' '))}`]
      : [flag.isFile ? '-r -F' : '-x'];
  return [...names, ...value, `-d ${quote(flag.description)}`].join(' ');
}

function quote(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}
