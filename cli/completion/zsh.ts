import { type CommandNode, type FlagNode, walk } from './command-tree.ts';

/** One function per command, for `_arguments`. */
export function zshScript(tree: CommandNode): string {
  const functions = [...walk(tree)].map(({ path, node }) => functionOf(tree.name, path, node));
  return `#compdef ${tree.name}
# zsh completion for ${tree.name}
${functions.join('\n')}
if [ "$funcstack[1]" = "_${tree.name}" ]; then
  _${tree.name} "$@"
else
  compdef _${tree.name} ${tree.name}
fi
`;
}

function functionOf(root: string, path: readonly string[], node: CommandNode): string {
  const name = nameOf(root, path);
  const flags = node.flags.map((flag) => `    ${flagSpec(flag)} \\`).join('\n');
  if (node.commands.length === 0) {
    const rest = node.words.length > 0 ? `'1:word:(${node.words.join(' ')})'` : "'*::arg:_default'";
    return `${name}() {\n  _arguments -s -S \\\n${flags}\n    ${rest}\n}`;
  }
  const commands = node.commands.map((child) => `    ${quote(`${child.name}:${child.description}`)}`).join('\n');
  const cases = node.commands
    .map((child) => `        ${child.name}) ${nameOf(root, [...path, child.name])} ;;`)
    .join('\n');
  return `${name}() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(
${commands}
  )
  _arguments -s -S -C \\
${flags}
    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command) _describe -t commands 'command' commands ;;
    rest)
      case $line[1] in
${cases}
      esac
      ;;
  esac
}`;
}

function flagSpec(flag: FlagNode): string {
  const value = flag.choices.length > 0 ? `(${flag.choices.join(' ')})` : flag.isFile ? '_files' : ' ';
  const tail = `[${flag.description.replace(/[[\]]/g, '')}]${flag.takesValue ? `:value:${value}` : ''}`;
  const exclusive = flag.names.length > 1 ? `${quote(`(${flag.names.join(' ')})`)}{${flag.names.join(',')}}` : '';
  return exclusive === '' ? quote(`${flag.names[0] ?? ''}${tail}`) : `${exclusive}${quote(tail)}`;
}

function nameOf(root: string, path: readonly string[]): string {
  return `_${[root, ...path].join('_').replace(/-/g, '_')}`;
}

function quote(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
