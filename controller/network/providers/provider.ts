/** A node of a member, as its API server tells. */
export interface MeshNode {
  readonly name: string;
  /** Its InternalIPs. */
  readonly addresses: readonly string[];
  readonly podCIDRs: readonly string[];
  readonly ready: boolean;
}

/** What a provider is to route for a member: its ranges as discovered or declared, without those that overlap and may not be routed. */
export interface MemberNetwork {
  readonly cluster: string;
  /** Ranges in canonical CIDR notation, of either address family. */
  readonly podCIDRs: readonly string[];
  /** Empty unless Services are routed. */
  readonly serviceCIDRs: readonly string[];
  /** Empty unless nodes are routed. */
  readonly nodeCIDRs: readonly string[];
  /** Ranges outside of any cluster that are reached through this member's gateway. */
  readonly outboundCIDRs: readonly string[];
  /**
   * Ranges that it has and that may not be routed, because they would take other members' packets. What was routed of them is to be withdrawn:
   * a member without pod ranges of which none was left out is one whose ranges are not known, of which nothing is taken away.
   */
  readonly leftOut?: readonly string[];
  readonly nodes: readonly MeshNode[];
  /** Names of the nodes that carry its traffic to other members, by preference. */
  readonly gatewayNodes: readonly string[];
  /** The member whose gateway relays for this one's, which no other can reach by itself. */
  readonly relayedBy?: string;
  /** Its ranges are to be reached under other addresses: one virtual range of the same size for each. */
  readonly remap: boolean;
}

export interface ProviderCapabilities {
  /** Whether routes follow from `apply`. False: the provider is only watched. */
  readonly managesRoutes: boolean;
  /** Whether it can give ranges virtual addresses. */
  readonly remap: boolean;
  readonly gatewayHighAvailability: boolean;
  readonly linkHealth: boolean;
  readonly version?: string;
}

export interface GatewayInfo {
  readonly cluster: string;
  /** The provider's own name for it. */
  readonly id: string;
  readonly node?: string;
  /** Its addresses in the mesh. */
  readonly meshAddresses: readonly string[];
  readonly state: 'Ready' | 'NotReady' | 'Unknown';
  /** Why it is in that state, for people. */
  readonly message: string;
  /** When it was last heard of, RFC 3339. */
  readonly lastSeen?: string;
}

/** A range that the mesh brings to a member. */
export interface AdvertisedRoute {
  readonly cluster: string;
  readonly cidr: string;
  /** Under which others reach it, where that is not its own. */
  readonly virtualCIDR?: string;
  /** Gateways' ids. */
  readonly gateways: readonly string[];
  /** Whether the gateway puts its own address on what passes, so that pods do not see who asks. */
  readonly masqueraded: boolean;
}

export interface LinkHealth {
  readonly from: string;
  readonly to: string;
  readonly state: 'Connected' | 'Connecting' | 'Error' | 'Unknown';
  readonly latencyMs?: number;
  readonly message?: string;
}

/** What a provider was seen to have, and what it would have to do for `members`: made by `plan` from nothing but its arguments. */
export interface MeshState {
  readonly gateways: readonly GatewayInfo[];
  readonly routes: readonly AdvertisedRoute[];
  readonly links: readonly LinkHealth[];
}

/** One step of a plan. */
export interface MeshAction {
  readonly verb: 'create' | 'update' | 'delete';
  /** What it makes, changes or removes, in the provider's words: `egress`, `enrollment key`, `daemonset`. */
  readonly resource: string;
  readonly name: string;
  /** The member that it is for. */
  readonly cluster?: string;
  /** One line for people: what changes, from what to what. */
  readonly summary: string;
}

/** What keeps the plan from being whole; everything else in it stands. */
export interface MeshProblem {
  /** Missing: the provider as a whole. */
  readonly cluster?: string;
  /** A condition's reason, such as `GatewayMissing` or `RemapUnsupported`. */
  readonly reason: string;
  /** What is wrong and how a person mends it. */
  readonly message: string;
}

export interface MeshPlan<Action extends MeshAction = MeshAction> {
  readonly actions: readonly Action[];
  readonly problems: readonly MeshProblem[];
}

/**
 * What carries packets between members. `Observed` is whatever the provider needs for its own plan.
 * Methods that talk reject with a MeshError and change nothing of what they did not make.
 */
export interface MeshProvider<Observed extends MeshState = MeshState, Action extends MeshAction = MeshAction> {
  readonly name: 'netmaker' | 'submariner' | 'cilium' | 'static' | 'none';
  capabilities(signal: AbortSignal): Promise<ProviderCapabilities>;
  observe(members: readonly MemberNetwork[], signal: AbortSignal): Promise<Observed>;
  /** Pure: the difference between what is there and what `members` need. Applied once, the next plan is empty. */
  plan(members: readonly MemberNetwork[], observed: Observed): MeshPlan<Action>;
  /** Idempotent. Checks the answer: a 200 that did something else is an error. */
  apply(action: Action, signal: AbortSignal): Promise<void>;
  /** What `plan` would remove when this member is gone: only what bears the provider's mark. */
  release(cluster: string, observed: Observed): MeshPlan<Action>;
  /** Ends its connections, where it has any. */
  close?(): Promise<void>;
}
