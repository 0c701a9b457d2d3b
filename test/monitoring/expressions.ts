/** Metrics that a PromQL expression reads. Knows as much of the language as the project's own rules use. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/(?<![\w$.])([a-zA-Z_:][\w:]*)(?!\w)(\s*\()?/g)].flatMap(([, name = '', call]) =>
    call === undefined && !OPERATORS.has(name) ? [name] : [],
  );
  return [...new Set(names)];
}

/** Words that stand before `by (…)`, which is gone by now, and between expressions. */
const OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'bool', 'sum', 'max', 'min', 'count', 'avg']);
