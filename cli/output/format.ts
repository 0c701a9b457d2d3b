import { stringify } from 'yaml';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';

/** The value of `-o`, checked against what the command knows. The first of `known` is the default. */
export function outputFormat<const Format extends string>(context: CliContext, known: readonly [Format, ...Format[]]) {
  const asked = context.options.output;
  if (asked === undefined) return known[0];
  const found = known.find((format) => format === asked);
  if (found === undefined) {
    const hint = known.length === 1 ? 'leave it out: this command prints lines' : `use one of: ${known.join(', ')}`;
    throw usageError(`-o ${asked} is not known here`, hint);
  }
  return found;
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Never folds long lines and never writes anchors: what comes out is read by people and by kubectl. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Several objects as one stream that `kubectl apply -f -` reads. */
export function toYamlStream(objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${toYaml(object)}`).join('');
}

/** The same as JSON: one object as it is, several as a List. */
export function toJsonObjects(objects: readonly unknown[]): string {
  return toJson(objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects });
}
