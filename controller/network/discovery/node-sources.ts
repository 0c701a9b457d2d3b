import { parseIpAddress } from '../../../apis/meta/ip-range.ts';
import type { NetworkFacts } from './facts.ts';
import type { Source } from './source.ts';

/** The addresses at which nodes answer inside their own network; external ones belong to the provider's. */
export const NODE_SOURCES: readonly Source[] = [
  { name: 'addresses of the nodes', confidence: 'authoritative', read: internalAddresses },
];

function internalAddresses({ nodes = [] }: NetworkFacts): readonly string[] {
  const addresses = nodes.flatMap(({ status }) => status?.addresses ?? []);
  return addresses.flatMap(({ type, address }) => {
    const range = type === 'InternalIP' ? parseIpAddress(address) : '';
    return typeof range === 'string' ? [] : [range.text];
  });
}
