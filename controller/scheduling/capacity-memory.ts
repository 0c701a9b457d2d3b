import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { MemberState } from './member-state.ts';
import { type Workload, wantedOf } from './workload.ts';

/**
 * What one workload's members turned out to hold, for as long as it matters. A member whose surplus was taken away has no
 * Pods any more that no node takes, so nothing says that it is full; until the replicas run elsewhere its share would go
 * back to it, to be refused again.
 */
export class CapacityMemory {
  readonly #capacity = new Map<string, number>();

  /** The states with what is remembered filled in. */
  recall(
    states: ReadonlyMap<string, MemberState>,
    workloads: ReadonlyMap<string, DeepReadonly<Workload>>,
  ): Map<string, MemberState> {
    const settled = [...states.values()].every((state) => state.settled);
    const recalled = new Map<string, MemberState>();
    for (const [cluster, state] of states) {
      const workload = workloads.get(cluster);
      const wanted = workload === undefined ? 0 : wantedOf(workload);
      if (state.capacity !== undefined) this.#capacity.set(cluster, state.capacity);
      else if (settled || (state.settled && wanted > (this.#capacity.get(cluster) ?? 0)))
        this.#capacity.delete(cluster);
      const capacity = this.#capacity.get(cluster);
      recalled.set(cluster, capacity === undefined ? state : { ...state, capacity });
    }
    for (const cluster of this.#capacity.keys()) if (!states.has(cluster)) this.#capacity.delete(cluster);
    return recalled;
  }
}
