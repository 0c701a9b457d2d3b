import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { Resource } from '../../../kube/resource.ts';
import type { MemberNetwork, ProviderCapabilities } from '../provider.ts';
import { readMember, type WatchedState, WatchingProvider } from '../watching-provider.ts';
import {
  SUBMARINER_CLUSTERS,
  SUBMARINER_ENDPOINTS,
  SUBMARINER_GATEWAYS,
  SUBMARINER_NAMESPACE,
  type SubmarinerFacts,
} from './submariner-objects.ts';
import { submarinerState } from './submariner-state.ts';

/** Submariner, as its objects in each member show it. Nothing is changed. */
export class SubmarinerProvider extends WatchingProvider {
  readonly name = 'submariner';

  capabilities(): Promise<ProviderCapabilities> {
    return Promise.resolve({ managesRoutes: false, remap: false, gatewayHighAvailability: true, linkHealth: true });
  }

  async observe(members: readonly MemberNetwork[], signal: AbortSignal): Promise<WatchedState> {
    const read = await Promise.all(
      members.map((member) =>
        readMember(member, 'Submariner', this.member(member.cluster), async (client): Promise<SubmarinerFacts> => {
          const all = async <T extends KubeObject>(resource: Resource) =>
            (await client.listAll<T>(resource, { namespace: SUBMARINER_NAMESPACE, signal })).items;
          const [clusters, endpoints, gateways] = await Promise.all([
            all(SUBMARINER_CLUSTERS),
            all(SUBMARINER_ENDPOINTS),
            all(SUBMARINER_GATEWAYS),
          ]);
          return { cluster: member.cluster, clusters, endpoints, gateways };
        }),
      ),
    );
    const faults = read.filter((each) => 'reason' in each);
    const facts = read.filter((each) => 'gateways' in each);
    const state = submarinerState(members, facts);
    return { ...state, problems: [...faults, ...state.problems] };
  }
}
