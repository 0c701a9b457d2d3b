import { Lexer, Parser } from 'yaml';

/**
 * Collections may stand in one another as deep as this in YAML. Its parser composes them by recursion, and where the stack
 * ends while V8 compiles one of that parser's expressions, the process ends too; Kubernetes goes as far as 10,000.
 */
export const MAX_YAML_DEPTH = 500;

/** Whether the text is nested deeper than the limit; reads no further than to where it is. Needs no recursion. */
export function isTooDeepYaml(text: string): boolean {
  // Each level takes two characters at least.
  if (text.length < 2 * MAX_YAML_DEPTH) return false;
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _finished of parser.next(lexeme));
    // The document stands at the bottom.
    if (parser.stack.length > MAX_YAML_DEPTH + 1) return true;
  }
  return false;
}
