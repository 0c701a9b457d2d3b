import type { ClusterNetworkStatus } from '../../apis/core/v1beta1/cluster-network.ts';
import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { patchStatus } from '../clusters/monitor.ts';
import type { Client } from '../kube/client.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { Controller, type ReconcileResult } from '../runtime/controller.ts';
import type { Component } from '../runtime/manager.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { discover } from './discovery/discover.ts';
import { readFingerprint } from './discovery/fingerprint.ts';
import { readFacts } from './discovery/read-facts.ts';
import { type NetworkFindings, networkStatus } from './findings.ts';
import { type MeshRanges, NO_MESH } from './mesh/mesh-claims.ts';
import { meshNodesOf } from './mesh/mesh-nodes.ts';
import { claimsOf } from './overlap/claims-of.ts';
import { type Overlap, overlapsAmong } from './overlap/overlaps.ts';
import { faultsWithin } from './overlap/within-cluster.ts';
import type { MeshNode } from './providers/provider.ts';

export interface NetworkControllerOptions {
  readonly host: Client;
  readonly clusters: Clusters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** What the mesh between the members claims and routes; missing: there is none. */
  readonly mesh?: { readonly ranges: MeshRanges; subscribe(listener: () => void): () => void };
}

/** Members that are looked at side by side. */
const CONCURRENCY = 4;
/** How soon a new node, or one that has gone, is noticed: two small requests a member. */
const GLANCE_MS = 60_000;
/** Members are not looked at together, and none sooner than after this. */
const SHORTEST_GLANCE_MS = 0.9 * GLANCE_MS;
/** Everything is read again this often, whatever has not changed. */
const LOOK_MS = 30 * 60_000;
/** Pods come whole, some KiB each, and at a start from every member: enough to see that a range is wrong, which shows in almost every address. */
const SAMPLE = 100;
/** One member that answers slowly holds up none of the others for longer. */
const TIMEOUT_MS = 30_000;
const CONFLICT_RETRY_MS = 500;
/** Changes of several members, as at a start, are compared once. */
const COMPARE_AFTER_MS = 1_000;

/** What others go by. */
export interface SeenNetwork {
  readonly network: ClusterNetworkStatus;
  /** Missing: they may not be read. */
  readonly nodes: readonly MeshNode[] | undefined;
}

/** What is known of a member. */
interface Known {
  readonly uid: string | undefined;
  readonly findings: NetworkFindings;
  readonly nodes: readonly MeshNode[] | undefined;
  readonly fingerprint: string;
  /** Of the declaration that it was made with. */
  readonly declared: string;
  /** When everything was read, and when the fingerprint was; monotonic. */
  readonly readAt: number;
  readonly glancedAt: number;
  /** The host's KubeFedCluster CRD does not know `status.network`. */
  readonly pruned: boolean;
}

/** Finds the address ranges of every member that is ready, compares them, and writes both down on the KubeFedClusters. */
export class NetworkController implements Component {
  readonly name = 'network';
  readonly #options: NetworkControllerOptions;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #known = new Map<string, Known>();
  readonly #stops: (() => void)[] = [];
  readonly #listeners = new Set<(cluster: string) => void>();
  #overlaps = new Map<string, Overlap[]>();
  #cancelCompare: (() => void) | undefined;

  constructor(options: NetworkControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock });
    this.#controller = new Controller({
      name: this.name,
      queue: this.#queue,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency: CONCURRENCY,
      timeoutMs: TIMEOUT_MS,
      log: options.log,
      clock: options.clock,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clusters, mesh } = this.#options;
    if (mesh !== undefined) this.#stops.push(mesh.subscribe(() => this.#compareSoon()));
    this.#stops.push(
      clusters.subscribe(({ type, cluster }) => {
        if (type === 'ready' || type === 'changed' || type === 'left') this.#queue.add(cluster);
      }),
    );
    this.#controller.start(signal);
    for (const { name } of clusters.list()) this.#queue.add(name);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#cancelCompare?.();
    await this.#controller.close();
  }

  /** What was found of a member in this process' life; undefined: it has not been looked at, or has left. */
  seen(cluster: string): SeenNetwork | undefined {
    const known = this.#known.get(cluster);
    return known === undefined ? undefined : { network: known.findings.network, nodes: known.nodes };
  }

  /** Calls `listener` with a member whose ranges or nodes are others than before. */
  subscribe(listener: (cluster: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { clusters, random } = this.#options;
    const cluster = clusters.object(name);
    const accessor = clusters.get(name);
    if (cluster === undefined || accessor === undefined || accessor.leaving) {
      if (this.#known.delete(name)) this.#compareSoon();
      return undefined;
    }
    // What was found last still holds for one that is away: its addresses have not gone to anybody else.
    if (!accessor.ready || accessor.client === undefined) return undefined;
    await this.#look(name, cluster, accessor, accessor.client, signal);
    const written = await this.#write(name, signal);
    const glanceMs = SHORTEST_GLANCE_MS + 0.2 * GLANCE_MS * random();
    return { requeueAfterMs: written ? glanceMs : CONFLICT_RETRY_MS };
  }

  /** Reads the member's ranges where there is reason to think that they are others than before. */
  async #look(
    name: string,
    cluster: DeepReadonly<KubeFedCluster>,
    accessor: Accessor,
    client: Client,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#options.clock.monotonic();
    const known = this.#known.get(name);
    const declared = JSON.stringify(cluster.spec.network ?? {});
    const isFresh =
      known !== undefined && known.uid === accessor.uid && known.declared === declared && now - known.readAt < LOOK_MS;
    // Whoever comes only to write what a comparison found asks the member nothing.
    if (isFresh && now - known.glancedAt < SHORTEST_GLANCE_MS) return;
    const fingerprint = await readFingerprint(client, signal);
    if (isFresh && known.fingerprint === fingerprint) {
      this.#known.set(name, { ...known, glancedAt: now });
      return;
    }
    const { facts, forbidden } = await readFacts(client, { signal, sample: SAMPLE });
    const { network, faults } = discover(facts, cluster.spec.network);
    const inside = faultsWithin(facts);
    const nodes = facts.nodes === undefined ? undefined : meshNodesOf(facts.nodes);
    this.#known.set(name, {
      uid: accessor.uid,
      findings: { network, faults, inside, forbidden },
      nodes,
      fingerprint,
      declared,
      readAt: now,
      glancedAt: now,
      pruned: known?.pruned ?? false,
    });
    const hasMoved = JSON.stringify(known?.findings.network) !== JSON.stringify(network);
    if (hasMoved) this.#compareSoon();
    if (hasMoved || JSON.stringify(known?.nodes) !== JSON.stringify(nodes)) {
      for (const listener of this.#listeners) listener(name);
    }
  }

  /** False when somebody else has written in between, and it is to be tried again. */
  async #write(name: string, signal: AbortSignal): Promise<boolean> {
    const { clusters, host, clock } = this.#options;
    const known = this.#known.get(name);
    const cluster = clusters.object(name);
    if (known === undefined || cluster === undefined) return true;
    const previous = known.pruned ? withNetwork(cluster, known) : cluster.status;
    const now = rfc3339(clock.now());
    const status = networkStatus(name, previous, known.findings, this.#overlaps.get(name) ?? [], now);
    if (status === undefined) return true;
    try {
      const answer = await patchStatus(host, cluster, status, signal);
      clusters.objects.noteWrite(answer);
      this.#known.set(name, { ...known, pruned: answer.status?.network === undefined });
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      if (isNotFound(error)) return true;
      throw error;
    }
  }

  #compareSoon(): void {
    this.#cancelCompare ??= this.#options.clock.after(COMPARE_AFTER_MS, () => {
      this.#cancelCompare = undefined;
      this.#compare();
    });
  }

  /** Compares all members at once; each is written to where something else is to be said of it. */
  #compare(): void {
    const claims = [...this.#known].flatMap(([name, { findings }]) => claimsOf(name, findings.network));
    const mesh = this.#options.mesh?.ranges ?? NO_MESH;
    const found = overlapsAmong([...claims, ...mesh.claims], mesh.routed);
    const overlaps = new Map<string, Overlap[]>();
    for (const overlap of found) {
      for (const { cluster } of overlap.claims) {
        const own = overlaps.get(cluster);
        if (own === undefined) overlaps.set(cluster, [overlap]);
        else own.push(overlap);
      }
    }
    this.#overlaps = overlaps;
    for (const name of this.#known.keys()) this.#queue.add(name);
  }
}

/** What the object would say if its CRD let it. */
function withNetwork(
  cluster: DeepReadonly<KubeFedCluster>,
  { findings }: Known,
): DeepReadonly<KubeFedCluster>['status'] {
  return { conditions: [], ...cluster.status, network: findings.network };
}
