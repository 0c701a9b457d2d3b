import isEqual from 'lodash/isEqual.js';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import { Reflector } from '../kube/reflector.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import { Controller, type ReconcileResult } from '../runtime/controller.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { limitOf, type SyncEnvironment } from './environment.ts';
import type { MemberView } from './member-view.ts';
import { ownerReferenceOf } from './owner-reference.ts';
import { statusDueIn } from './status/pace.ts';

export interface StatusObjectsOptions {
  readonly resource: Resource;
  readonly environment: SyncEnvironment;
  readonly federated: Store<FederatedObject>;
  readonly view: MemberView;
}

/** KubeFed's FederatedServiceStatus, or another kind of that form. */
interface StatusObject extends KubeObject {
  clusterStatus?: { readonly clusterName: string; readonly status: Readonly<Record<string, unknown>> }[];
}

const LOOK_AGAIN_MS = 1_000;
/** The watch is nearly always faster. */
const AFTER_CONFLICT_MS = 200;
const AFTER_NOT_FOUND_MS = 5_000;

/**
 * KubeFed's older way to show the status of copies: an object of its own beside each federated object, which owns it, so
 * that it goes with it. One entry for each member that is ready and has the copy.
 */
export class StatusObjects {
  readonly #options: StatusObjectsOptions;
  readonly #store: Store<StatusObject>;
  readonly #queue: WorkQueue;
  /** When the host was last asked to write, by key, on the monotonic clock. */
  readonly #writtenAt = new Map<string, number>();
  #controller: Controller | undefined;

  constructor(options: StatusObjectsOptions) {
    this.#options = options;
    const { clock, log } = options.environment;
    this.#store = new Store<StatusObject>({ clock, log });
    this.#queue = new WorkQueue({ clock });
    this.#store.subscribe(({ key }) => this.#queue.add(key));
  }

  /** The federated object of this key, or one of its copies, may have changed. */
  changed(key: string): void {
    this.#queue.add(key);
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { resource, federated } = this.#options;
    const { host: client, log, clock, reconcileObserver: observer } = this.#options.environment;
    const what = { client, resource, ...limitOf(this.#options.environment), store: this.#store };
    const reflecting = new Reflector<StatusObject>({ ...what, log, clock }).run(signal);
    try {
      await Promise.all([this.#store.waitForSync(signal), federated.waitForSync(signal)]);
      this.#controller = new Controller({
        name: resource.kind.toLowerCase(),
        queue: this.#queue,
        reconcile: (key, running) => this.#reconcile(key, running),
        concurrency: this.#options.environment.settings().statusConcurrency,
        log,
        clock,
        ...(observer === undefined ? {} : { observer }),
      });
      this.#controller.start(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await reflecting;
    await this.#controller?.close();
    this.#queue.close();
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    try {
      return await this.#advance(key, signal);
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return { requeueAfterMs: AFTER_CONFLICT_MS };
      if (isNotFound(error)) return { requeueAfterMs: AFTER_NOT_FOUND_MS };
      throw error;
    }
  }

  async #advance(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { environment, federated: store, resource, view } = this.#options;
    const federated = store.get(key);
    // Its object goes by its owner reference.
    if (federated === undefined || federated.metadata.deletionTimestamp !== undefined) {
      this.#writtenAt.delete(key);
      return {};
    }
    if ([...view.clusters()].some((cluster) => view.isSettling(cluster))) return { requeueAfterMs: LOOK_AGAIN_MS };
    const present = this.#store.get(key);
    const clusterStatus = this.#clusterStatus(key);
    const isOwned = present?.metadata.ownerReferences?.some(({ uid }) => uid === federated.metadata.uid) ?? false;
    if (isOwned ? isEqual(present?.clusterStatus ?? [], clusterStatus) : clusterStatus.length === 0) return {};
    const now = environment.clock.monotonic();
    const dueIn = statusDueIn(this.#writtenAt.get(key), now);
    if (dueIn > 0) return { requeueAfterMs: dueIn };
    this.#writtenAt.set(key, now);
    const { name, namespace } = federated.metadata;
    const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    const metadata = {
      ...(present?.metadata as KubeObject['metadata'] | undefined),
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ownerReferences: [ownerReferenceOf(federated)],
    };
    const object: StatusObject = { ...identity, metadata, clusterStatus };
    const { host } = environment;
    const written =
      present === undefined
        ? await host.create<StatusObject>(resource, object, { signal })
        : await host.replace<StatusObject>(resource, object, { signal });
    this.#store.noteWrite(written);
    return {};
  }

  #clusterStatus(key: string): NonNullable<StatusObject['clusterStatus']> {
    const { view } = this.#options;
    return [...view.clusters()].sort().flatMap((clusterName) => {
      const status = view.statusIn({ key }, clusterName);
      return status === undefined ? [] : [{ clusterName, status }];
    });
  }
}
