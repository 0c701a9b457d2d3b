import {
  isCordoned,
  KUBEFED_CLUSTERS,
  type KubeFedCluster,
  type KubeFedClusterStatus,
} from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { NAMESPACES } from '../kube/core-kinds.ts';
import type { Credentials } from '../kube/credentials.ts';
import type { Endpoint } from '../kube/endpoint.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import type { Store } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Accessor } from './accessor.ts';
import { judge, nextStatus, type Probe, type Thresholds, type Verdict, verdictOf } from './conditions.ts';
import type { Connection } from './connection.ts';
import { endpointOf, MalformedClusterError, type Secret, TOKEN_KEY, tokenOf } from './endpoint.ts';
import { probeHealth } from './health.ts';

/** How a member's health is looked at; KubeFedConfig's `clusterHealthCheck` in milliseconds. */
export interface HealthSettings extends Thresholds {
  readonly periodMs: number;
  readonly timeoutMs: number;
}

export interface MonitorOptions {
  accessor: Accessor;
  key: string;
  host: Client;
  objects: Store<KubeFedCluster>;
  secretOf: (cluster: DeepReadonly<KubeFedCluster>) => DeepReadonly<Secret> | undefined;
  credentialsOf: (cluster: DeepReadonly<KubeFedCluster>) => Credentials;
  /** Asked before each probe. */
  health: () => HealthSettings;
  clock: Clock;
  random: () => number;
  log: Log;
  /** After every probe. `outcome` is what is reported by the thresholds, `probe` what this one found. */
  onProbed: (outcome: Probe['outcome'], seconds: number, probe: Probe) => void;
  /** The member has answered for the first time on this connection. */
  onConnected: (seconds: number) => void;
}

/** How long a member's version is believed. */
const VERSION_TTL_MS = 5 * 60_000;
/** A status that somebody else changed under our hands is written again this soon. */
const CONFLICT_RETRY_MS = 500;
/** A `lastProbeTime` is renewed when it is older than this, or than five periods. */
const REFRESH_MS = 60_000;

/** Keeps one member connected, looks after its health and writes down what it sees. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #stopping = new AbortController();
  #verdict: Verdict | undefined;
  #version: { gitVersion: string; readAt: number } | undefined;
  #wake: (() => void) | undefined;
  #kicked = false;
  #running: Promise<void> | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Looks now: the endpoint or the credentials have changed. */
  kick(): void {
    this.#kicked = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the member is gone'));
    this.#wake?.();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { health, log, random } = this.#options;
    while (!signal.aborted) {
      this.#kicked = false;
      let again = health().periodMs * (0.9 + 0.2 * random());
      try {
        if (!(await this.#look(signal))) again = CONFLICT_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, "a member's health could not be written down");
      }
      await this.#wait(again);
    }
  }

  #wait(ms: number): Promise<void> {
    if (this.#kicked || this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        cancel();
        resolve();
      };
    });
  }

  /** One look at the member. False when the status has to be written once more. */
  async #look(signal: AbortSignal): Promise<boolean> {
    const { accessor, clock, health, key, objects, onProbed, onConnected } = this.#options;
    const cluster = objects.get(key);
    if (cluster === undefined) return true;
    const begun = clock.monotonic();
    const answered = accessor.answers;
    const { probe, connection } = await this.#probe(cluster, signal);
    this.#verdict = judge(this.#verdict ?? verdictOf(cluster.status), probe, health());
    if (probe.outcome === 'healthy' && connection !== undefined) await this.#acquaint(connection, signal);
    const reported = this.#verdict.reported ?? probe;
    const ready = reported.outcome === 'healthy' && accessor.answers;
    // A member that was well before the controller started and does not answer it: its last probe says why.
    accessor.setReady(ready, ready ? '' : reasonOf(reported.outcome === 'healthy' ? probe : reported));
    const seconds = (clock.monotonic() - begun) / 1_000;
    if (accessor.answers && !answered) onConnected(seconds);
    onProbed(reported.outcome, seconds, probe);
    return this.#writeStatus(reported, signal);
  }

  async #probe(
    cluster: DeepReadonly<KubeFedCluster>,
    signal: AbortSignal,
  ): Promise<{ probe: Probe; connection?: Connection }> {
    const { accessor, clock, health } = this.#options;
    let endpoint: Endpoint;
    try {
      endpoint = this.#endpointOf(cluster);
    } catch (error) {
      if (!(error instanceof MalformedClusterError)) throw error;
      await accessor.disconnect(error.message);
      return { probe: { outcome: 'malformed', detail: error.message } };
    }
    await accessor.connect(endpoint);
    const connection = accessor.connection;
    if (connection === undefined) return { probe: { outcome: 'unreachable', detail: 'not connected' } };
    return {
      probe: await probeHealth(connection.probes, { clock, timeoutMs: health().timeoutMs, signal }),
      connection,
    };
  }

  #endpointOf(cluster: DeepReadonly<KubeFedCluster>): Endpoint {
    const { credentialsOf, secretOf, accessor } = this.#options;
    const endpoint = endpointOf(cluster, credentialsOf(cluster));
    const secret = secretOf(cluster);
    const name = cluster.spec.secretRef.name;
    if (secret === undefined) throw new MalformedClusterError(accessor.name, `secret "${name}" does not exist`);
    if (tokenOf(secret) === undefined) {
      throw new MalformedClusterError(accessor.name, `secret "${name}" has no key "${TOKEN_KEY}"`);
    }
    return endpoint;
  }

  /** What is asked of a member once it answers: which cluster it is, and from time to time which version it runs. */
  async #acquaint(connection: Connection, signal: AbortSignal): Promise<void> {
    const { accessor, clock } = this.#options;
    const uid = accessor.uid ?? (await this.#ask(() => this.#readUid(connection, signal), signal));
    if (this.#version === undefined || clock.monotonic() - this.#version.readAt >= VERSION_TTL_MS) {
      const gitVersion = await this.#ask(() => this.#readVersion(connection, signal), signal);
      if (gitVersion !== undefined) this.#version = { gitVersion, readAt: clock.monotonic() };
    }
    accessor.answered(uid);
  }

  /** Neither answer is worth losing a healthy member for: it is asked again the next time. */
  async #ask(read: () => Promise<string | undefined>, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await read();
    } catch (error) {
      signal.throwIfAborted();
      this.#options.log.debug({ err: error }, 'a healthy member did not say what it is');
      return undefined;
    }
  }

  async #readUid(connection: Connection, signal: AbortSignal): Promise<string | undefined> {
    const timeoutMs = this.#options.health().timeoutMs;
    const namespace = await connection.probes.get<KubeObject>(
      NAMESPACES,
      { name: 'kube-system' },
      { signal, timeoutMs },
    );
    return namespace.metadata.uid;
  }

  async #readVersion(connection: Connection, signal: AbortSignal): Promise<string | undefined> {
    const timeoutMs = this.#options.health().timeoutMs;
    const { text } = await connection.probes.raw('GET', '/version', { signal, timeoutMs });
    const { gitVersion } = JSON.parse(text) as { gitVersion?: string };
    return gitVersion;
  }

  async #writeStatus(probe: Probe, signal: AbortSignal): Promise<boolean> {
    const { clock, health, host, key, objects } = this.#options;
    const cluster = objects.get(key);
    if (cluster === undefined) return true;
    const status = nextStatus({
      previous: cluster.status,
      probe,
      cordoned: isCordoned(cluster),
      kubernetesVersion: this.#version?.gitVersion,
      now: clock.now(),
      refreshAfterMs: Math.max(REFRESH_MS, 5 * health().periodMs),
    });
    if (status === undefined) return true;
    try {
      objects.noteWrite(await patchStatus(host, cluster, status, signal));
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      if (isNotFound(error)) return true;
      throw error;
    }
  }
}

/** Writes a KubeFedCluster's status on condition that nobody has changed the object since it was read. */
export function patchStatus(
  host: Client,
  cluster: DeepReadonly<KubeFedCluster>,
  status: KubeFedClusterStatus,
  signal: AbortSignal,
): Promise<KubeFedCluster> {
  const { name = '', namespace = '', resourceVersion } = cluster.metadata;
  return host.patch<KubeFedCluster>(
    KUBEFED_CLUSTERS,
    { name, namespace },
    { type: 'merge', body: { metadata: { resourceVersion }, status } },
    { subresource: 'status', signal },
  );
}

function reasonOf(probe: Probe): string {
  if (probe.outcome === 'healthy') return 'connected, waiting for the first answer';
  return probe.detail === '' ? probe.outcome : `${probe.outcome}: ${probe.detail}`;
}
