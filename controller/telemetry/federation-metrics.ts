import { Distribution, type DistributionSample, family, histogramFamily, type Sample } from './exposition.ts';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

export interface MeasuredCluster {
  readonly name: string;
  readonly lane: {
    readonly depth: number;
    readonly inFlight: number;
    /** Milliseconds. */
    readonly oldestMs: number;
    readonly stalled: boolean;
  };
  /** Until its credentials end, milliseconds, negative afterwards; undefined when they never do, or nobody knows. */
  readonly credentialsEndInMs: number | undefined;
  /** How long the cluster granted them for, milliseconds. */
  readonly credentialsLifeMs: number | undefined;
}

export interface MeasuredType {
  readonly name: string;
  /** Federated objects on the host. */
  readonly objects: number;
  /** How many of them stand so in a cluster. `status` is a word of `status.clusters[].status`, or `OK`. */
  readonly copies: Iterable<{ readonly cluster: string; readonly status: string; readonly count: number }>;
}

/** What is asked at each scrape, of whoever leads. */
export interface MeasuredFederation {
  clusters(): Iterable<MeasuredCluster>;
  types(): Iterable<MeasuredType>;
}

/** What the leading replica knows of its federation. Replicas that stand by show nothing of it. */
export class FederationMetrics {
  /** By type, then cluster. */
  readonly #propagation = new Map<string, Map<string, Distribution>>();
  #federation: MeasuredFederation | undefined;

  /** Shows this one until the returned function is called. */
  show(federation: MeasuredFederation): () => void {
    this.#federation = federation;
    return () => {
      if (this.#federation !== federation) return;
      this.#federation = undefined;
      this.#propagation.clear();
    };
  }

  propagated(type: string, cluster: string, seconds: number): void {
    let clusters = this.#propagation.get(type);
    if (clusters === undefined) {
      clusters = new Map();
      this.#propagation.set(type, clusters);
    }
    let distribution = clusters.get(cluster);
    if (distribution === undefined) {
      distribution = new Distribution(BUCKETS);
      clusters.set(cluster, distribution);
    }
    distribution.observe(seconds);
  }

  forgetType(type: string): void {
    this.#propagation.delete(type);
  }

  forgetCluster(cluster: string): void {
    for (const clusters of this.#propagation.values()) clusters.delete(cluster);
  }

  text(): string {
    const clusters = [...(this.#federation?.clusters() ?? [])];
    const types = [...(this.#federation?.types() ?? [])];
    const perCluster = (name: string, help: string, value: (cluster: MeasuredCluster) => number | undefined) =>
      family(name, 'gauge', help, samplesOf(clusters, value));
    return [
      histogramFamily(
        'fedmesh_propagation_duration_seconds',
        'Time from when the controller learns of a change of a federated object until a cluster has it.',
        this.#durations(),
      ),
      perCluster('fedmesh_lane_depth', 'Writes to a cluster that wait for their turn.', ({ lane }) => lane.depth),
      perCluster('fedmesh_lane_in_flight', 'Writes to a cluster that are under way.', ({ lane }) => lane.inFlight),
      perCluster(
        'fedmesh_lane_oldest_seconds',
        'How long the write whose turn is next has waited.',
        ({ lane }) => lane.oldestMs / 1000,
      ),
      perCluster(
        'fedmesh_lane_stalled',
        'Whether writes to a cluster are under way and none of them ends.',
        ({ lane }) => (lane.stalled ? 1 : 0),
      ),
      perCluster(
        'fedmesh_cluster_credentials_remaining_seconds',
        "Time until the controller's credentials for a cluster end.",
        ({ credentialsEndInMs }) => (credentialsEndInMs === undefined ? undefined : credentialsEndInMs / 1000),
      ),
      perCluster(
        'fedmesh_cluster_credentials_lifetime_seconds',
        "How long the controller's credentials for a cluster were granted for.",
        ({ credentialsLifeMs }) => (credentialsLifeMs === undefined ? undefined : credentialsLifeMs / 1000),
      ),
      family(
        'fedmesh_federated_objects',
        'gauge',
        'Federated objects on the host.',
        types.map(({ name, objects }) => ({ labels: { type: name }, value: objects })),
      ),
      family(
        'fedmesh_propagated_objects',
        'gauge',
        'Federated objects by how they stand in a cluster, as their status says it.',
        types.flatMap(({ name, copies }) =>
          [...copies].map(({ cluster, status, count }) => ({ labels: { type: name, cluster, status }, value: count })),
        ),
      ),
    ].join('\n');
  }

  *#durations(): IterableIterator<DistributionSample> {
    for (const [type, clusters] of this.#propagation) {
      for (const [cluster, distribution] of clusters) yield { labels: { type, cluster }, distribution };
    }
  }
}

function samplesOf(
  clusters: readonly MeasuredCluster[],
  read: (cluster: MeasuredCluster) => number | undefined,
): Sample[] {
  return clusters.flatMap((cluster) => {
    const value = read(cluster);
    return value === undefined ? [] : [{ labels: { cluster: cluster.name }, value }];
  });
}
