import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { AdvertisedRoute, GatewayInfo, MemberNetwork, MeshProblem } from '../provider.ts';
import type { WatchedState } from '../watching-provider.ts';

/** kube-system/cilium-config, as far as ClusterMesh is concerned. */
export interface CiliumConfig extends KubeObject {
  data?: Record<string, string>;
}

/** The Deployment `clustermesh-apiserver`, by which the agents of other clusters learn of this one. */
export interface MeshApiServer extends KubeObject {
  status?: { replicas?: number; readyReplicas?: number };
}

export interface CiliumNode extends KubeObject {
  spec?: { ipam?: { podCIDRs?: string[] } };
}

/** What one member shows of Cilium. */
export interface CiliumFacts {
  readonly cluster: string;
  readonly config: DeepReadonly<CiliumConfig>;
  /** Missing: ClusterMesh is not enabled there. */
  readonly apiServer: DeepReadonly<MeshApiServer> | undefined;
  readonly nodes: readonly DeepReadonly<CiliumNode>[];
}

/** Names and numbers by which Cilium tells clusters apart; the defaults mean that nobody gave it any. */
const UNNAMED = { name: 'default', id: '0' };

/** What Cilium's objects in the members say of the mesh. Pure. */
export function ciliumState(members: readonly MemberNetwork[], facts: readonly CiliumFacts[]): WatchedState {
  return {
    gateways: facts.flatMap(gatewayOf),
    routes: facts.flatMap((each) =>
      routesOf(
        each,
        members.find(({ cluster }) => cluster === each.cluster),
      ),
    ),
    // Which agent is connected to which cluster stands in no object.
    links: [],
    problems: facts.flatMap((each) => [...enabledProblems(each), ...identityProblems(each, facts)]),
  };
}

/** There is no gateway for packets: each node sends them to the other's. What all of them need is the server of the mesh. */
function gatewayOf({ cluster, apiServer }: CiliumFacts): GatewayInfo[] {
  if (apiServer === undefined) return [];
  const { replicas = 0, readyReplicas = 0 } = apiServer.status ?? {};
  const message = `${readyReplicas} of ${replicas} replicas are ready; whether agents are connected shows \`cilium clustermesh status\` only`;
  const state = readyReplicas > 0 ? 'Ready' : 'NotReady';
  return [{ cluster, id: 'clustermesh-apiserver', meshAddresses: [], state, message }];
}

function routesOf({ cluster, nodes, apiServer }: CiliumFacts, member: MemberNetwork | undefined): AdvertisedRoute[] {
  if (apiServer === undefined) return [];
  const ofNodes = nodes.flatMap(({ spec }) => spec?.ipam?.podCIDRs ?? []);
  // With other kinds of IPAM nodes have no ranges of their own.
  const cidrs = (member?.podCIDRs ?? []).length > 0 ? (member?.podCIDRs ?? []) : ofNodes;
  return cidrs.map((cidr) => ({ cluster, cidr, gateways: ['clustermesh-apiserver'], masqueraded: false }));
}

function enabledProblems({ cluster, apiServer }: CiliumFacts): MeshProblem[] {
  if (apiServer !== undefined) return [];
  const message = `ClusterMesh is not enabled in "${cluster}": \`cilium clustermesh enable\` there, then \`cilium clustermesh connect\``;
  return [{ cluster, reason: 'GatewayMissing', message }];
}

function identityOf({ config }: CiliumFacts): { name: string; id: string } {
  return { name: config.data?.['cluster-name'] ?? UNNAMED.name, id: config.data?.['cluster-id'] ?? UNNAMED.id };
}

/** Cilium demands a name and a number of every cluster, and takes two that have the same for one. */
function identityProblems(facts: CiliumFacts, all: readonly CiliumFacts[]): MeshProblem[] {
  const { cluster } = facts;
  const { name, id } = identityOf(facts);
  if (id === UNNAMED.id) {
    const message = `Cilium in "${cluster}" has no cluster-id (cilium-config): give it one from 1 to 255, and a cluster-name`;
    return [{ cluster, reason: 'ClusterIDMissing', message }];
  }
  const twin = all.find((other) => {
    const its = identityOf(other);
    return other !== facts && (its.id === id || its.name === name);
  });
  if (twin === undefined) return [];
  const message = `Cilium in "${cluster}" and "${twin.cluster}" go by the same cluster-name or cluster-id (${name}, ${id}): each takes the other's pods for its own; give one of them others in cilium-config`;
  return [{ cluster, reason: 'ClusterIDCollision', message }];
}
