import {
  CLUSTER_PROPAGATED_VERSIONS,
  PROPAGATED_VERSIONS,
  type PropagatedVersion,
} from '../../apis/core/v1alpha1/propagated-version.ts';
import type { Client } from '../kube/client.ts';
import { isForbidden, isMethodNotSupported, isNotFound } from '../kube/errors.ts';
import { Reflector } from '../kube/reflector.ts';
import { groupResourceOf, type Resource } from '../kube/resource.ts';
import { Store } from '../kube/store.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, sleep } from '../time/clock.ts';

export interface PropagatedVersionsOptions {
  readonly host: Client;
  /** They are kept current, by the feature gate or because a migration from KubeFed may still be undone. */
  readonly kept: boolean;
  /** The only one that is federated; undefined: all are. */
  readonly namespace?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** One shared watch of a kind. */
interface Watched {
  readonly store: Store<PropagatedVersion>;
  /** The first list is there, or will not come. */
  readonly known: Promise<void>;
  readonly reflecting: Promise<void>;
}

const READ_TRIES = 3;
const READ_AGAIN_MS = 1_000;

/**
 * KubeFed's PropagatedVersions and ClusterPropagatedVersions on the host, for all types. Where they are kept, one watch of
 * each kind serves every type; where they are not, each type that starts reads them once and nothing is held. Without the
 * kind, or the right to it, there are none: a record that is missing costs a comparison.
 */
export class PropagatedVersions {
  readonly #options: PropagatedVersionsOptions;
  readonly #stopping = new AbortController();
  readonly #watched = new Map<Resource, Watched>();
  readonly #reading = new Map<Resource, Promise<readonly PropagatedVersion[]>>();

  constructor(options: PropagatedVersionsOptions) {
    this.#options = options;
  }

  get name(): string {
    return 'propagated versions';
  }

  get kept(): boolean {
    return this.#options.kept;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the sync is stopped'));
    await Promise.all([...this.#watched.values()].map(({ reflecting }) => reflecting));
  }

  /** Those of a kind, followed from the first call on. */
  store(resource: Resource): Store<PropagatedVersion> {
    return this.#watch(resource).store;
  }

  /** Resolves when `store` has them, or cannot have them for now. */
  known(resource: Resource): Promise<void> {
    return this.#watch(resource).known;
  }

  /** Those of a kind as they are now. Types that start together share one list. */
  read(resource: Resource): Promise<readonly PropagatedVersion[]> {
    const underWay = this.#reading.get(resource);
    if (underWay !== undefined) return underWay;
    const reading = this.#list(resource).finally(() => this.#reading.delete(resource));
    this.#reading.set(resource, reading);
    return reading;
  }

  async #list(resource: Resource): Promise<readonly PropagatedVersion[]> {
    const { host, clock, log } = this.#options;
    const signal = this.#stopping.signal;
    for (let attempt = 1; ; attempt++) {
      try {
        return (await host.listAll<PropagatedVersion>(resource, { ...this.#limit(), signal })).items;
      } catch (error) {
        if (signal.aborted) return [];
        const isUseless = isNotFound(error) || isMethodNotSupported(error) || isForbidden(error);
        if (isUseless || attempt === READ_TRIES) {
          const level = isNotFound(error) ? 'debug' : 'warn';
          log[level](
            { err: error, resource: groupResourceOf(resource) },
            'versions that KubeFed recorded are not read',
          );
          return [];
        }
      }
      await sleep(clock, READ_AGAIN_MS, signal).catch(() => undefined);
    }
  }

  #limit(): { namespace?: string } {
    const { namespace } = this.#options;
    return namespace === undefined ? {} : { namespace };
  }

  #watch(resource: Resource): Watched {
    const present = this.#watched.get(resource);
    if (present !== undefined) return present;
    const { host: client, clock, log } = this.#options;
    const store = new Store<PropagatedVersion>({ clock, log, transform: essence });
    let tell: () => void = () => undefined;
    const known = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const reflector = new Reflector<PropagatedVersion>({
      client,
      resource,
      ...this.#limit(),
      store,
      clock,
      log,
      onState: (state) => {
        if (state !== 'starting') tell();
      },
    });
    const reflecting = reflector.run(this.#stopping.signal).finally(() => tell());
    const watched = { store, known, reflecting };
    this.#watched.set(resource, watched);
    return watched;
  }
}

/** The kind in which the records of a federated kind are. */
export function versionResourceFor(federated: Resource): Resource {
  return federated.namespaced ? PROPAGATED_VERSIONS : CLUSTER_PROPAGATED_VERSIONS;
}

/** What is compared and written; labels and annotations of others are left where they are. */
function essence({ apiVersion, kind, metadata, status }: PropagatedVersion): PropagatedVersion {
  const { name, namespace, uid, resourceVersion, ownerReferences } = metadata;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    ...(status === undefined ? {} : { status }),
  };
}
