import type { Resource } from '../../../../apis/meta/resource.ts';
import type { Client, ObjectRef } from '../../../kube/client.ts';
import { CONFIG_MAPS } from '../../../kube/core-kinds.ts';
import { optional } from '../../../kube/optional.ts';
import type { MemberNetwork, ProviderCapabilities } from '../provider.ts';
import { readMember, type WatchedState, WatchingProvider } from '../watching-provider.ts';
import {
  type CiliumConfig,
  type CiliumFacts,
  type CiliumNode,
  ciliumState,
  type MeshApiServer,
} from './cilium-state.ts';

const NAMESPACE = 'kube-system';
const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const CILIUM_NODES: Resource = {
  group: 'cilium.io',
  version: 'v2',
  kind: 'CiliumNode',
  plural: 'ciliumnodes',
  namespaced: false,
};

/**
 * Cilium's ClusterMesh, as far as objects of the API show it: whether it is enabled, whether clusters can be told apart, and their ranges. Which agent
 * is connected to which cluster only the agents know. Nothing is changed.
 */
export class CiliumProvider extends WatchingProvider {
  readonly name = 'cilium';

  capabilities(): Promise<ProviderCapabilities> {
    return Promise.resolve({ managesRoutes: false, remap: false, gatewayHighAvailability: true, linkHealth: false });
  }

  async observe(members: readonly MemberNetwork[], signal: AbortSignal): Promise<WatchedState> {
    const read = await Promise.all(
      members.map((member) =>
        readMember(member, 'Cilium', this.member(member.cluster), (client) =>
          readCilium(client, member.cluster, signal),
        ),
      ),
    );
    const faults = read.filter((each) => 'reason' in each);
    const facts = read.filter((each) => 'config' in each);
    const state = ciliumState(members, facts);
    return { ...state, problems: [...faults, ...state.problems] };
  }
}

async function readCilium(client: Client, cluster: string, signal: AbortSignal): Promise<CiliumFacts> {
  const ref = (name: string): ObjectRef => ({ name, namespace: NAMESPACE });
  const [config, apiServer, nodes] = await Promise.all([
    client.get<CiliumConfig>(CONFIG_MAPS, ref('cilium-config'), { signal }),
    optional(client.get<MeshApiServer>(DEPLOYMENTS, ref('clustermesh-apiserver'), { signal })),
    optional(client.listAll<CiliumNode>(CILIUM_NODES, { signal })),
  ]);
  return { cluster, config, apiServer, nodes: nodes?.items ?? [] };
}
