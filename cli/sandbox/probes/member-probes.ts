import type { KubeObject } from '../../../apis/meta/v1.ts';
import type { Client } from '../../../controller/kube/client.ts';
import { CONFIG_MAPS, PODS, SERVICES } from '../../../controller/kube/core-kinds.ts';
import { Reflector } from '../../../controller/kube/reflector.ts';
import type { Resource } from '../../../controller/kube/resource.ts';
import { Store } from '../../../controller/kube/store.ts';
import { type ProbeDirectory, parseDirectory } from '../../../controller/network/probe/directory.ts';
import { ProbeServer } from '../../../controller/network/probe/probe-server.ts';
import { Prober } from '../../../controller/network/probe/prober.ts';
import {
  PROBE_NAME,
  PROBE_NAMESPACE,
  PROBE_PORT,
  PROBE_SELECTOR,
  PROBE_SERVICE_PORT,
} from '../../../controller/network/reachability/workload.ts';
import type { Log } from '../../../controller/telemetry/log.ts';
import type { Clock } from '../../../controller/time/clock.ts';
import { type PodNetwork, type PodPlace, SEEN_AS_HEADER } from './pod-network.ts';

export interface MemberProbesOptions {
  /** Of the member; needs to read Pods, Services and ConfigMaps of the probes' namespace. */
  readonly client: Client;
  readonly network: PodNetwork;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** For each question, milliseconds. */
  readonly timeoutMs?: number;
}

interface Pod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[];
  };
  readonly status?: { readonly podIP?: string };
}

interface Service extends KubeObject {
  readonly spec?: { readonly clusterIP?: string };
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface Running {
  readonly prober: Prober;
  readonly close: () => Promise<void>;
  readonly port: number;
  readonly place: PodPlace;
}

/** Runs the probe program for the probes' Pods of one sandbox cluster, whose stand-in of a kubelet runs nothing: each on a port of loopback. */
export class MemberProbes {
  readonly #options: MemberProbesOptions;
  readonly #stopping = new AbortController();
  readonly #pods: Store<Pod>;
  readonly #services: Store<Service>;
  readonly #configMaps: Store<ConfigMap>;
  readonly #running = new Map<string, Running>();
  #unplaceService: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();
  #reflecting: Promise<unknown> = Promise.resolve();

  constructor(options: MemberProbesOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#pods = new Store<Pod>({ clock, log });
    this.#services = new Store<Service>({ clock, log });
    this.#configMaps = new Store<ConfigMap>({ clock, log });
  }

  /** Waits for nothing: probes run as their Pods come. */
  start(): void {
    for (const store of [this.#pods, this.#services, this.#configMaps]) store.subscribe(() => this.#look());
    const reflect = <T extends KubeObject>(resource: Resource, store: Store<T>, selection: object) => {
      const { client, clock, random, log } = this.#options;
      const what = { resource, namespace: PROBE_NAMESPACE, store, ...selection };
      return new Reflector<T>({ client, ...what, clock, random, log }).run(this.#stopping.signal);
    };
    const named = { fieldSelector: `metadata.name=${PROBE_NAME}` };
    this.#reflecting = Promise.all([
      reflect(PODS, this.#pods, { labelSelector: PROBE_SELECTOR }),
      reflect(SERVICES, this.#services, named),
      reflect(CONFIG_MAPS, this.#configMaps, named),
    ]);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the sandbox stops'));
    await this.#reflecting;
    await this.#working;
    this.#unplaceService();
    for (const [uid] of this.#running) await this.#end(uid);
  }

  #look(): void {
    this.#working = this.#working.then(() => this.#settle());
  }

  async #settle(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const pods = new Map([...this.#pods.values()].map((pod) => [pod.metadata.uid ?? '', pod]));
    for (const uid of this.#running.keys()) if (!pods.has(uid)) await this.#end(uid);
    for (const [uid, pod] of pods) if (!this.#running.has(uid)) await this.#begin(uid, pod as Pod);
    const text = [...this.#configMaps.values()][0]?.data?.['targets.json'];
    const directory: ProbeDirectory | string | undefined = text === undefined ? undefined : parseDirectory(text);
    for (const { prober } of this.#running.values()) if (directory !== undefined) prober.use(directory);
    this.#placeService([...this.#services.values()][0]?.spec?.clusterIP);
  }

  async #begin(nonce: string, { spec, status }: Pod): Promise<void> {
    const cluster = spec?.containers?.[0]?.env?.find(({ name }) => name === 'PROBE_CLUSTER')?.value;
    if (cluster === undefined || status?.podIP === undefined) return;
    const { network, clock, random, timeoutMs = 1_000 } = this.#options;
    const place: PodPlace = { cluster, node: spec?.nodeName ?? '', address: status.podIP, port: PROBE_PORT };
    const identity = { cluster, node: place.node, nonce };
    const prober = new Prober({ identity, ask: network.askFrom(place), clock, random, timeoutMs, concurrency: 32 });
    const peerOf = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) => String(headers[SEEN_AS_HEADER] ?? '');
    const server = new ProbeServer({ identity, prober, peerOf });
    const port = await server.listen(0, '127.0.0.1');
    const unplace = network.place(place, 'pod', port);
    const close = async () => {
      unplace();
      await prober.close();
      await server.close();
    };
    this.#running.set(nonce, { prober, close, port, place });
  }

  async #end(uid: string): Promise<void> {
    const running = this.#running.get(uid);
    this.#running.delete(uid);
    await running?.close();
  }

  /** Any of the Pods behind it. */
  #placeService(address: string | undefined): void {
    this.#unplaceService();
    this.#unplaceService = () => undefined;
    const first = [...this.#running.values()][0];
    if (address === undefined || first === undefined) return;
    const place = { ...first.place, node: '', address, port: PROBE_SERVICE_PORT };
    this.#unplaceService = this.#options.network.place(place, 'service', first.port);
  }
}
