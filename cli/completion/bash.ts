import { type CommandNode, walk } from './command-tree.ts';

/** Completes commands, flags, the fixed values of flags and file names. Needs bash alone, not the bash-completion package. */
export function bashScript(tree: CommandNode): string {
  const nodes = [...walk(tree)];
  const withWords = nodes.filter(({ node }) => node.commands.length > 0);
  const flags = [
    ...new Map(nodes.flatMap(({ node }) => node.flags).map((flag) => [flag.names.join('|'), flag])).values(),
  ];
  const valued = flags.filter((flag) => flag.takesValue);
  const chosen = flags.filter((flag) => flag.choices.length > 0);
  return `# bash completion for ${tree.name}
_${tree.name}() {
  local cur prev word path='' skip=0 i
  COMPREPLY=()
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${valued.flatMap((flag) => flag.names).join('|')}) skip=1 ;;
      -*) ;;
      *)
        case "$path/$word" in
          ${nodes
            .filter(({ path }) => path.length > 0)
            .map(({ path }) => `/${path.join('/')}`)
            .join('|')}) path="$path/$word" ;;
        esac
        ;;
    esac
  done
  case "$prev" in
${chosen.map((flag) => `    ${flag.names.join('|')}) COMPREPLY=($(compgen -W '${flag.choices.join(' ')}' -- "$cur")); return ;;`).join('\n')}
    ${valued
      .filter((flag) => flag.isFile)
      .flatMap((flag) => flag.names)
      .join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${valued
      .filter((flag) => !flag.isFile && flag.choices.length === 0)
      .flatMap((flag) => flag.names)
      .join('|')}) return ;;
  esac
  if [[ "$cur" == -* ]]; then
    case "$path" in
${nodes.map(({ path, node }) => `      '${slashed(path)}') COMPREPLY=($(compgen -W '${node.flags.flatMap((flag) => flag.names).join(' ')} --help' -- "$cur")) ;;`).join('\n')}
    esac
    return
  fi
  case "$path" in
${[...withWords, ...nodes.filter(({ node }) => node.words.length > 0)]
  .map(
    ({ path, node }) =>
      `    '${slashed(path)}') COMPREPLY=($(compgen -W '${[...node.commands.map((child) => child.name), ...node.words].join(' ')}' -- "$cur")) ;;`,
  )
  .join('\n')}
  esac
}
complete -F _${tree.name} ${tree.name}
`.replace(/^ {4}\) .*\n/gm, '');
}

function slashed(path: readonly string[]): string {
  return path.map((word) => `/${word}`).join('');
}
