import { enumerate } from '../../apis/enumeration.ts';

const EXAMPLES = 3;

/**
 * Shortens `kind name` lines to one for each kind, so that what a person has to read does not grow with the number of
 * objects: `configmaps bulk/a, bulk/b, bulk/c and 297 more`. A kind of one line stays as it is.
 */
export function byKind(lines: readonly string[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const line of lines) {
    const kind = line.split(' ', 1)[0] ?? '';
    const names = kinds.get(kind) ?? [];
    names.push(line.slice(kind.length + 1));
    kinds.set(kind, names);
  }
  return [...kinds].map(([kind, names]) => `${kind} ${enumerate(names, EXAMPLES)}`);
}
