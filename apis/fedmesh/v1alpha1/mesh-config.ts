import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

export const MESH_CONFIGS: Resource = {
  group: 'fedmesh.io',
  version: 'v1alpha1',
  kind: 'MeshConfig',
  plural: 'meshconfigs',
  namespaced: true,
};

/** The only one that counts, in the control plane's namespace. */
export const MESH_CONFIG_NAME = 'default';

/** Finalizer on the MeshConfig: what was made in the provider is withdrawn first. */
export const MESH_FINALIZER = 'fedmesh.io/mesh';
/** Annotation on a MeshConfig that is being deleted: `"true"` lets it go although its provider does not answer. */
export const FORCE_TEARDOWN_ANNOTATION = 'fedmesh.io/force-teardown';

/**
 * What carries packets between members.
 * - `netmaker`: routes are kept in a Netmaker server.
 * - `submariner`, `cilium`: looked at, never written to.
 * - `static`: people route by hand; what has to be routed is told.
 * - `none`: nothing is known of it; reachability is probed all the same.
 */
export type MeshProviderName = 'netmaker' | 'submariner' | 'cilium' | 'static' | 'none';

export const MESH_PROVIDERS: readonly MeshProviderName[] = ['netmaker', 'submariner', 'cilium', 'static', 'none'];

/** Whether the controller makes the provider's routes, so that ranges that overlap would mislead packets by its doing. */
export function managesRoutes(provider: MeshProviderName): boolean {
  return provider === 'netmaker';
}

/** How packets get from member to member. One per control plane. */
export interface MeshConfig extends KubeObject {
  spec: MeshConfigSpec;
  status?: MeshConfigStatus;
}

export interface MeshConfigSpec {
  provider: MeshProviderName;
  netmaker?: NetmakerSpec;
  /** Nodes that carry a member's traffic; of several of one member the first that is up. */
  gateways?: MeshGateway[];
  /** What is routed besides pods. Missing: nothing. */
  routes?: { services?: boolean; nodes?: boolean };
  /** Addresses that the mesh has for itself; no member's range may overlap them. */
  meshCIDRs?: string[];
  /** Ranges outside of any cluster. */
  outbound?: MeshOutbound[];
  /** People or machines outside of any cluster that reach the members' ranges. */
  inbound?: MeshInbound[];
  nodeRoutes?: MeshNodeRoutes;
  probe?: MeshProbe;
}

/** Who gives nodes that are no gateway their routes to other members, by their member's gateway. */
export interface MeshNodeRoutes {
  /** `DaemonSet`: Fedmesh puts `fedmesh-routes` into each member that has a gateway. Default `None`: people do. */
  mode?: MeshNodeRoutesMode;
  /** It needs Node and iproute2. Missing: the controller's own. */
  image?: string;
}

export type MeshNodeRoutesMode = 'None' | 'DaemonSet';

export const MESH_NODE_ROUTES_MODES: readonly MeshNodeRoutesMode[] = ['None', 'DaemonSet'];

/** Whether a provider leaves nodes that are no gateway without routes: others route on every node, or not at all. */
export function routesOnGatewaysOnly(provider: MeshProviderName): boolean {
  return provider === 'netmaker' || provider === 'static';
}

export interface NetmakerSpec {
  /** URL of its REST API: `https://api.netmaker.example.com`. */
  server: string;
  /** Its name for the network, at most 32 characters. Default `fed`. */
  network?: string;
  /** Addresses of the mesh itself, used when the network has to be made. */
  addressRange?: string;
  addressRange6?: string;
  /** A Secret in the same namespace with the bearer token. Default key `token`. */
  tokenSecretRef: { name: string; key?: string };
  /** PEM of the authorities that sign the server's certificate, base64. Missing: the system's own. */
  caBundle?: string;
}

export interface MeshGateway {
  /** The member. */
  cluster: string;
  /** A node of it, by name. */
  node: string;
  /** The member whose gateway relays for this one, which lies behind NAT. */
  relayedBy?: string;
}

/** A range that members reach through one member's gateway. */
export interface MeshOutbound {
  name: string;
  cidr: string;
  cluster: string;
}

/** A client's way in, through one member's gateway. */
export interface MeshInbound {
  name: string;
  cluster: string;
}

/** How reachability is measured. Durations as in Go: `30s`, `2m`. */
export interface MeshProbe {
  /** Default true. */
  enabled?: boolean;
  /** Missing: the controller's own image. */
  image?: string;
  /** Between two measurements of a pair. Default 30s. */
  interval?: string;
  /** A result that is older counts as unknown. Default 2m. */
  staleAfter?: string;
  /** Of more members than `above` (default 50) only a part of the pairs is measured at a time, every pair `within` (default 10m). */
  sampling?: { above?: number; within?: string };
}

/** metav1.Condition. */
export interface MeshCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  /** RFC 3339. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

export const MESH_CONDITIONS = {
  /** What has to be done is known, and nothing is missing from it. */
  planned: 'Planned',
  /** All of it is done. */
  applied: 'Applied',
  providerReachable: 'ProviderReachable',
  /** Nodes that are no gateway have their routes; only there where Fedmesh gives them. */
  nodesRouted: 'NodesRouted',
} as const;

/** No list of the status is longer. */
export const MESH_STATUS_LIMIT = 500;

export interface MeshConfigStatus {
  /** Of the spec that the rest speaks of. */
  observedGeneration?: number;
  /** The provider that last was programmed or watched, and its version where it tells one. */
  provider?: MeshProviderName;
  providerVersion?: string;
  /** Where routes were made last, so that they can be withdrawn there once the spec names another place. */
  programmed?: MeshPlace;
  conditions?: MeshCondition[];
  gateways?: MeshGatewayStatus[];
  routes?: MeshRouteStatus[];
  problems?: MeshProblemStatus[];
  /** Members in which `fedmesh-routes` is, or was about to be put: it is taken out of each of them again. */
  nodeRoutes?: MeshNodeRoutesStatus[];
}

export interface MeshNodeRoutesStatus {
  cluster: string;
  /** Nodes that are no gateway. */
  nodes: number;
  /** Of them, how many have all their routes. */
  routed: number;
  /** Names of some of the others. */
  lacking?: string[];
}

/** What has to be known of a provider to take away what was made in it. */
export interface MeshPlace {
  provider: MeshProviderName;
  netmaker?: NetmakerSpec;
}

export interface MeshGatewayStatus {
  cluster: string;
  /** The provider's own name for it. */
  id: string;
  node?: string;
  meshAddresses?: string[];
  state: 'Ready' | 'NotReady' | 'Unknown';
  message?: string;
  /** When it was last heard of, RFC 3339. */
  lastSeen?: string;
}

export interface MeshRouteStatus {
  cluster: string;
  cidr: string;
  /** Under which others reach it, where that is not its own. */
  virtualCIDR?: string;
  /** Ids of gateways. */
  gateways?: string[];
  /** The gateway puts its own address on what passes. */
  masqueraded?: boolean;
}

export interface MeshProblemStatus {
  cluster?: string;
  reason: string;
  message: string;
}
