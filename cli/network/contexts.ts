import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';

/** The contexts that were named, each once, else all that the kubeconfig has. */
export async function contextsToSurvey(context: CliContext, names: readonly string[]): Promise<string[]> {
  const known = (await context.kubeconfig()).contexts.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw usageError(`there is no context "${unknown}" in the kubeconfig`, `contexts are: ${known.join(', ')}`);
  }
  return [...new Set(names.length === 0 ? known : names)];
}
