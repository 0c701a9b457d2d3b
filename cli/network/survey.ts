import type { ClusterNetworkSpec } from '../../apis/core/v1beta1/cluster-network.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { type Discovered, discover, type NetworkFault } from '../../controller/network/discovery/discover.ts';
import { readFacts } from '../../controller/network/discovery/read-facts.ts';
import { faultsWithin, type InsideFault } from '../../controller/network/overlap/within-cluster.ts';
import { mapConcurrently } from '../concurrently.ts';
import type { CliContext } from '../context.ts';

const CLUSTERS_AT_A_TIME = 16;

/** What one cluster shows of its ranges, and what is wrong within it. */
export interface Survey {
  readonly cluster: string;
  readonly network: Discovered['network'];
  readonly faults: readonly (NetworkFault | InsideFault)[];
  /** What may not be read there. */
  readonly forbidden: readonly string[];
}

/** Looks at the clusters behind some contexts, side by side. */
export function surveyContexts(context: CliContext, names: readonly string[]): Promise<Survey[]> {
  return mapConcurrently(names, CLUSTERS_AT_A_TIME, async (name) =>
    survey(name, await context.clientFor(name), context.signal),
  );
}

export async function survey(
  cluster: string,
  client: Client,
  signal: AbortSignal,
  declared?: DeepReadonly<ClusterNetworkSpec>,
): Promise<Survey> {
  const { facts, forbidden } = await readFacts(client, { signal });
  const { network, faults } = discover(facts, declared);
  return { cluster, network, faults: [...faults, ...faultsWithin(facts)], forbidden };
}
