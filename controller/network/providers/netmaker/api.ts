/**
 * Netmaker's REST objects, of v0.99 to v1.5: what the provider reads and writes of them. Whatever else a server sends is kept where the whole object
 * is written back, and ignored elsewhere.
 */

export interface ServerStatus {
  readonly version?: string;
  readonly is_pro?: boolean;
  readonly db_connected?: boolean;
  readonly broker_connected?: boolean;
}

/** Booleans, or strings such as `yes` and `true` in some versions. */
export type FeatureFlags = Readonly<Record<string, unknown>>;

export interface Network {
  readonly netid: string;
  /** Empty where the network has no addresses of that family. */
  readonly addressrange?: string;
  readonly addressrange6?: string;
  /** Where virtual ranges are taken from; empty: there are none. */
  readonly virtual_nat_pool_ipv4?: string;
  /** The prefix of the widest virtual range that is given out: a wider range gets a window of this size. */
  readonly virtual_nat_site_prefixlen_ipv4?: number;
}

export interface Host {
  readonly id: string;
  readonly name: string;
  readonly os?: string;
  readonly version?: string;
  readonly endpointip?: string;
  readonly endpointipv6?: string;
  readonly interfaces?: readonly { readonly addressString?: string; readonly address?: unknown }[] | null;
}

/** A host's membership in a network. */
export interface Node {
  readonly id: string;
  readonly hostid: string;
  /** With the network's prefix length, `100.64.0.1/16`; empty: none of that family. */
  readonly address?: string;
  readonly address6?: string;
  readonly connected?: boolean;
  /** Seconds since the epoch. */
  readonly lastcheckin?: number;
  readonly status?: string;
  readonly is_gw?: boolean;
  /** Id of the node that relays for it; empty, or the nil UUID: none. */
  readonly relayedby?: string;
}

/** What a node routes into the network. */
export interface Egress {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  readonly description?: string;
  /** Metrics by the ids of the nodes that route it. */
  readonly nodes?: Readonly<Record<string, number>> | null;
  readonly range: string;
  readonly nat?: boolean;
  readonly mode?: string;
  /** Under which the range is reached, in mode `virtual_nat`. */
  readonly virtual_range?: string;
  /** False: it routes nothing. */
  readonly status?: boolean;
}

/** An update replaces everything: without `status` it disables, without `nodes` it unbinds. So that no body may lack any. */
export interface EgressBody {
  readonly id?: string;
  readonly name: string;
  readonly network: string;
  readonly description: string;
  readonly nodes: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, never>>;
  readonly range: string;
  readonly nat: boolean;
  readonly mode: 'direct_nat' | 'virtual_nat';
  readonly status: true;
}

export interface PolicyEnd {
  /** `tag`, `device`, `egress-id`, … */
  readonly id: string;
  readonly value: string;
}

/** Netmaker's ACL. */
export interface Policy {
  readonly id: string;
  readonly default?: boolean;
  readonly meta_data?: string;
  readonly name: string;
  readonly network_id: string;
  readonly policy_type: string;
  readonly src_type?: readonly PolicyEnd[] | null;
  readonly dst_type?: readonly PolicyEnd[] | null;
  readonly enabled?: boolean;
}

export interface PolicyBody {
  readonly id?: string;
  readonly name: string;
  readonly meta_data: string;
  readonly network_id: string;
  readonly policy_type: 'device-policy';
  readonly src_type: readonly PolicyEnd[];
  readonly dst_type: readonly PolicyEnd[];
  readonly protocol: 'all';
  readonly type: 'Any';
  readonly ports: readonly string[];
  /** 1: both ways. */
  readonly allowed_traffic_direction: 1;
  readonly enabled: true;
}

/** `value` and `token` let a machine into the network: neither may leave the client but into the Secret that it is for. */
export interface EnrollmentKey {
  readonly value: string;
  readonly token?: string;
  readonly tags?: readonly string[] | null;
  readonly networks?: readonly string[] | null;
  readonly unlimited?: boolean;
}

export interface ExternalClient {
  readonly clientid: string;
  /** Id of the node that it connects to. */
  readonly ingressgatewayid?: string;
  readonly enabled?: boolean;
}

/** What one node measured of another (Netmaker Pro). */
export interface PeerMetric {
  readonly connected?: boolean;
  /** Milliseconds; 999: none came back. */
  readonly latency?: number;
}

export interface NetworkMetrics {
  readonly nodes?: Readonly<
    Record<string, { readonly connectivity?: Readonly<Record<string, PeerMetric>> | null }>
  > | null;
}

export interface NodeStatus {
  readonly status?: string;
}
