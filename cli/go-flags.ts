import type { Command } from 'commander';

/** The flags of kubefedctl's logger (klog), `v` aside. They change nothing here, and command lines that have them go on working. */
const KLOG_SWITCHES: ReadonlySet<string> = new Set([
  'add-dir-header',
  'alsologtostderr',
  'logtostderr',
  'one-output',
  'skip-headers',
  'skip-log-headers',
]);
const KLOG_VALUES: ReadonlySet<string> = new Set([
  'log-backtrace-at',
  'log-dir',
  'log-file',
  'log-file-max-size',
  'log-flush-frequency',
  'stderrthreshold',
  'vmodule',
]);
/** What Go's `strconv.ParseBool` reads. */
const YES: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const NO: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/**
 * A command line as Go's flags allow it, in the words that commander takes: `-v=2` in two words, `--dry-run=true` without its value
 * and `--dry-run=false` not at all, `_` for `-` in names, and without the flags of klog.
 */
export function fromGo(argv: readonly string[], program: Command): string[] {
  const switches = switchesOf(program);
  const words: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return [...words, ...argv.slice(at)];
    const short = /^(-[a-zA-Z])=(.*)$/s.exec(word);
    const long = /^--([a-z][\w-]*)(?:=(.*))?$/s.exec(word);
    if (short !== null) {
      words.push(short[1] ?? '', short[2] ?? '');
      continue;
    }
    const name = long?.[1]?.replaceAll('_', '-');
    const value = long?.[2];
    if (name === undefined) words.push(word);
    else if (KLOG_VALUES.has(name)) at += value === undefined ? 1 : 0;
    else if (switches.has(name) && value !== undefined && NO.has(value)) continue;
    else if (switches.has(name) && value !== undefined && YES.has(value)) words.push(`--${name}`);
    else if (!KLOG_SWITCHES.has(name)) words.push(`--${name}${value === undefined ? '' : `=${value}`}`);
  }
  return words;
}

/** The names of flags that take no value, whatever the command. */
function switchesOf(program: Command): ReadonlySet<string> {
  const found = new Map<string, boolean>();
  const visit = (command: Command): void => {
    for (const { long, required, optional } of command.options) {
      if (!long) continue;
      const name = long.slice(2);
      found.set(name, (found.get(name) ?? true) && !required && !optional);
    }
    for (const each of command.commands) visit(each);
  };
  visit(program);
  return new Set([...found].filter(([, isSwitch]) => isSwitch).map(([name]) => name));
}
