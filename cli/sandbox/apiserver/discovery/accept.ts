import { acceptClauses, accepts } from '../routing/accept-clauses.ts';

/** What a client wants a discovery document as, by its Accept header. */
export type Representation = 'json' | 'yaml' | 'aggregated';

/** What is told to clients that want something else; protobuf stands in it, as kube-apiserver would speak it. */
export const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;

/** The first that can be served, in the order of the header; `undefined`: none. */
export function negotiate(accept: string, options: { readonly aggregated: boolean }): Representation | undefined {
  if (accept === '') return 'json';
  const clauses = acceptClauses(accept);
  for (const clause of clauses) {
    const json = accepts(clause, 'application/json');
    if (!json && !accepts(clause, 'application/yaml')) continue;
    const { parameters } = clause;
    if (parameters.has('sv')) continue;
    const stream = parameters.get('stream');
    if (stream !== undefined && (stream !== 'watch' || !json)) continue;
    if (['as', 'g', 'v'].some((key) => parameters.has(key))) {
      if (options.aggregated && json && isAggregated(parameters)) return 'aggregated';
      continue;
    }
    return json ? 'json' : 'yaml';
  }
  return undefined;
}

function isAggregated(parameters: ReadonlyMap<string, string>): boolean {
  return (
    parameters.get('g') === 'apidiscovery.k8s.io' &&
    parameters.get('v') === 'v2' &&
    parameters.get('as') === 'APIGroupDiscoveryList'
  );
}
