import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { MANAGED_LABEL } from '../../apis/well-known.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { MemberWatch } from '../clusters/member-watch.ts';
import type { Client } from '../kube/client.ts';
import { Reflector } from '../kube/reflector.ts';
import type { Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { type PlannedObject, plannedOnly, saysTheSame } from './planned-object.ts';
import { sameNumbers, type Workload, workloadOnly } from './workload.ts';

export interface PlannedTypeOptions {
  readonly federated: Resource;
  readonly target: Resource;
  readonly host: Client;
  /** Default: all. */
  readonly namespace?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A federated object has changed. */
  readonly onFederated: (key: string) => void;
  /** A workload in a member has changed in a way that a plan may depend on. */
  readonly onWorkload: (key: string) => void;
  /** The federated objects, or a member's workloads, are listed, or cannot be. */
  readonly onReady: () => void;
}

interface Member {
  readonly watch: MemberWatch;
  readonly since: number;
  readonly undo: () => void;
}

/** A member's workload as far as it is known. */
export type WorkloadLook =
  | { readonly state: 'known'; readonly workload: DeepReadonly<Workload> | undefined }
  /** The first list is under way. */
  | { readonly state: 'starting' }
  | { readonly state: 'unknown' };

/** How long a member's first list may take until planning goes on without it. */
const PATIENCE_MS = 5_000;

/** A kind whose replicas are planned: its federated objects on the host and its workloads in the members. */
export class PlannedType {
  readonly federated: Resource;
  readonly target: Resource;
  readonly objects: Store<PlannedObject>;
  readonly #options: PlannedTypeOptions;
  readonly #limit: { readonly namespace?: string };
  readonly #members = new Map<string, Member>();
  readonly #stopping = new AbortController();
  #reflecting: Promise<void> | undefined;

  constructor(options: PlannedTypeOptions) {
    const { clock, log } = options;
    this.#options = options;
    this.#limit = options.namespace === undefined ? {} : { namespace: options.namespace };
    this.federated = options.federated;
    this.target = options.target;
    this.objects = new Store<PlannedObject>({ clock, log, transform: plannedOnly });
  }

  start(accessors: Iterable<Accessor>): void {
    const { host, clock, log, onFederated, onReady } = this.#options;
    this.objects.subscribe(({ type, key, object, previous }) => {
      // Most changes are those of the status.
      if (type !== 'updated' || previous === undefined || !saysTheSame(previous, object)) onFederated(key);
    });
    for (const accessor of accessors) this.engage(accessor);
    const reflector = new Reflector<PlannedObject>({
      client: host,
      resource: this.federated,
      ...this.#limit,
      store: this.objects,
      clock,
      log,
    });
    const { signal } = this.#stopping;
    this.#reflecting = reflector.run(signal);
    void this.objects.waitForSync(signal).then(onReady, () => undefined);
  }

  engage(accessor: Accessor): void {
    if (this.#members.has(accessor.name) || this.#stopping.signal.aborted) return;
    const { clock, onWorkload, onReady } = this.#options;
    const watch = accessor.watch(this.target, {
      ...this.#limit,
      labelSelector: `${MANAGED_LABEL}=true`,
      transform: workloadOnly,
    });
    const stops = [
      watch.store.subscribe(({ type, key, object, previous }) => {
        if (type === 'updated' && previous !== undefined && sameNumbers(previous as Workload, object as Workload))
          return;
        onWorkload(key);
      }),
      watch.onState((state) => {
        if (state === 'synced' || state === 'notServed' || state === 'forbidden') onReady();
      }),
      () => watch.close(),
    ];
    const undo = () => {
      for (const stop of stops) stop();
    };
    this.#members.set(accessor.name, { watch, since: clock.monotonic(), undo });
  }

  disengage(cluster: string): void {
    this.#members.get(cluster)?.undo();
    this.#members.delete(cluster);
  }

  workloadIn(cluster: string, key: string): WorkloadLook {
    const member = this.#members.get(cluster);
    if (member === undefined) return { state: 'unknown' };
    if (member.watch.store.synced)
      return { state: 'known', workload: member.watch.store.get(key) as DeepReadonly<Workload> };
    const { state } = member.watch;
    if (state === 'notServed' || state === 'forbidden') return { state: 'unknown' };
    const young = this.#options.clock.monotonic() - member.since < PATIENCE_MS;
    return { state: young ? 'starting' : 'unknown' };
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('scheduling is stopped'));
    for (const cluster of [...this.#members.keys()]) this.disengage(cluster);
    await this.#reflecting;
  }
}
