import type { PropagatedVersionStatus } from '../../apis/core/v1alpha1/propagated-version.ts';
import { isCordoned } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { FOLLOWED_FROM_ANNOTATION, PAUSED_ANNOTATION } from '../../apis/well-known.ts';
import type { Accessor } from '../clusters/accessor.ts';
import { isLeaving } from '../clusters/leaving.ts';
import type { MemberWatch } from '../clusters/member-watch.ts';
import { groupResourceOf } from '../kube/resource.ts';
import { ownershipOf } from '../ownership/marks.ts';
import { isAsRecorded, needsUpdate, sameContent } from './compare/compare.ts';
import { contentDigest, copyToken } from './dispatch/digest.ts';
import type { SyncEnvironment } from './environment.ts';
import { isJsonObject, type JsonObject } from './json/json-pointer.ts';
import type { ClusterRecord, ObjectRecord } from './ledger.ts';
import { type FederatedType, targetKeyOf } from './member-object.ts';
import type { PlacementCluster } from './placement/placement.ts';
import type { ClusterView, Connection, WatchView } from './plan.ts';
import type { Labels } from './render/overrides.ts';
import { endsByItself, mayEndByItself } from './render/passing-objects.ts';
import type { Rendering } from './rendering.ts';
import { hasContent, movesGeneration } from './retention/retention.ts';
import { isRecordedIn, propagatedVersionFor, recordFor, type Subject } from './subject.ts';
import { recordedVersion, sameHashes } from './version-record.ts';

/** How long a first probe or a first list may take before the status says that it is under way. */
const PATIENCE_MS = 5_000;

export interface MemberViewOptions {
  readonly type: FederatedType;
  readonly environment: SyncEnvironment;
  readonly rendering: Rendering;
}

interface Member {
  readonly accessor: Accessor;
  readonly watch: MemberWatch;
  readonly since: number;
}

/** What is known of the members, for one type: the inputs of every decision, read from caches, never waited for. */
export class MemberView {
  readonly #options: MemberViewOptions;
  readonly #members = new Map<string, Member>();
  #placeable: readonly PlacementCluster[] | undefined;
  #labels: ReadonlyMap<string, Labels> = new Map();
  readonly #paused = new Set<string>();

  constructor(options: MemberViewOptions) {
    this.#options = options;
  }

  add(accessor: Accessor, watch: MemberWatch): void {
    this.#members.set(accessor.name, { accessor, watch, since: this.#options.environment.clock.monotonic() });
    this.refresh();
  }

  remove(cluster: string): void {
    this.#members.delete(cluster);
    this.refresh();
  }

  /** KubeFedClusters came, went or changed. */
  refresh(): void {
    this.#placeable = undefined;
  }

  watchOf(cluster: string): MemberWatch | undefined {
    return this.#members.get(cluster)?.watch;
  }

  accessorOf(cluster: string): Accessor | undefined {
    return this.#members.get(cluster)?.accessor;
  }

  /** Members that are joined and not leaving: whatever is in a leaving one is the unjoin's business. */
  placeable(): readonly PlacementCluster[] {
    if (this.#placeable !== undefined) return this.#placeable;
    this.#paused.clear();
    const placeable: PlacementCluster[] = [];
    for (const cluster of this.#options.environment.clusters.objects.values()) {
      const { name = '', labels = {}, annotations } = cluster.metadata;
      if (isLeaving(cluster)) continue;
      placeable.push({ name, labels, ...(isCordoned(cluster) ? { cordoned: true } : {}) });
      if (annotations?.[PAUSED_ANNOTATION] === 'true') this.#paused.add(name);
    }
    this.#placeable = placeable;
    this.#labels = new Map(placeable.map(({ name, labels = {} }) => [name, labels]));
    return placeable;
  }

  /** By which overrides may select a member. */
  labelsOf(cluster: string): Labels {
    this.placeable();
    return this.#labels.get(cluster) ?? {};
  }

  *clusters(): IterableIterator<string> {
    for (const { name } of this.placeable()) yield name;
  }

  /** Where the object is wanted, is, or may be by any record: of a thousand members mostly a few. */
  *concernedBy(subject: Subject, record: ObjectRecord): IterableIterator<string> {
    const key = targetKeyOf(this.#options.type, subject.key);
    const told = namesIn(subject);
    for (const cluster of this.clusters()) {
      const isPlaced = subject.placedOn.has(cluster);
      if (isPlaced || record.clusters.has(cluster) || told.has(cluster) || this.watchOf(cluster)?.store.has(key)) {
        yield cluster;
      }
    }
  }

  /** Nothing that waits in this cluster's lane is about to be answered. */
  isStalled(cluster: string): boolean {
    const member = this.#members.get(cluster);
    return (
      member === undefined || member.accessor.lane.stalled || this.#connectionOf(cluster, member).state === 'notReady'
    );
  }

  /** What this cluster has is about to be known: its first probe or its first list is under way. */
  isSettling(cluster: string): boolean {
    const member = this.#members.get(cluster);
    const { state } = this.#connectionOf(cluster, member);
    return state === 'connecting' || (state === 'ready' && this.#watchOf(member, cluster).state === 'starting');
  }

  /**
   * Whether the object is in this cluster: by record, by sight, or because nobody can tell yet. What is not known is about
   * to be, and until then nothing is decided without it.
   */
  mayBeIn(
    subject: Pick<Subject, 'key' | 'federated' | 'propagatedVersion'>,
    record: ObjectRecord,
    cluster: string,
  ): boolean {
    if (this.observed(subject, cluster) !== undefined) return true;
    const here = record.clusters.get(cluster);
    if (here?.confirmedGone) return false;
    if (here?.written !== undefined) return true;
    return isRecordedIn(subject.federated, cluster, subject.propagatedVersion) || this.isSettling(cluster);
  }

  /** What another control plane made is as good as not there: whoever creates is told whose the name is. */
  observed(subject: Pick<Subject, 'key'>, cluster: string): DeepReadonly<KubeObject> | undefined {
    const { type, environment } = this.#options;
    const object = this.#members.get(cluster)?.watch.store.get(targetKeyOf(type, subject.key));
    if (object === undefined) return undefined;
    return ownershipOf(object.metadata, environment.controlPlane.uid) === 'foreign' ? undefined : object;
  }

  /** The status of the copy as its member has it now; `undefined` where it has none, or where nobody can tell. */
  statusIn(subject: Pick<Subject, 'key'>, cluster: string): JsonObject | undefined {
    const member = this.#members.get(cluster);
    if (member?.accessor.ready !== true || this.#watchOf(member, cluster).state !== 'synced') return undefined;
    const status = this.observed(subject, cluster)?.status;
    return isJsonObject(status) ? status : undefined;
  }

  /** The member is watched, and the object is not there. */
  isGone(subject: Subject, cluster: string): boolean {
    return this.watchOf(cluster)?.state === 'synced' && this.observed(subject, cluster) === undefined;
  }

  of(subject: Subject, record: ObjectRecord, cluster: string): ClusterView {
    const member = this.#members.get(cluster);
    const here = record.clusters.get(cluster);
    const observed = this.observed(subject, cluster);
    const recorded = recordFor(subject);
    const isOriginal = this.#isOriginal(subject, cluster);
    return {
      cluster,
      // Its status is its own: nobody collects it.
      wanted: subject.placedOn.has(cluster) && !(isOriginal && this.#options.type.collectsStatus),
      deleting: subject.deleting,
      orphan: subject.orphan,
      known: isKnown(subject, here, cluster),
      confirmedGone: here?.confirmedGone ?? false,
      connection: this.#connectionOf(cluster, member),
      watch: this.#watchOf(member, cluster),
      paused: this.#paused.has(cluster),
      observed,
      releaseOnly: this.isHostNamespace(cluster),
      isOriginal,
      failure: this.#pendingFailure(subject, here, observed),
      mayBeSpent: () => this.#mayBeSpent(subject, record, recorded, cluster),
      compare: () => this.#compare(subject, record, recorded, cluster, observed),
      contested: this.#isContested(subject, here),
    };
  }

  /** The host's own namespaces are joined in by joining the host; no federated object may take one away. */
  isHostNamespace(cluster: string): boolean {
    return this.#options.type.isNamespace && this.#isHost(cluster);
  }

  /** Where the host is a member, what a federated object follows lives there: bringing it in step would undo what people change. */
  #isOriginal({ federated }: Subject, cluster: string): boolean {
    return federated.metadata.annotations?.[FOLLOWED_FROM_ANNOTATION] !== undefined && this.#isHost(cluster);
  }

  #isHost(cluster: string): boolean {
    return this.#members.get(cluster)?.accessor.uid === this.#options.environment.controlPlane.hostClusterUid;
  }

  #connectionOf(cluster: string, member: Member | undefined): Connection {
    if (member?.accessor.ready) return { state: 'ready' };
    if (member === undefined || !member.accessor.judged) {
      const since = member?.since ?? Number.POSITIVE_INFINITY;
      if (this.#options.environment.clock.monotonic() - since < PATIENCE_MS || member === undefined)
        return { state: 'connecting' };
      return { state: 'notReady', reason: `${cluster} has not answered since the controller started` };
    }
    return { state: 'notReady', reason: member.accessor.notReadyReason };
  }

  #watchOf(member: Member | undefined, cluster: string): WatchView {
    const { type, environment } = this.#options;
    const resource = groupResourceOf(type.target);
    switch (member?.watch.state) {
      case 'notServed': {
        const message = `${cluster} does not serve ${resource} in version ${type.target.version}`;
        return { state: 'unavailable', status: 'NotServed', message };
      }
      case 'forbidden': {
        const message =
          `Fedmesh may not list and watch ${resource} in ${cluster}: ` +
          `"fedctl enable ${resource}" with ${cluster}'s context at hand widens its role there`;
        return { state: 'unavailable', status: 'Forbidden', message };
      }
    }
    if (member?.watch.store.synced) return { state: 'synced' };
    const since = member?.since ?? environment.clock.monotonic();
    if (environment.clock.monotonic() - since < PATIENCE_MS) return { state: 'starting' };
    const why = member?.watch.lastError?.message ?? 'the first list is under way';
    return { state: 'unavailable', status: 'CachedRetrievalFailed', message: `${resource} in ${cluster}: ${why}` };
  }

  /** A fight over one template is none over the next. */
  #isContested(subject: Subject, here: ClusterRecord | undefined): boolean {
    const resumeAt = here?.drift?.contested?.resumeAt;
    if (resumeAt === undefined || here?.written === undefined || !sameHashes(here.written, subject.hashes))
      return false;
    return this.#options.environment.clock.monotonic() < resumeAt;
  }

  #pendingFailure(
    subject: Subject,
    here: ClusterRecord | undefined,
    observed: DeepReadonly<KubeObject> | undefined,
  ): ClusterView['failure'] {
    const failure = here?.failure;
    if (failure === undefined || failure.attemptToken !== subject.attemptToken) return undefined;
    const changed = failure.copy !== undefined && failure.copy !== copyToken(observed);
    const retryAt = changed ? failure.notBefore : failure.retryAt;
    const due = retryAt !== undefined && this.#options.environment.clock.monotonic() >= retryAt;
    return due ? undefined : { ...failure, retryAt };
  }

  /** A record says that this very object was written there, and once it is done it is deleted there. */
  #mayBeSpent(
    subject: Subject,
    record: ObjectRecord,
    recorded: DeepReadonly<PropagatedVersionStatus> | undefined,
    cluster: string,
  ): boolean {
    if (!mayEndByItself(this.#options.type.target)) return false;
    const version = recordedVersion(subject, record, recorded, cluster) ?? toldVersion(subject, cluster);
    if (version === undefined) return false;
    const rendered = this.#options.rendering.desiredFor(subject.federated, cluster, undefined);
    return 'object' in rendered && endsByItself(rendered.object);
  }

  #compare(
    subject: Subject,
    record: ObjectRecord,
    recorded: DeepReadonly<PropagatedVersionStatus> | undefined,
    cluster: string,
    observed: DeepReadonly<KubeObject> | undefined,
  ): 'equal' | 'update' | 'verify' {
    if (observed === undefined) return 'update';
    const here = record.clusters.get(cluster);
    const version = recordedVersion(subject, record, recorded, cluster);
    const rendered = this.#options.rendering.desiredFor(subject.federated, cluster, undefined);
    // What cannot be rendered is tried all the same: the write says why, in the status.
    if ('failure' in rendered) return 'update';
    const { applies: shared } = this.#options.type;
    const verdict = needsUpdate({ desired: rendered.object, recorded: version, observed, shared });
    if (verdict === 'equal' && !movesGeneration(this.#options.type.target)) {
      return this.#compareHeld(subject, cluster, observed);
    }
    // For any verdict: a version that was ever right for this template stays so for as long as the object lives.
    if (verdict === 'equal' || isPropagated(subject, cluster, { desired: rendered.object, observed, shared }))
      return 'equal';
    const untouched =
      verdict === 'compareContent' && here?.digest !== undefined && contentDigest(observed) === here.digest;
    if (untouched && here?.written !== undefined && sameHashes(here.written, subject.hashes)) return 'equal';
    if (verdict === 'update') return 'update';
    if (shared && version !== undefined) return this.#compareShared(subject, cluster, observed);
    // What was written for another template differs for certain; what nobody remembers writing has to be looked at.
    if (version === undefined) return wasWritten(subject, here, cluster) ? 'update' : 'verify';
    if (hasContent(observed)) return here?.digest === undefined ? 'verify' : 'update';
    // The change may be one of what is left to the member, such as its replicas: whoever scales there does nothing wrong.
    return this.#options.rendering.needsContent(subject.federated) ? 'verify' : 'update';
  }

  /** Somebody has written an object that others may write too: it matters only where it is about our fields. */
  #compareShared(subject: Subject, cluster: string, observed: DeepReadonly<KubeObject>): 'equal' | 'update' | 'verify' {
    // An apply changes nothing when there is nothing to change.
    return hasContent(observed) ? this.#compareHeld(subject, cluster, observed) : 'verify';
  }

  /** By the content that the cache holds, where versions do not tell. */
  #compareHeld(subject: Subject, cluster: string, observed: DeepReadonly<KubeObject>): 'equal' | 'update' {
    const { rendering, type } = this.#options;
    const rendered = rendering.desiredFor(subject.federated, cluster, observed);
    if ('failure' in rendered) return 'update';
    return sameContent(rendered.object, observed, { shared: type.applies }).equal ? 'equal' : 'update';
  }
}

/** The clusters that a status or a PropagatedVersion speaks of. */
function namesIn({ federated: { status }, propagatedVersion }: Subject): ReadonlySet<string> {
  const names = new Set(status?.clusters?.map(({ name }) => name));
  for (const { clusterName } of status?.propagatedVersion?.clusterVersions ?? []) names.add(clusterName);
  for (const { clusterName } of propagatedVersion?.clusterVersions ?? []) names.add(clusterName);
  return names;
}

/**
 * Whether the PropagatedVersion knows the object as it is, where the status does not: it has no record yet, KubeFed has
 * written since, or there was no need to write it.
 */
function isPropagated(
  subject: Subject,
  cluster: string,
  objects: Omit<Parameters<typeof isAsRecorded>[0], 'recorded'>,
): boolean {
  const told = toldVersion(subject, cluster);
  return told !== undefined && isAsRecorded({ ...objects, recorded: told });
}

function toldVersion(subject: Subject, cluster: string): string | undefined {
  const versions = propagatedVersionFor(subject)?.clusterVersions;
  return versions?.find(({ clusterName }) => clusterName === cluster)?.version;
}

/** Whether a record says that the object was once written there: this run's memory or the status of an earlier one. */
function wasWritten(subject: Subject, here: ClusterRecord | undefined, cluster: string): boolean {
  if (here?.written !== undefined) return true;
  const recorded = subject.federated.status?.propagatedVersion?.clusterVersions;
  return recorded?.some((each) => each.clusterName === cluster) ?? false;
}

/** Whether anything says that the object may be there. A record forgets a member that was away when the template changed. */
function isKnown(subject: Subject, here: ClusterRecord | undefined, cluster: string): boolean {
  if (wasWritten(subject, here, cluster)) return true;
  if (subject.propagatedVersion?.clusterVersions?.some(({ clusterName }) => clusterName === cluster)) return true;
  const shown = subject.federated.status?.clusters?.find(({ name }) => name === cluster);
  return shown !== undefined && shown.status !== 'NotServed';
}
