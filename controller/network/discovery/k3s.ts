import { flagValues } from './command-line.ts';
import type { NetworkFacts } from './facts.ts';

const ANNOTATIONS = ['k3s.io/node-args', 'rke2.io/node-args'];

/** What k3s and RKE2 take when nobody names ranges. */
const DEFAULT_RANGES = { '--cluster-cidr': ['10.42.0.0/16'], '--service-cidr': ['10.43.0.0/16'] } as const;

/**
 * k3s and RKE2 note the arguments of their servers on the nodes. A setting in a configuration file need not show there, so that the
 * defaults are taken only where no other source speaks.
 */
export function k3sRanges(facts: NetworkFacts, flag: keyof typeof DEFAULT_RANGES): readonly string[] {
  return serverArguments(facts).flatMap((words) => flagValues(words, flag));
}

export function k3sDefaults(facts: NetworkFacts, flag: keyof typeof DEFAULT_RANGES): readonly string[] {
  const told = serverArguments(facts);
  return told.length > 0 && told.every((words) => flagValues(words, flag).length === 0) ? DEFAULT_RANGES[flag] : [];
}

function serverArguments({ nodes = [] }: NetworkFacts): string[][] {
  return nodes.flatMap((node) =>
    ANNOTATIONS.flatMap((key) => {
      const words = jsonWords(node.metadata.annotations?.[key]);
      return words[0] === 'server' ? [words] : [];
    }),
  );
}

function jsonWords(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
