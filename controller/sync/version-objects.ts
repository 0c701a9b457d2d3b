import isEqual from 'lodash/isEqual.js';
import type { PropagatedVersion, PropagatedVersionStatus } from '../../apis/core/v1alpha1/propagated-version.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import { apiVersionOf, keyOf, type Resource, splitKey } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { unlessAborted } from '../time/abort.ts';
import type { SyncEnvironment } from './environment.ts';
import type { ObjectRecord } from './ledger.ts';
import { type FederatedType, targetOf } from './member-object.ts';
import type { MemberView } from './member-view.ts';
import { ownerReferenceOf } from './owner-reference.ts';
import { versionResourceFor } from './propagated-versions.ts';
import { statusDueIn } from './status/pace.ts';
import type { ClusterState } from './status/propagation-status.ts';
import { propagatedVersionFor, recordFor, type Subject } from './subject.ts';
import {
  ownersOf,
  recordIn,
  recordToWrite,
  sameSubject,
  versionNameOf,
  versionOwnership,
  versionPrefixOf,
} from './versions/version-object.ts';
import { objectVersion } from './versions/versions.ts';

export interface VersionObjectsOptions {
  readonly type: FederatedType;
  readonly environment: Pick<SyncEnvironment, 'host' | 'versions' | 'clock' | 'log'>;
  readonly federated: Store<FederatedObject>;
  readonly view: Pick<MemberView, 'observed'>;
}

export interface VersionOutcome {
  /** The record is kept in an object of its own: it alone is no reason to write the status. */
  readonly kept: boolean;
  /** Milliseconds after which to look again, when something is left to write. */
  readonly dueIn?: number;
}

const NOT_KEPT: VersionOutcome = { kept: false };
const KEPT: VersionOutcome = { kept: true };

/** After so many lost races in a row the object goes back to the queue. */
const CONFLICT_TRIES = 5;
const AFTER_CONFLICTS_MS = 1_000;
/** The host said no (no such kind, no right, the namespace is being deleted): asked again after so long. */
const AFTER_REFUSAL_MS = 60_000;

/**
 * The PropagatedVersions of one type: KubeFed's record of what was last written, in an object beside each federated one,
 * which owns it. They are read, so that taking over from KubeFed rewrites nothing, and where they are kept they are written
 * as well. Nothing of the propagation depends on them.
 */
export class VersionObjects {
  readonly #options: VersionObjectsOptions;
  readonly #resource: Resource;
  /** Where they are not kept: what was read at the start and no status has taken over yet, by the federated object's key. */
  readonly #read = new Map<string, DeepReadonly<PropagatedVersionStatus>>();
  #refusedAt: number | undefined;

  constructor(options: VersionObjectsOptions) {
    this.#options = options;
    this.#resource = versionResourceFor(options.type.federated);
  }

  /** Resolves when what there is can be told by `recordOf`; the federated objects have to be known before. */
  async load(signal: AbortSignal): Promise<void> {
    const { versions } = this.#options.environment;
    if (versions.kept) return unlessAborted(versions.known(this.#resource), signal);
    const prefix = versionPrefixOf(this.#options.type.target.kind);
    for (const object of await unlessAborted(versions.read(this.#resource), signal)) {
      if (object.metadata.name?.startsWith(prefix) !== true) continue;
      for (const federated of this.#federatedFor(keyOf(object.metadata))) {
        const record = this.#usable(object, federated);
        if (record !== undefined && !isEqual(record, federated.status?.propagatedVersion)) {
          this.#read.set(keyOf(federated.metadata), record);
        }
      }
    }
  }

  /** Calls `listener` with the key of a federated object whose PropagatedVersion somebody else wrote or deleted. */
  subscribe(listener: (key: string) => void, signal: AbortSignal): () => void {
    const { federated: objects, environment, type } = this.#options;
    if (!environment.versions.kept) return () => undefined;
    const prefix = versionPrefixOf(type.target.kind);
    const store = environment.versions.store(this.#resource);
    // The kind, or the right to it, may come late.
    void store.waitForSync(signal).then(
      () => [...objects.keys()].forEach(listener),
      () => undefined,
    );
    return store.subscribe(({ key }) => {
      if (!splitKey(key).name.startsWith(prefix)) return;
      for (const federated of this.#federatedFor(key)) listener(keyOf(federated.metadata));
    });
  }

  /** What its PropagatedVersion says of this very object. */
  recordOf(key: string, federated: DeepReadonly<FederatedObject>): DeepReadonly<PropagatedVersionStatus> | undefined {
    const { versions } = this.#options.environment;
    if (!versions.kept) return this.#read.get(key);
    const object = versions.store(this.#resource).get(this.#keyFor(federated));
    return object === undefined ? undefined : this.#usable(object, federated);
  }

  /** The status of this object is as it should be: what it carries is not held here too. */
  settled(key: string): void {
    if (this.#options.federated.get(key)?.status?.propagatedVersion !== undefined) this.#read.delete(key);
  }

  forget(key: string): void {
    this.#read.delete(key);
  }

  /**
   * Records what the members have, where that is wanted. To be called when nothing of this object is under way; `shown` is
   * what its status is going to say. A host that refuses hinders nobody.
   */
  async write(
    subject: Subject,
    shown: readonly ClusterState[],
    memory: ObjectRecord,
    signal: AbortSignal,
  ): Promise<VersionOutcome> {
    const { versions, clock } = this.#options.environment;
    if (!versions.kept) this.#handOver(subject, shown, memory);
    if (!versions.kept || !versions.store(this.#resource).synced) return NOT_KEPT;
    const now = clock.monotonic();
    const refusedFor = (memory.versionsRefusedUntil ?? now) - now;
    if (refusedFor > 0) return { kept: false, dueIn: refusedFor };
    const present = versions.store(this.#resource).get(this.#keyFor(subject.federated));
    const wanted = recordToWrite(
      subject.hashes,
      subject.propagatedVersion,
      this.#current(subject, shown),
      subject.placedOn,
    );
    const need = this.#needOf(subject, present, wanted);
    if (need === 'foreign') return NOT_KEPT;
    if (need === 'nothing') return KEPT;
    const dueIn = sameSubject(recordIn(present), wanted) ? statusDueIn(memory.versionsWrittenAt, now) : 0;
    if (dueIn > 0) return { kept: true, dueIn };
    memory.versionsWrittenAt = now;
    try {
      return await this.#bring(subject, present, wanted, signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#tellRefusal(error);
      memory.versionsRefusedUntil = now + AFTER_REFUSAL_MS;
      return { kept: false, dueIn: AFTER_REFUSAL_MS };
    }
  }

  /** What was read once is to stand in the status from now on: as if it had been written now, where the status says otherwise. */
  #handOver(subject: Subject, shown: readonly ClusterState[], memory: ObjectRecord): void {
    if (!this.#read.has(subject.key)) return;
    const recorded = (recordFor(subject) ?? propagatedVersionFor(subject))?.clusterVersions ?? [];
    const known = new Map(recorded.map(({ clusterName, version }) => [clusterName, version]));
    for (const [cluster, version] of this.#current(subject, shown)) {
      if (known.get(cluster) === version) continue;
      const here = memory.clusters.get(cluster) ?? {};
      here.written = { ...subject.hashes, version };
      memory.clusters.set(cluster, here);
    }
  }

  /** Writes until the record is there; whoever is written past meanwhile is read again. */
  async #bring(
    subject: Subject,
    known: DeepReadonly<PropagatedVersion> | undefined,
    wanted: PropagatedVersionStatus,
    signal: AbortSignal,
  ): Promise<VersionOutcome> {
    const { host, versions } = this.#options.environment;
    const store = versions.store(this.#resource);
    const ref = splitKey(this.#keyFor(subject.federated));
    let present = known;
    for (let attempt = 1; attempt <= CONFLICT_TRIES; attempt++) {
      const need = this.#needOf(subject, present, wanted);
      if (need === 'foreign') return NOT_KEPT;
      if (need === 'nothing') return KEPT;
      try {
        present = await this.#write(need, subject, present, wanted, signal);
        store.noteWrite(present as PropagatedVersion);
        continue;
      } catch (error) {
        if (need === 'create' ? !isAlreadyExists(error) : !isConflict(error) && !isNotFound(error)) throw error;
      }
      try {
        present = await host.get<PropagatedVersion>(this.#resource, ref, { signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        present = undefined;
      }
    }
    return { kept: true, dueIn: AFTER_CONFLICTS_MS };
  }

  #write(
    need: Exclude<Need, 'foreign' | 'nothing'>,
    { federated }: Subject,
    present: DeepReadonly<PropagatedVersion> | undefined,
    status: PropagatedVersionStatus,
    signal: AbortSignal,
  ): Promise<PropagatedVersion> {
    const { host } = this.#options.environment;
    const ref = splitKey(this.#keyFor(federated));
    const identity = { apiVersion: apiVersionOf(this.#resource), kind: this.#resource.kind };
    const owner = ownerReferenceOf(federated);
    switch (need) {
      case 'create': {
        const object = { ...identity, metadata: { ...ref, ownerReferences: [owner] } };
        return host.create<PropagatedVersion>(this.#resource, object, { signal });
      }
      case 'owner': {
        const { metadata = {} } = present ?? {};
        const { resourceVersion } = metadata;
        const body = { metadata: { resourceVersion, ownerReferences: ownersOf(metadata, owner) } };
        return host.patch<PropagatedVersion>(this.#resource, ref, { type: 'merge', body }, { signal });
      }
      case 'status': {
        const object = {
          ...identity,
          metadata: { ...(present?.metadata as PropagatedVersion['metadata']), ...ref },
          status,
        };
        return host.replace<PropagatedVersion>(this.#resource, object, { signal, subresource: 'status' });
      }
    }
  }

  #needOf(
    { federated }: Subject,
    present: DeepReadonly<PropagatedVersion> | undefined,
    wanted: PropagatedVersionStatus,
  ): Need {
    if (present === undefined) return 'create';
    const owner = ownerReferenceOf(federated);
    if (versionOwnership(present, owner) === 'other') return 'foreign';
    if (present.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid) !== true) return 'owner';
    return isEqual(present.status, wanted) ? 'nothing' : 'status';
  }

  /** The version of each copy that is as it should be. */
  #current(subject: Subject, shown: readonly ClusterState[]): Map<string, string> {
    const current = new Map<string, string>();
    for (const { cluster, status } of shown) {
      const observed = status === '' ? this.#options.view.observed(subject, cluster) : undefined;
      if (observed !== undefined) current.set(cluster, objectVersion(observed.metadata));
    }
    return current;
  }

  #usable(
    object: DeepReadonly<PropagatedVersion>,
    federated: DeepReadonly<FederatedObject>,
  ): DeepReadonly<PropagatedVersionStatus> | undefined {
    return versionOwnership(object, ownerReferenceOf(federated)) === 'own' ? recordIn(object) : undefined;
  }

  #keyFor(federated: DeepReadonly<FederatedObject>): string {
    const { type } = this.#options;
    const { namespace } = federated.metadata;
    const name = versionNameOf(type.target.kind, targetOf(type, federated).name);
    return keyOf(namespace === undefined ? { name } : { name, namespace });
  }

  /** Of several FederatedNamespaces in one namespace, each might be meant. */
  #federatedFor(versionKey: string): DeepReadonly<FederatedObject>[] {
    const { type, federated } = this.#options;
    const { name, namespace } = splitKey(versionKey);
    const target = name.slice(versionPrefixOf(type.target.kind).length);
    if (type.isNamespace) return namespace === target ? federated.byIndex('namespace', target) : [];
    const found = federated.get(keyOf(namespace === undefined ? { name: target } : { name: target, namespace }));
    return found === undefined ? [] : [found];
  }

  /** Once for what is likely to be said of every object. */
  #tellRefusal(error: ApiError): void {
    const { clock, log } = this.#options.environment;
    const now = clock.monotonic();
    if (this.#refusedAt !== undefined && now - this.#refusedAt < AFTER_REFUSAL_MS) return;
    this.#refusedAt = now;
    log.warn(
      { err: error, type: this.#options.type.name },
      `the host takes no ${this.#resource.plural}: their record stands in the status of the federated objects`,
    );
  }
}

/** What has to be written next: of a new object first itself and then its status, which a create does not take. */
type Need = 'create' | 'owner' | 'status' | 'nothing' | 'foreign';
