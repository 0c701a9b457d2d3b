/**
 * What the dashboard's server answers and its page reads: `GET /api/v1/…`. Times are RFC 3339 in UTC, ages and durations are
 * seconds. Everything is limited to what the person who asks may see; totals count no more than that.
 */
import type { KubeObject } from '../meta/v1.ts';

/** As one word what a person wants to know of a federated object first. `deleting` before all others, then `failed`. */
export type ObjectState = 'ok' | 'progressing' | 'failed' | 'deleting';

export interface ShownCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export type MemberState = 'ready' | 'notReady' | 'unknown' | 'leaving';

/** `GET /api/v1/overview` */
export interface Overview {
  readonly clusters: Readonly<Record<MemberState, number>>;
  readonly objects: Readonly<Record<ObjectState, number>>;
  readonly types: readonly TypeSummary[];
  /** The latest first, an hour back at most, no more than 100. */
  readonly changes: readonly Change[];
  /** Whether the stores that this is read from are up to date, and since when they are not. */
  readonly freshness: Freshness;
  readonly version: string;
}

export interface TypeSummary {
  /** `plural.group` of the federated kind, such as `federateddeployments.types.kubefed.io`: what `type=` takes. */
  readonly type: string;
  readonly kind: string;
  readonly objects: Readonly<Record<ObjectState, number>>;
}

/** Something that became different, in words. */
export interface Change {
  readonly at: string;
  readonly about: { readonly cluster: string } | ObjectKey;
  readonly from?: string;
  readonly to: string;
  readonly message?: string;
}

export type Freshness =
  | { readonly state: 'live' }
  | { readonly state: 'stale'; readonly since: string; readonly why: string };

/** `GET /api/v1/clusters` */
export interface ClusterList {
  readonly items: readonly ClusterSummary[];
  readonly total: number;
  readonly freshness: Freshness;
}

export interface ClusterSummary {
  readonly name: string;
  readonly state: MemberState;
  /** Why it is in this state, in words. */
  readonly message?: string;
  readonly cordoned: boolean;
  readonly paused: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly apiEndpoint: string;
  readonly kubernetesVersion?: string;
  readonly region?: string;
  readonly zones?: readonly string[];
  readonly conditions: readonly ShownCondition[];
  readonly ranges: Readonly<Record<'pods' | 'services' | 'nodes', readonly string[]>>;
  /** How long the credentials last from now on, seconds; missing when they do not end. */
  readonly credentialsExpireIn?: number;
  /** Only where the controller leads: what waits to be written there, and the oldest one's age. */
  readonly lane?: { readonly depth: number; readonly oldestSeconds: number; readonly stalled: boolean };
  /** Of the last health check, milliseconds. */
  readonly latencyMs?: number;
  readonly objects: Readonly<Record<ObjectState, number>>;
}

/** `GET /api/v1/clusters/NAME` adds what is placed there. */
export interface ClusterDetail extends ClusterSummary {
  readonly events: readonly EventSummary[];
}

export interface ObjectKey {
  readonly type: string;
  /** Missing for kinds without namespaces. */
  readonly namespace?: string;
  readonly name: string;
}

/**
 * `GET /api/v1/objects?search=&state=&cluster=&type=&namespace=&sort=&order=&offset=&limit=`. `state`, `cluster` and `type` may
 * stand several times (any of them); `search` is part of `namespace/name`, case aside; `sort` is one of name, type, state,
 * changed; `limit` is 100 unless told, 1000 at most.
 */
export interface ObjectList {
  readonly items: readonly ObjectSummary[];
  /** How many there are that match. */
  readonly total: number;
  readonly offset: number;
  readonly states: Readonly<Record<ObjectState, number>>;
  readonly freshness: Freshness;
}

export interface ObjectSummary extends ObjectKey {
  /** Of what is in the members, such as Deployment. */
  readonly kind: string;
  readonly state: ObjectState;
  /** KubeFed's reason of the Propagation condition, such as CheckClusters. */
  readonly reason?: string;
  /** Clusters that have it as it should be, of those that it is placed on. */
  readonly ok: number;
  readonly placed: number;
  /** The clusters in which something is amiss, with KubeFed's word for it. */
  readonly problems: readonly { readonly cluster: string; readonly status: string; readonly message?: string }[];
  readonly changedAt?: string;
}

/** `GET /api/v1/objects/TYPE/NAMESPACE/NAME`, `-` as NAMESPACE for kinds without. A Secret's values are `"(not shown)"`. */
export interface ObjectDetail extends ObjectSummary {
  readonly federated: KubeObject;
  readonly conditions: readonly ShownCondition[];
  readonly clusters: readonly ObjectInCluster[];
  readonly events: readonly EventSummary[];
}

export interface ObjectInCluster {
  readonly cluster: string;
  readonly placed: boolean;
  /** KubeFed's word, empty when all is well. */
  readonly status: string;
  readonly message?: string;
  /** What the placement and overrides make of the template there; missing when it cannot be rendered, and `problem` says why. */
  readonly rendered?: KubeObject;
  readonly problem?: string;
  readonly recordedVersion?: string;
  readonly remoteStatus?: unknown;
}

export interface EventSummary {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly lastSeen: string;
}

/** `GET /api/v1/reachability`. `pairs` holds every ordered pair that was probed; `problems` are words with what to do. */
export interface ReachabilityView {
  readonly clusters: readonly string[];
  readonly pairs: readonly {
    readonly from: string;
    readonly to: string;
    readonly pods: 'yes' | 'no' | 'unknown';
    readonly services: 'yes' | 'no' | 'unknown';
    readonly diagnosis?: string;
    readonly message?: string;
    readonly probedAt?: string;
    readonly latencyMs?: number;
  }[];
  readonly freshness: Freshness;
}

/** `GET /api/v1/topology` */
export interface Topology {
  /** Missing when no MeshConfig stands. */
  readonly provider?: string;
  readonly nodes: readonly {
    readonly cluster: string;
    readonly ranges: readonly string[];
    readonly gateways: readonly {
      readonly node: string;
      readonly ready?: boolean;
      readonly address?: string;
      readonly relayedBy?: string;
    }[];
  }[];
  readonly routes: readonly {
    readonly cluster: string;
    readonly range: string;
    readonly seenAs?: string;
    readonly gateway?: string;
  }[];
  readonly problems: readonly string[];
  readonly conditions: readonly ShownCondition[];
}

/** `GET /api/v1/receipts`: unjoins, the latest first. */
export interface ReceiptList {
  readonly items: readonly {
    readonly name: string;
    readonly cluster: string;
    readonly at: string;
    readonly phase: string;
    readonly removed: number;
    readonly released: number;
    readonly leftBehind: readonly string[];
  }[];
}

/** `GET /api/v1/held-deletions`: federated objects whose deletion waits for a cluster. */
export interface HeldDeletionList {
  readonly items: readonly (ObjectKey & {
    readonly since: string;
    readonly clusters: readonly { readonly cluster: string; readonly status: string; readonly message?: string }[];
  })[];
}

/** `GET /api/v1/session` */
export interface Session {
  readonly user: string;
  /** How the person came in: `loopback` needs no sign-in, in the sandbox only. */
  readonly by: 'token' | 'proxy' | 'link' | 'loopback';
  readonly expiresAt?: string;
}

/**
 * `GET /api/v1/events`, a server-sent event stream: event `changes`, data this, an id to go on from (`Last-Event-ID`). At most
 * four a second. `reset` in place of `changes` tells the page to read again what it shows.
 */
export interface Changes {
  readonly clusters: readonly ClusterSummary[];
  readonly clustersGone: readonly string[];
  readonly objects: readonly ObjectSummary[];
  readonly objectsGone: readonly ObjectKey[];
  /** Whether reachability, topology, receipts or held deletions changed: read those again. */
  readonly also: readonly ('reachability' | 'topology' | 'receipts' | 'held-deletions')[];
}

/** Whatever is refused or fails. `hint` says what to do. */
export interface Problem {
  readonly status: number;
  readonly message: string;
  readonly hint?: string;
}
