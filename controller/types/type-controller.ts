import isEqual from 'lodash/isEqual.js';
import {
  defaultFederatedTypeConfig,
  FEDERATED_TYPE_CONFIGS,
  type FederatedTypeConfig,
  type FederatedTypeConfigStatus,
  federatedResourceOf,
  isNamespaceType,
  resourceOf,
  targetResourceOf,
  validateFederatedTypeConfig,
} from '../../apis/core/v1beta1/federated-type-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { PAUSED_ANNOTATION, SERVER_SIDE_APPLY_ANNOTATION, TYPE_CONFIG_FINALIZER } from '../../apis/well-known.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { Reflector } from '../kube/reflector.ts';
import type { Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { Controller, TerminalError } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { SyncEnvironment } from '../sync/environment.ts';
import type { FederatedType } from '../sync/member-object.ts';
import { needsContent } from '../sync/retention/retention.ts';
import { TypeSync } from '../sync/type-sync.ts';
import { NamespaceWatch } from './namespace-watch.ts';
import { firstOf, rivalsOf } from './rivals.ts';

/** KubeFed's name of the controller, in events. */
const SOURCE = 'federatedtypeconfig-controller';

interface Running {
  readonly sync: TypeSync;
  /** What it was started from: a change of it means another start. */
  readonly fingerprint: string;
}

/** Starts one sync for each FederatedTypeConfig, and stops it with it. Deleting a config deletes nothing in the members. */
export class TypeController {
  readonly #environment: SyncEnvironment;
  readonly #store = new Store<FederatedTypeConfig>();
  readonly #queue: WorkQueue;
  readonly #running = new Map<string, Running>();
  readonly #stopping = new AbortController();
  readonly #reflecting: Promise<void>[] = [];
  readonly #namespaces: NamespaceWatch;
  readonly #listeners = new Set<() => void>();
  #controller: Controller | undefined;

  constructor(environment: SyncEnvironment) {
    this.#environment = environment;
    this.#namespaces = new NamespaceWatch(environment);
    this.#queue = new WorkQueue({ clock: environment.clock });
  }

  get name(): string {
    return 'types';
  }

  /** The type configs of the control plane, for whoever derives rights from them. */
  get configs(): Store<FederatedTypeConfig> {
    return this.#store;
  }

  /** The types that are federated at present. */
  *running(): IterableIterator<Pick<TypeSync, 'type' | 'size' | 'standing' | 'federated'>> {
    for (const { sync } of this.#running.values()) yield sync;
  }

  /** Calls `listener` when other types than before are running. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { host, controlPlane, log, clock, reconcileObserver } = this.#environment;
    this.#store.subscribe((event) => {
      this.#queue.add(event.key);
      // Namespaced types wait for the type of namespaces.
      if (isNamespaceType(event.object)) for (const key of this.#store.keys()) this.#queue.add(key);
      // The second of two type configs for one federated kind waits for the end of the first.
      for (const key of rivalsOf(event.object, this.#store.values())) this.#queue.add(key);
    });
    const reflector = new Reflector<FederatedTypeConfig>({
      client: host,
      resource: FEDERATED_TYPE_CONFIGS,
      namespace: controlPlane.namespace,
      store: this.#store,
      log,
      clock,
    });
    this.#reflecting.push(reflector.run(this.#stopping.signal));
    await this.#store.waitForSync(AbortSignal.any([signal, this.#stopping.signal]));
    this.#doWithoutNamespaces();
    this.#controller = new Controller({
      name: 'federatedtypeconfig',
      queue: this.#queue,
      reconcile: (key, running, { reconcileId }) => this.#reconcile(key, running, reconcileId),
      concurrency: 4,
      log,
      clock,
      ...(reconcileObserver === undefined ? {} : { observer: reconcileObserver }),
    });
    this.#controller.start(this.#stopping.signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the type controller is stopped'));
    this.#queue.close();
    await this.#controller?.close();
    await Promise.all([...this.#running.values()].map(({ sync }) => sync.close()));
    this.#running.clear();
    await Promise.all([...this.#reflecting, this.#namespaces.close()]);
  }

  async #reconcile(key: string, signal: AbortSignal, reconcileId: string): Promise<void> {
    const found = this.#store.get(key);
    if (found === undefined) {
      this.#doWithoutNamespaces();
      return this.#stop(key);
    }
    if (found.metadata.deletionTimestamp !== undefined) {
      await this.#stop(key);
      await this.#write(withoutFinalizer(found), signal);
      return;
    }
    const config = defaultFederatedTypeConfig(found as FederatedTypeConfig);
    const [fault] = validateFederatedTypeConfig(config);
    if (fault !== undefined) return this.#refuse(key, `${fault.path}: ${fault.message}`, signal, reconcileId);
    const first = firstOf(config, this.#store.values());
    if (first !== undefined) {
      const { kind } = config.spec.federatedType;
      return this.#refuse(
        key,
        `${kind} is what the FederatedTypeConfig "${first}" federates already`,
        signal,
        reconcileId,
      );
    }
    if (!found.metadata.finalizers?.includes(TYPE_CONFIG_FINALIZER)) await this.#write(withFinalizer(found), signal);
    // Also while namespaces themselves are not propagated: their contents are placed by them all the same.
    if (isNamespaceType(config)) this.#namespaces.follow(federatedResourceOf(config));
    const wanted = this.#isWanted(config, reconcileId);
    if (wanted) await this.#run(key, config);
    else await this.#stop(key);
    await this.#writeStatus(key, wanted, signal);
  }

  #isWanted(config: FederatedTypeConfig, reconcileId: string): boolean {
    if (config.spec.propagation !== 'Enabled' || !this.#environment.settings().propagates) return false;
    const namespaced = config.spec.targetType.scope === 'Namespaced';
    const { targetNamespace, events, log } = this.#environment;
    if (targetNamespace === undefined) return !namespaced || this.#hasNamespaces();
    if (namespaced) return true;
    const message = `${config.metadata.name ?? ''} live in no namespace, and this control plane is limited to "${targetNamespace}"`;
    events.record(config, 'Normal', 'OutOfScope', `Not propagated: ${message}`, SOURCE, reconcileId);
    log.debug({ type: config.metadata.name }, message);
    return false;
  }

  /** It does not run, and says so: in its status, in an event and in the log. */
  async #refuse(key: string, why: string, signal: AbortSignal, reconcileId: string): Promise<never> {
    await this.#stop(key);
    const config = this.#store.get(key);
    const text = `the type is not federated: ${why}`;
    const { events } = this.#environment;
    if (config !== undefined) events.record(config, 'Warning', 'InvalidTypeConfig', text, SOURCE, reconcileId);
    await this.#writeStatus(key, false, signal);
    throw new TerminalError(`FederatedTypeConfig ${key}: ${text}`);
  }

  /** A namespaced object goes where its namespace goes, so its type needs the type of namespaces. */
  #hasNamespaces(): boolean {
    for (const config of this.#store.values()) if (isNamespaceType(config)) return true;
    return false;
  }

  /** Where the only namespace is in every member, a federation needs no FederatedNamespaces, nor a type config for them. */
  #doWithoutNamespaces(): void {
    if (this.#environment.targetNamespace !== undefined && !this.#hasNamespaces()) this.#namespaces.forget();
  }

  async #run(key: string, config: FederatedTypeConfig): Promise<void> {
    const { collectRawStatus } = this.#environment.settings();
    const type = federatedTypeOf(config, { subresources: await this.#subresourcesOf(config), collectRawStatus });
    const fingerprint = JSON.stringify(type);
    if (this.#running.get(key)?.fingerprint === fingerprint) return;
    await this.#stop(key);
    const sync = new TypeSync(type, this.#environment);
    this.#running.set(key, { sync, fingerprint });
    sync.start();
    this.#tell();
    this.#environment.log.info({ type: type.name }, 'sync started');
  }

  /**
   * A kind without a status subresource keeps its status in what a PUT replaces. Only a server that serves it can tell;
   * `[]`, the answer that loses nothing, where the host does not serve it or does not say.
   */
  async #subresourcesOf(config: FederatedTypeConfig): Promise<readonly string[]> {
    const { discovery } = this.#environment.host;
    const { group, plural } = targetResourceOf(config);
    const signal = this.#stopping.signal;
    try {
      let served = await discovery.find({ group, plural }, signal);
      if (served === undefined) {
        // A CRD that was just made and is enabled at once is not in what was read before.
        discovery.invalidate();
        served = await discovery.find({ group, plural }, signal);
      }
      return served?.subresources ?? [];
    } catch (error) {
      const type = config.metadata.name;
      this.#environment.log.warn({ err: error, type }, 'the host does not say how the kind is served');
      return [];
    }
  }

  async #stop(key: string): Promise<void> {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    this.#tell();
    await running.sync.close();
    this.#environment.log.info({ type: running.sync.type.name }, 'sync stopped');
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  async #writeStatus(key: string, running: boolean, signal: AbortSignal): Promise<void> {
    const config = this.#store.get(key);
    if (config === undefined) return;
    const observedGeneration = config.metadata.generation ?? 0;
    const propagationController = running ? 'Running' : 'NotRunning';
    const present = config.status;
    const status: FederatedTypeConfigStatus = { ...present, observedGeneration, propagationController };
    if (this.#running.get(key)?.sync.type.statusObjects !== undefined) status.statusController = 'Running';
    else if (present?.statusController !== undefined) status.statusController = 'NotRunning';
    if (isEqual(present, status)) return;
    await this.#write({ ...(config as FederatedTypeConfig), status }, signal, 'status');
  }

  async #write(config: FederatedTypeConfig, signal: AbortSignal, subresource?: 'status'): Promise<void> {
    const options = subresource === undefined ? { signal } : { signal, subresource };
    try {
      this.#store.noteWrite(await this.#environment.host.replace(FEDERATED_TYPE_CONFIGS, config, options));
    } catch (error) {
      if (isNotFound(error)) return;
      if (isConflict(error)) this.#environment.log.debug({ err: error }, 'a type config changed meanwhile');
      throw error;
    }
  }
}

/** Where KubeFed would show the status of this type's copies in objects of their own, as its chart has it for Services. */
function statusResourceOf({ spec }: FederatedTypeConfig): Resource | undefined {
  if (spec.statusCollection !== 'Enabled' || spec.statusType === undefined) return undefined;
  return resourceOf(spec.statusType);
}

function federatedTypeOf(
  config: FederatedTypeConfig,
  { subresources, collectRawStatus }: { readonly subresources: readonly string[]; readonly collectRawStatus: boolean },
): FederatedType {
  const target = targetResourceOf(config);
  const collectsStatus = collectRawStatus && config.spec.statusCollection === 'Enabled';
  const statusObjects = collectsStatus ? undefined : statusResourceOf(config);
  const needsStatus = collectsStatus || statusObjects !== undefined;
  return {
    keeps: needsContent({ ...target, subresources }) ? 'everything' : needsStatus ? 'metadata and status' : 'metadata',
    collectsStatus,
    ...(statusObjects === undefined ? {} : { statusObjects }),
    name: config.metadata.name ?? '',
    federated: federatedResourceOf(config),
    target,
    isNamespace: isNamespaceType(config),
    paused: config.metadata.annotations?.[PAUSED_ANNOTATION] === 'true',
    applies: config.metadata.annotations?.[SERVER_SIDE_APPLY_ANNOTATION] === 'true',
  };
}

function withFinalizer(config: DeepReadonly<FederatedTypeConfig>): FederatedTypeConfig {
  const object = config as FederatedTypeConfig;
  const finalizers = [...(object.metadata.finalizers ?? []), TYPE_CONFIG_FINALIZER];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function withoutFinalizer(config: DeepReadonly<FederatedTypeConfig>): FederatedTypeConfig {
  const object = config as FederatedTypeConfig;
  const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== TYPE_CONFIG_FINALIZER);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
