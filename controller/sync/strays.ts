import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { Store } from '../kube/store.ts';
import { isCopy, ownershipOf } from '../ownership/marks.ts';
import * as dispatch from './dispatch/dispatch.ts';
import type { SyncEnvironment } from './environment.ts';
import { type FederatedType, targetKeyOf } from './member-object.ts';
import type { MemberView } from './member-view.ts';

export interface StraysOptions {
  readonly type: FederatedType;
  readonly environment: SyncEnvironment;
  readonly federated: Store<FederatedObject>;
  readonly view: MemberView;
  /** Brings the key back after so many milliseconds. */
  readonly later: (key: string, ms: number) => void;
}

/** A release that failed is tried again after so long, milliseconds. */
const RETRY_MS = 60_000;

/**
 * Objects in members whose federated object is no more. It went without its finalizer being honoured, so nobody said that
 * they should go: they stay, and are nobody's. Objects of other control planes are theirs.
 */
export class Strays {
  readonly #options: StraysOptions;

  constructor(options: StraysOptions) {
    this.#options = options;
  }

  /** Takes the marks off what bears this key, wherever it is and nobody federates it. Returns at once. */
  release(federatedKey: string): void {
    if (this.#isFederated(federatedKey)) return;
    const { view, type, environment } = this.#options;
    const key = targetKeyOf(type, federatedKey);
    for (const cluster of view.clusters()) {
      const stray = view.watchOf(cluster)?.store.get(key);
      const accessor = view.accessorOf(cluster);
      // One that is away is looked through when it is back.
      if (stray === undefined || accessor === undefined || !accessor.ready) continue;
      if (ownershipOf(stray.metadata, environment.controlPlane.uid) === 'foreign' || isCopy(type.target, stray))
        continue;
      accessor.lane
        .submit((signal) => this.#releaseIn(accessor, federatedKey, stray, signal))
        .catch((error: unknown) => {
          environment.log.warn({ err: error, cluster, key }, 'an object was not released');
          this.#options.later(federatedKey, RETRY_MS);
        });
    }
  }

  async #releaseIn(
    accessor: Accessor,
    federatedKey: string,
    stray: DeepReadonly<KubeObject>,
    signal: AbortSignal,
  ): Promise<void> {
    const { view, type, environment } = this.#options;
    const { client, name: cluster } = accessor;
    if (client === undefined || this.#isFederated(federatedKey)) return;
    const { name = '', namespace, uid = '' } = stray.metadata;
    const target = { resource: type.target, name, ...(namespace === undefined ? {} : { namespace }) };
    const way = { cluster, client, controlPlaneUid: environment.controlPlane.uid, signal };
    const result = await dispatch.release({ ...target, ...way }, stray);
    if (result.kind === 'failed') throw new Error(result.failure.message);
    view.watchOf(cluster)?.store.noteDelete(targetKeyOf(type, federatedKey), uid);
  }

  /** Of several FederatedNamespaces in one namespace, any that is left still means it. */
  #isFederated(federatedKey: string): boolean {
    const { federated, type } = this.#options;
    return type.isNamespace
      ? federated.byIndex('namespace', targetKeyOf(type, federatedKey)).length > 0
      : federated.has(federatedKey);
  }
}
