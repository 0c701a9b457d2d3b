/** What a client wants a discovery document as, by its Accept header. */
export type Representation = 'json' | 'yaml' | 'aggregated';

/** What is told to clients that want something else; protobuf stands in it, as kube-apiserver would speak it. */
export const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;

/** The first that can be served, in the order of the header; `undefined`: none. */
export function negotiate(accept: string, options: { readonly aggregated: boolean }): Representation | undefined {
  if (accept.trim() === '') return 'json';
  for (const clause of byQuality(accept)) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const json = ['application/json', 'application/*', '*/*'].includes(type);
    if (!json && type !== 'application/yaml') continue;
    const named = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string | undefined]));
    if (named.has('as')) {
      if (options.aggregated && json && isAggregated(named)) return 'aggregated';
      continue;
    }
    return json ? 'json' : 'yaml';
  }
  return undefined;
}

function isAggregated(parameters: ReadonlyMap<string, string | undefined>): boolean {
  return (
    parameters.get('g') === 'apidiscovery.k8s.io' &&
    parameters.get('v') === 'v2' &&
    parameters.get('as') === 'APIGroupDiscoveryList'
  );
}

/** The clauses, better ones first; equal ones in the order of the header. */
function byQuality(accept: string): string[] {
  const quality = (clause: string) => Number(/;\s*q=([\d.]+)/.exec(clause)?.[1] ?? 1);
  return accept.split(',').sort((left, right) => quality(right) - quality(left));
}
