import type { FederatedTypeConfig } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { ReflectorState } from '../kube/reflector.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { Controller, type ReconcileResult } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { SyncEnvironment } from '../sync/environment.ts';
import { FollowedKind } from './followed-kind.ts';
import { asksToFollow, type FollowableType, followableTypes, isNeverFollowed } from './followed-namespaces.ts';
import { EVENT_SOURCE, Follower } from './follower.ts';

export interface FollowingOptions
  extends Pick<
    SyncEnvironment,
    'host' | 'controlPlane' | 'namespaces' | 'events' | 'clock' | 'log' | 'reconcileObserver'
  > {
  /** The type configs of the control plane, kept by whoever starts the types. */
  readonly configs: Store<FederatedTypeConfig>;
}

/** The host answers a few hundred writes a second; whoever else uses it is to notice nothing. */
const CONCURRENCY = 8;
/** Between what a namespace and a kind are known by in a key: no name of an object or a kind has it. */
const SEPARATOR = '\n';

/**
 * Keeps a federated object for each plain object of the namespaces that are followed. Where none is, nothing is watched and
 * nothing runs.
 */
export class FollowingController {
  readonly name = 'following';
  readonly #options: FollowingOptions;
  readonly #kinds = new Map<string, FollowedKind>();
  readonly #closing = new Set<Promise<void>>();
  readonly #queue: WorkQueue;
  readonly #follower: Follower;
  readonly #controller: Controller;
  readonly #stopping = new AbortController();
  readonly #undo: (() => void)[] = [];
  #started = false;
  #refreshing = false;

  constructor(options: FollowingOptions) {
    const { clock, log, reconcileObserver } = options;
    this.#options = options;
    this.#queue = new WorkQueue({ clock, baseDelayMs: 200 });
    this.#follower = new Follower(options);
    this.#controller = new Controller({
      name: this.name,
      queue: this.#queue,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency: CONCURRENCY,
      log,
      clock,
      ...(reconcileObserver === undefined ? {} : { observer: reconcileObserver }),
    });
  }

  /** Waits for nothing. */
  start(): Promise<void> {
    const { namespaces, configs } = this.#options;
    this.#undo.push(
      namespaces.store.subscribe(({ object, previous }) => {
        if (asksToFollow(object) || (previous !== undefined && asksToFollow(previous))) this.#refreshSoon();
      }),
      configs.subscribe(() => this.#refreshSoon()),
    );
    this.#refreshSoon();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('following is stopped'));
    for (const undo of this.#undo.splice(0)) undo();
    this.#queue.close();
    await this.#controller.close();
    for (const id of [...this.#kinds.keys()]) this.#stop(id);
    await Promise.all(this.#closing);
  }

  /** Once for all that a list brings. */
  #refreshSoon(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    queueMicrotask(() => {
      this.#refreshing = false;
      if (!this.#stopping.signal.aborted) this.#refresh();
    });
  }

  /** Starts what is to be followed and stops what is no longer. Stopping changes nothing that was federated. */
  #refresh(): void {
    const { namespaces, configs } = this.#options;
    const followed = new Map<string, FederatedObject>();
    for (const each of namespaces.store.values()) {
      const { namespace = '' } = each.metadata;
      if (asksToFollow(each) && this.#mayFollow(namespace, each as FederatedObject)) {
        followed.set(namespace, each as FederatedObject);
      }
    }
    const types = followed.size === 0 ? [] : followableTypes(configs.values());
    const wanted = new Map<string, FollowableType & { readonly by: FederatedObject }>();
    for (const [namespace, by] of followed) {
      for (const type of types) {
        wanted.set([namespace, groupResourceOf(type.target)].join(SEPARATOR), { ...type, by });
      }
    }
    for (const [id, kind] of this.#kinds) {
      const type = wanted.get(id);
      if (type === undefined || !isSame(kind, type)) this.#stop(id);
    }
    for (const [id, { by, ...type }] of wanted) if (!this.#kinds.has(id)) this.#follow(id, type, by);
  }

  #mayFollow(namespace: string, by: FederatedObject): boolean {
    if (!isNeverFollowed(namespace, this.#options.controlPlane.namespace)) return true;
    const message = `namespace ${namespace} holds what runs the cluster, or the federation: it is not followed`;
    this.#options.events.record(by, 'Warning', 'FollowRefused', message, EVENT_SOURCE);
    return false;
  }

  #follow(id: string, { target, federated }: FollowableType, by: FederatedObject): void {
    const { host, clock, log } = this.#options;
    const { namespace = '' } = by.metadata;
    const kind = new FollowedKind({
      namespace,
      target,
      federated,
      host,
      clock,
      log,
      onChange: (name) => this.#queue.add([id, name].join(SEPARATOR)),
      onState: (resource, state) => this.#tellState(resource, state, by),
    });
    this.#kinds.set(id, kind);
    kind.start();
    log.info({ namespace, type: groupResourceOf(target) }, 'following started');
    if (this.#started) return;
    this.#started = true;
    this.#controller.start(this.#stopping.signal);
  }

  #stop(id: string): void {
    const kind = this.#kinds.get(id);
    if (kind === undefined) return;
    this.#kinds.delete(id);
    const closing = kind.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    const { namespace, target } = kind;
    this.#options.log.info({ namespace, type: groupResourceOf(target) }, 'following stopped');
  }

  #tellState(resource: Resource, state: ReflectorState, by: FederatedObject): void {
    if (state !== 'forbidden') return;
    const { namespace = '' } = by.metadata;
    const message =
      `the controller may not list and watch ${groupResourceOf(resource)} in ${namespace}: ` +
      `"fedctl federate namespace ${namespace} --contents --follow" grants it`;
    this.#options.events.record(by, 'Warning', 'FollowForbidden', message, EVENT_SOURCE);
    this.#options.log.warn({ namespace, type: groupResourceOf(resource) }, message);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const [namespace = '', type = '', name = ''] = key.split(SEPARATOR);
    const kind = this.#kinds.get([namespace, type].join(SEPARATOR));
    return kind === undefined ? {} : this.#follower.reconcile(kind, name, signal);
  }
}

function isSame(kind: FollowedKind, type: FollowableType): boolean {
  const words = ({ target, federated }: FollowableType) => JSON.stringify([target, federated]);
  return words(kind) === words(type);
}
