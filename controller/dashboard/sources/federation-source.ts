import type { Clusters } from '../../clusters/clusters.ts';
import { keyOf } from '../../kube/resource.ts';
import { secretRefOf } from '../../membership/identity.ts';
import { lifeOf } from '../../membership/token-life.ts';
import type { MeshConfigs } from '../../network/mesh/mesh-configs.ts';
import type { Component } from '../../runtime/manager.ts';
import type { TypeController } from '../../types/type-controller.ts';
import type { Board } from '../board.ts';
import type { ShownTypeStore } from '../stores.ts';
import type { ClusterMeasures } from '../views/cluster-view.ts';
import { shownType } from '../views/shown-type.ts';
import { OwnReading, type OwnReadingOptions } from './own-reading.ts';

/** What a leading controller has that can be shown. */
export interface LedFederation {
  readonly clusters: Pick<Clusters, 'objects' | 'get' | 'object' | 'secrets'>;
  readonly types: Pick<TypeController, 'running' | 'subscribe'>;
  readonly mesh: Pick<MeshConfigs, 'store'> | undefined;
}

export type FederationSourceOptions = Omit<OwnReadingOptions, 'onTypes'> & { readonly board: Board };

/** Reading for itself begins only when nobody has made this replica the leader for so long: most are elected at once. */
const OWN_AFTER_MS = 5_000;
const NOISE_MS = 25;

/**
 * Where the board reads from: while this replica leads, from the stores that it works with, which costs the API server
 * nothing; otherwise from watches of its own.
 */
export class FederationSource implements Component {
  readonly name = 'dashboard source';
  readonly #options: FederationSourceOptions;
  readonly #latencies = new Map<string, number>();
  #led: LedFederation | undefined;
  #forgetTypes: () => void = () => undefined;
  #own: OwnReading | undefined;
  #cancel: () => void = () => undefined;
  #closed = false;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: FederationSourceOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#readSoon();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    this.#forgetTypes();
    this.#giveUpReading();
    await Promise.all(this.#closing);
  }

  /** For the leader's components: shows theirs while they run. */
  follow(federation: LedFederation): Component {
    return {
      name: 'dashboard',
      start: async () => this.#lead(federation),
      close: async () => this.#endLead(federation),
    };
  }

  /** A member was probed, and answered after so long. */
  probed(cluster: string, seconds: number): void {
    const [before = Number.NEGATIVE_INFINITY, now] = [this.#latencies.get(cluster), Math.round(seconds * 1_000)];
    // What merely wavers is told with the next thing that is worth telling.
    const isNews = Math.abs(now - before) > Math.max(NOISE_MS, before / 2);
    this.#latencies.set(cluster, now);
    if (isNews) this.#options.board.touchCluster(cluster);
  }

  #lead(federation: LedFederation): void {
    this.#cancel();
    this.#led = federation;
    const { clusters, types, mesh } = federation;
    const { board } = this.#options;
    board.showFederation({
      clusters: clusters.objects,
      types: storesOf(types),
      mesh: mesh?.store,
      measures: (name) => measured(name, clusters, this.#latencies.get(name)),
    });
    this.#forgetTypes = types.subscribe(() => board.showTypes(storesOf(types)));
    this.#giveUpReading();
  }

  /** What was shown last stays until something else is read. */
  #endLead(federation: LedFederation): void {
    if (this.#led !== federation) return;
    this.#led = undefined;
    this.#forgetTypes();
    this.#latencies.clear();
    this.#readSoon();
  }

  #readSoon(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.after(OWN_AFTER_MS, () => {
      const { board } = this.#options;
      const own = new OwnReading({ ...this.#options, onTypes: (types) => board.showTypes(types) });
      this.#own = own;
      board.showFederation(own.stores);
      own.start();
    });
  }

  #giveUpReading(): void {
    const own = this.#own;
    this.#own = undefined;
    if (own === undefined) return;
    const closing = own.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function storesOf(types: LedFederation['types']): ShownTypeStore[] {
  return [...types.running()].map(({ type, federated }) => ({ type: shownType(type), store: federated }));
}

function measured(
  name: string,
  clusters: Pick<LedFederation['clusters'], 'get' | 'object' | 'secrets'>,
  latencyMs: number | undefined,
): ClusterMeasures {
  const lane = clusters.get(name)?.lane;
  const cluster = clusters.object(name);
  const hasSecret = cluster?.spec?.secretRef?.name !== undefined;
  const life = hasSecret ? lifeOf(clusters.secrets.get(keyOf(secretRefOf(cluster)))) : undefined;
  return {
    ...(lane === undefined
      ? {}
      : { lane: { depth: lane.depth, oldestSeconds: Math.round(lane.oldestMs / 1_000), stalled: lane.stalled } }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(life === undefined ? {} : { credentialsExpireAt: life.expiresAt }),
  };
}
