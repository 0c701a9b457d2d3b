/** Compiled once: CRDs' patterns are few, and objects many. */
const compiled = new Map<string, RegExp | string>();
const KEPT = 2_000;

/** Whether the text holds a match of a pattern in Go's syntax (RE2). A string: why the pattern is none. */
export function matchesGoPattern(pattern: string, text: string): boolean | string {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = compile(pattern);
    if (compiled.size >= KEPT) compiled.clear();
    compiled.set(pattern, expression);
  }
  return typeof expression === 'string' ? expression : expression.test(text);
}

/** What is wrong with a pattern, in Go's words as far as JavaScript's engine tells; `undefined`: nothing. */
export function patternProblem(pattern: string): string | undefined {
  const expression = compile(pattern);
  return typeof expression === 'string' ? expression : undefined;
}

const UNSUPPORTED = /\(\?(?:[=!]|<[=!])/;

function compile(pattern: string): RegExp | string {
  const lookaround = UNSUPPORTED.exec(pattern);
  if (lookaround !== null) {
    return `error parsing regexp: invalid or unsupported Perl syntax: \`${lookaround[0]}\``;
  }
  const flags = /^\(\?([imsU]+)\)/.exec(pattern);
  const letters = (flags?.[1] ?? '').replace('U', '');
  const source = translated(flags === null ? pattern : pattern.slice(flags[0].length));
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, letters + mode);
    } catch (error) {
      // Go allows escapes that JavaScript allows only without its Unicode mode.
      if (mode === '') return `error parsing regexp: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return 'error parsing regexp';
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

function translated(pattern: string): string {
  return pattern
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole)
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\\([pP])([A-Z])/g, '\\$1{$2}');
}
