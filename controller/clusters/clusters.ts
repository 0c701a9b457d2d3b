import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { SECRETS } from '../kube/core-kinds.ts';
import { Reflector } from '../kube/reflector.ts';
import { keyOf, type Resource } from '../kube/resource.ts';
import { Store, type StoreEvent } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import { onAbort } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import { Accessor, type LaneSettings } from './accessor.ts';
import type { Probe } from './conditions.ts';
import { type Secret, TOKEN_KEY, tokenOf } from './endpoint.ts';
import { isLeaving } from './leaving.ts';
import { type HealthSettings, Monitor } from './monitor.ts';
import { SecretCredentials } from './secret-credentials.ts';

export interface ClusterEvent {
  /** `changed`: its labels, annotations or spec, or it begins to leave. */
  readonly type: 'joined' | 'left' | 'ready' | 'notReady' | 'changed';
  readonly cluster: string;
}

export interface ClustersOptions {
  /** Its fence holds for the members too. */
  host: Client;
  /** The control plane's. */
  namespace: string;
  /** Asked before each probe. */
  health: () => HealthSettings;
  lane?: LaneSettings;
  /** How long a whole list of one kind may take in a member before it is begun anew, milliseconds. */
  listTimeoutMs?: () => number;
  clock: Clock;
  random: () => number;
  log: Log;
  /** For metrics. */
  onProbe?: (cluster: string, outcome: Probe['outcome'], seconds: number, probe: Probe) => void;
  onConnected?: (seconds: number) => void;
}

interface Member {
  readonly uid: string | undefined;
  readonly accessor: Accessor;
  readonly monitor: Monitor;
  readonly credentials: Map<string, SecretCredentials>;
  wasReady: boolean;
}

const SECRET_READ_TIMEOUT_MS = 5_000;
const BY_SECRET = 'secret';

/**
 * The members of the federation: one accessor for each KubeFedCluster, connected, probed and closed as the object and its
 * Secret say. One that cannot be reached, or is badly described, concerns nobody but itself.
 */
export class Clusters {
  readonly name = 'clusters';
  readonly objects: Store<KubeFedCluster>;
  /** The Secrets of the control plane's namespace, tokens only. */
  readonly secrets: Store<Secret>;
  readonly #options: ClustersOptions;
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<(event: ClusterEvent) => void>();
  readonly #farewells = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #forgetSignal: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ClustersOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.objects = new Store<KubeFedCluster>({
      clock,
      log,
      indexes: { [BY_SECRET]: ({ spec }) => (spec?.secretRef?.name ? [spec.secretRef.name] : []) },
    });
    this.secrets = new Store<Secret>({ clock, log, transform: tokenOnly });
  }

  /** Whether all members are known. Before that, a member that `get` does not find may well exist. */
  get synced(): boolean {
    return this.objects.synced && this.secrets.synced;
  }

  get(name: string): Accessor | undefined {
    return this.#members.get(name)?.accessor;
  }

  list(): Accessor[] {
    return [...this.#members.values()].map(({ accessor }) => accessor);
  }

  /** The KubeFedCluster of that name. */
  object(name: string): DeepReadonly<KubeFedCluster> | undefined {
    return this.objects.get(keyOf({ namespace: this.#options.namespace, name }));
  }

  subscribe(listener: (event: ClusterEvent) => void): () => void {
    const entry = (event: ClusterEvent) => listener(event);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Looks at a member now instead of at the next period. */
  kick(name: string): void {
    this.#members.get(name)?.monitor.kick();
  }

  /** Begins to watch and connect; waits for nothing. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#running !== undefined) return;
    this.#options.log.info('Starting cluster controller'); // KubeFed's words, which tell scripts that it works
    this.#forgetSignal = onAbort(signal, () => void this.close());
    const stop = this.#stopping.signal;
    this.secrets.subscribe((event) => this.#onSecret(event));
    this.objects.subscribe((event) => this.#onCluster(event));
    this.#running = Promise.all([
      this.#reflect(SECRETS, this.secrets).run(stop),
      // A member whose Secret has not been listed yet would look malformed.
      this.secrets.waitForSync(stop).then(
        () => this.#reflect(KUBEFED_CLUSTERS, this.objects).run(stop),
        () => undefined,
      ),
    ]).then(() => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut();
    return this.#closed;
  }

  async #shut(): Promise<void> {
    this.#forgetSignal?.();
    this.#stopping.abort(new Error('the controller stops'));
    await this.#running;
    for (const member of this.#members.values()) this.#dismiss(member);
    this.#members.clear();
    await Promise.all(this.#farewells);
  }

  #reflect<T extends KubeFedCluster | Secret>(resource: Resource, store: Store<T>): Reflector<T> {
    const { host, namespace, clock, random, log } = this.#options;
    return new Reflector<T>({ client: host, resource, store, namespace, clock, random, log });
  }

  #onCluster(event: StoreEvent<KubeFedCluster>): void {
    const name = event.object.metadata.name ?? '';
    if (this.#stopping.signal.aborted) return;
    if (event.type === 'deleted') {
      this.#remove(name);
      return;
    }
    const member = this.#members.get(name);
    if (member !== undefined && member.uid !== event.object.metadata.uid) this.#remove(name);
    const isNew = !this.#members.has(name);
    if (isNew) this.#add(name, event.key, event.object);
    if (isLeaving(event.object)) this.#startLeaving(name);
    if (isNew) {
      this.#tell({ type: 'joined', cluster: name });
    } else if (event.previous === undefined || saysOtherwise(event.previous, event.object)) {
      this.#members.get(name)?.monitor.kick();
      this.#tell({ type: 'changed', cluster: name });
    }
  }

  #add(name: string, key: string, cluster: DeepReadonly<KubeFedCluster>): void {
    const { host, health, clock, random, listTimeoutMs } = this.#options;
    const log = this.#options.log.child({ cluster: name });
    const lists = listTimeoutMs === undefined ? {} : { listTimeoutMs };
    const accessor = new Accessor({ name, lane: this.#options.lane ?? {}, host, clock, random, log, ...lists });
    const credentials = new Map<string, SecretCredentials>();
    const monitor = new Monitor({
      accessor,
      key,
      host,
      objects: this.objects,
      secretOf: (object) => this.#secretOf(object),
      credentialsOf: (object) => this.#credentialsOf(object, credentials),
      health,
      clock,
      random,
      log,
      onProbed: (outcome, seconds, probe) => this.#onProbed(name, outcome, seconds, probe),
      onConnected: (seconds) => this.#options.onConnected?.(seconds),
    });
    this.#members.set(name, { uid: cluster.metadata.uid, accessor, monitor, credentials, wasReady: false });
    monitor.start();
  }

  #onProbed(name: string, outcome: Probe['outcome'], seconds: number, probe: Probe): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    this.#options.onProbe?.(name, outcome, seconds, probe);
    this.#tellReadiness(member);
  }

  #tellReadiness(member: Member): void {
    const { accessor } = member;
    if (accessor.ready === member.wasReady) return;
    member.wasReady = accessor.ready;
    this.#options.log.info(
      { cluster: accessor.name, ready: accessor.ready, reason: accessor.notReadyReason },
      'member',
    );
    this.#tell({ type: accessor.ready ? 'ready' : 'notReady', cluster: accessor.name });
  }

  #startLeaving(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined || member.accessor.leaving) return;
    void member.accessor.leave();
    this.#tellReadiness(member);
  }

  #remove(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    this.#members.delete(name);
    this.#dismiss(member);
    this.#tell({ type: 'left', cluster: name });
  }

  /** Ends what belongs to a member; `close` waits for it. */
  #dismiss(member: Member): void {
    const farewell = Promise.all([member.monitor.close(), member.accessor.close()])
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error, cluster: member.accessor.name }, 'a member could not be closed cleanly');
      })
      .then(() => void this.#farewells.delete(farewell));
    this.#farewells.add(farewell);
  }

  #onSecret(event: StoreEvent<Secret>): void {
    if (event.previous !== undefined && tokenOf(event.previous) === tokenOf(event.object)) return;
    for (const cluster of this.objects.byIndex(BY_SECRET, event.object.metadata.name ?? '')) {
      const member = this.#members.get(cluster.metadata.name ?? '');
      member?.accessor.retryWatches();
      member?.monitor.kick();
    }
  }

  #secretOf(cluster: DeepReadonly<KubeFedCluster>): DeepReadonly<Secret> | undefined {
    return this.secrets.get(keyOf({ namespace: this.#options.namespace, name: cluster.spec.secretRef.name }));
  }

  #credentialsOf(cluster: DeepReadonly<KubeFedCluster>, known: Map<string, SecretCredentials>): SecretCredentials {
    const { host, namespace } = this.#options;
    const secretName = cluster.spec.secretRef?.name ?? '';
    const found = known.get(secretName);
    if (found !== undefined) return found;
    const created = new SecretCredentials({
      cluster: cluster.metadata.name ?? '',
      secretName,
      cached: () => this.secrets.get(keyOf({ namespace, name: secretName })),
      read: () =>
        host.get<Secret>(
          SECRETS,
          { namespace, name: secretName },
          { signal: this.#stopping.signal, timeoutMs: SECRET_READ_TIMEOUT_MS },
        ),
    });
    known.clear();
    known.set(secretName, created);
    return created;
  }

  #tell(event: ClusterEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** Nothing of a Secret is kept in memory but the token that is needed, and what says how old it is. */
function tokenOnly(secret: Secret): Secret {
  const token = secret.data?.[TOKEN_KEY];
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: secret.metadata,
    ...(token === undefined ? {} : { data: { [TOKEN_KEY]: token } }),
  };
}

/** Whether anything differs that a placement or a connection goes by. */
function saysOtherwise(a: DeepReadonly<KubeFedCluster>, b: DeepReadonly<KubeFedCluster>): boolean {
  return gist(a) !== gist(b);
}

function gist({ metadata, spec }: DeepReadonly<KubeFedCluster>): string {
  return JSON.stringify([metadata.labels, metadata.annotations, metadata.deletionTimestamp !== undefined, spec]);
}
