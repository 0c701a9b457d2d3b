import type { Clock } from '../../controller/time/clock.ts';
import { CliError, usageError } from '../exit.ts';
import type { Breakage, BreakRequest, ClusterState } from './control/protocol.ts';
import type { SandboxCluster } from './runtime/runtime.ts';

interface Active extends Breakage {
  readonly mend: () => Promise<void>;
  readonly cancel: () => void;
}

/** Which clusters of a sandbox are broken on purpose, how, and until when. */
export class Breakages {
  readonly #clusters: Readonly<Record<string, SandboxCluster>>;
  readonly #clock: Clock;
  readonly #onHealed: (cluster: string) => void;
  readonly #active = new Map<string, Active>();
  /** Changes to a cluster happen one after the other. */
  readonly #changing = new Map<string, Promise<unknown>>();

  constructor(options: {
    clusters: Readonly<Record<string, SandboxCluster>>;
    clock: Clock;
    /** A breakage's time was over. */
    onHealed: (cluster: string) => void;
  }) {
    this.#clusters = options.clusters;
    this.#clock = options.clock;
    this.#onHealed = options.onHealed;
  }

  /** A cluster is broken in one way at a time: what it had before is mended first. */
  async break({ cluster, how, forMs }: BreakRequest): Promise<ClusterState> {
    const target = this.#named(cluster);
    if (!target.faults.includes(how)) {
      throw new CliError(`${how} cannot be done to a real API server`, {
        hint: `${target.faults.join(' and ')} can; the others need a sandbox with --runtime embedded`,
      });
    }
    return this.#inTurn(cluster, async () => {
      await this.#mend(cluster);
      const mend = await target.inject(how);
      const cancel = this.#clock.after(forMs, () => {
        void this.mend(cluster).then(() => this.#onHealed(cluster));
      });
      this.#active.set(cluster, { how, until: new Date(this.#clock.now() + forMs).toISOString(), mend, cancel });
      return this.stateOf(cluster);
    });
  }

  /** Mends what is broken; well is well. */
  async mend(cluster: string): Promise<ClusterState> {
    this.#named(cluster);
    return this.#inTurn(cluster, async () => {
      await this.#mend(cluster);
      return this.stateOf(cluster);
    });
  }

  stateOf(name: string): ClusterState {
    const { server, state } = this.#named(name);
    const active = this.#active.get(name);
    const broken = active === undefined ? {} : { broken: { how: active.how, until: active.until } };
    return { name, server, state, ...broken };
  }

  /** Forgets what is broken without mending it: everything ends now. */
  close(): void {
    for (const { cancel } of this.#active.values()) cancel();
    this.#active.clear();
  }

  async #mend(cluster: string): Promise<void> {
    const active = this.#active.get(cluster);
    if (active === undefined) return;
    this.#active.delete(cluster);
    active.cancel();
    await active.mend();
  }

  #named(name: string): SandboxCluster {
    const found = Object.hasOwn(this.#clusters, name) ? this.#clusters[name] : undefined;
    if (found !== undefined) return found;
    throw usageError(`the sandbox has no cluster "${name}"`, `it has: ${Object.keys(this.#clusters).join(', ')}`);
  }

  async #inTurn<T>(cluster: string, work: () => Promise<T>): Promise<T> {
    const before = this.#changing.get(cluster) ?? Promise.resolve();
    const turn = before.then(work);
    // Whoever asked is told of the failure; the next one is not kept from its turn.
    this.#changing.set(
      cluster,
      turn.then(
        () => undefined,
        () => undefined,
      ),
    );
    return turn;
  }
}
