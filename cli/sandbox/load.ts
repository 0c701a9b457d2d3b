import type { Resource } from '../../apis/meta/resource.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { type FederatedObject, PROPAGATION_CONDITION } from '../../apis/types/v1beta1/federated-object.ts';
import type { Client } from '../../controller/kube/client.ts';
import { NAMESPACES } from '../../controller/kube/core-kinds.ts';
import { Reflector } from '../../controller/kube/reflector.ts';
import { keyOf } from '../../controller/kube/resource.ts';
import { Store } from '../../controller/kube/store.ts';
import { onAbort } from '../../controller/time/abort.ts';
import { type Clock, sleep } from '../../controller/time/clock.ts';
import { createIfMissing, getIfPresent } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';

/** All of the load lives in it, on the host and in the members. */
export const LOAD_NAMESPACE = 'sandbox-load';

const FEDERATED = { group: 'types.kubefed.io', version: 'v1beta1', namespaced: true } as const;
const FEDERATED_NAMESPACES: Resource = { ...FEDERATED, kind: 'FederatedNamespace', plural: 'federatednamespaces' };
const FEDERATED_CONFIG_MAPS: Resource = { ...FEDERATED, kind: 'FederatedConfigMap', plural: 'federatedconfigmaps' };

const EVERYWHERE = { clusterSelector: {} };
const WRITES_AT_A_TIME = 32;
const PAYLOAD_BYTES = 1024;
const POLL_MS = 50;

export interface LoadOptions {
  readonly count: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}

export interface LoadProgress {
  readonly written: number;
  readonly propagated: number;
}

/** Durations in milliseconds. */
export interface LoadResult {
  readonly created: number;
  readonly changed: number;
  readonly writtenAfter: number;
  readonly propagatedAfter: number;
  /** From the write of an object to the status that says it is everywhere. */
  readonly latency: { readonly half: number; readonly most: number; readonly slowest: number };
}

/** Writes federated ConfigMaps, as fast as the host takes them, and waits until each is in every member. */
export async function makeLoad(host: Client, options: LoadOptions): Promise<LoadResult> {
  const { count, clock, signal } = options;
  await ensureNamespace(host, options);
  const watching = new AbortController();
  const stopWatching = onAbort(signal, () => watching.abort(signal.reason));
  const store = new Store<FederatedObject>();
  const reflector = new Reflector({ client: host, resource: FEDERATED_CONFIG_MAPS, store, namespace: LOAD_NAMESPACE });
  const followed = reflector.run(watching.signal);
  try {
    await store.waitForSync(signal);
    const known = new Set(store.keys());
    const arrivals = new Arrivals(store, clock);
    const started = clock.monotonic();
    const round = new Date(clock.now()).toISOString();
    const names = Array.from({ length: count }, (_, index) => `load-${String(index + 1).padStart(5, '0')}`);
    let written = 0;
    const tell = () => options.onProgress({ written, propagated: arrivals.arrived });
    arrivals.onArrival(tell);
    await mapConcurrently(names, WRITES_AT_A_TIME, async (name) => {
      const object = configMap(name, round);
      const key = keyOf(object.metadata);
      arrivals.expect(key);
      const answer = known.has(key)
        ? await host.patch(
            FEDERATED_CONFIG_MAPS,
            { namespace: LOAD_NAMESPACE, name },
            { type: 'merge', body: object },
            { signal },
          )
        : await host.create(FEDERATED_CONFIG_MAPS, object, { signal });
      arrivals.wrote(key, answer.metadata.generation ?? 1);
      written += 1;
      tell();
    });
    const writtenAfter = clock.monotonic() - started;
    await arrivals.all(signal);
    const changed = names.filter((name) => known.has(`${LOAD_NAMESPACE}/${name}`)).length;
    return {
      created: count - changed,
      changed,
      writtenAfter,
      propagatedAfter: clock.monotonic() - started,
      latency: arrivals.latency,
    };
  } finally {
    stopWatching();
    watching.abort(new Error('the load is done'));
    await followed;
  }
}

/** Takes away what {@link makeLoad} made, in the members too. */
export async function removeLoad(
  host: Client,
  { clock, signal }: Pick<LoadOptions, 'clock' | 'signal'>,
): Promise<'removed' | 'absent'> {
  const namespace = await getIfPresent(host, NAMESPACES, { name: LOAD_NAMESPACE }, signal);
  if (namespace === undefined) return 'absent';
  await host.delete(NAMESPACES, { name: LOAD_NAMESPACE }, { signal });
  while ((await getIfPresent(host, NAMESPACES, { name: LOAD_NAMESPACE }, signal)) !== undefined) {
    await sleep(clock, POLL_MS, signal);
  }
  return 'removed';
}

/** On the host, and placed on every member, those that join later too. */
async function ensureNamespace(host: Client, { clock, signal }: LoadOptions): Promise<void> {
  const writing = { signal, dryRun: false };
  await createIfMissing(
    host,
    NAMESPACES,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LOAD_NAMESPACE } },
    writing,
  );
  const ref = { namespace: LOAD_NAMESPACE, name: LOAD_NAMESPACE };
  const federated = { ...head(FEDERATED_NAMESPACES), metadata: ref, spec: { placement: EVERYWHERE } };
  await createIfMissing<KubeObject>(host, FEDERATED_NAMESPACES, federated, writing);
  while (!isPropagated(await host.get<FederatedObject>(FEDERATED_NAMESPACES, ref, { signal }), 1)) {
    await sleep(clock, POLL_MS, signal);
  }
}

function configMap(name: string, round: string): FederatedObject {
  const data = { round, payload: 'x'.repeat(PAYLOAD_BYTES) };
  return {
    ...head(FEDERATED_CONFIG_MAPS),
    metadata: { namespace: LOAD_NAMESPACE, name },
    spec: { template: { data }, placement: EVERYWHERE },
  };
}

function head({ group, version, kind }: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: `${group}/${version}`, kind };
}

function isPropagated({ status }: DeepReadonly<FederatedObject>, generation: number): boolean {
  const condition = status?.conditions?.find(({ type }) => type === PROPAGATION_CONDITION);
  return condition?.status === 'True' && (status?.observedGeneration ?? 0) >= generation;
}

interface Expected {
  readonly since: number;
  /** Undefined until the write is answered. */
  generation: number | undefined;
  arrivedAt: number | undefined;
}

/** Which of the written objects are where they should be, and how long that took. */
class Arrivals {
  readonly #store: Store<FederatedObject>;
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();
  #arrived = 0;
  #tell: () => void = () => undefined;
  #finished: (() => void) | undefined;

  constructor(store: Store<FederatedObject>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    store.subscribe(({ key }) => this.#look(key));
  }

  get arrived(): number {
    return this.#arrived;
  }

  get latency(): LoadResult['latency'] {
    const sorted = [...this.#expected.values()]
      .map(({ since, arrivedAt = since }) => arrivedAt - since)
      .sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { half: at(0.5), most: at(0.95), slowest: sorted.at(-1) ?? 0 };
  }

  onArrival(tell: () => void): void {
    this.#tell = tell;
  }

  expect(key: string): void {
    this.#expected.set(key, { since: this.#clock.monotonic(), generation: undefined, arrivedAt: undefined });
  }

  /** The status may have come before the answer to the write. */
  wrote(key: string, generation: number): void {
    const expected = this.#expected.get(key);
    if (expected === undefined) return;
    expected.generation = generation;
    this.#look(key);
  }

  all(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#arrived === this.#expected.size) return resolve();
      this.#finished = resolve;
      onAbort(signal, () => reject(signal.reason));
    });
  }

  #look(key: string): void {
    const expected = this.#expected.get(key);
    const object = this.#store.get(key);
    if (expected?.generation === undefined || expected.arrivedAt !== undefined || object === undefined) return;
    if (!isPropagated(object, expected.generation)) return;
    expected.arrivedAt = this.#clock.monotonic();
    this.#arrived += 1;
    this.#tell();
    if (this.#arrived === this.#expected.size) this.#finished?.();
  }
}
