import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { Client } from '../kube/client.ts';
import type { ReconcileObserver } from '../runtime/controller.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { ChangeTracer } from '../telemetry/change-trace.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Adoption } from './dispatch/member-write.ts';
import type { FederatedNamespaces } from './federated-namespaces.ts';
import type { PropagatedVersions } from './propagated-versions.ts';

/** What every sync shares. */
export interface SyncEnvironment {
  readonly host: Client;
  readonly controlPlane: {
    readonly uid: string;
    /** UID of the host's `kube-system`: by it a member is recognised as the host itself. */
    readonly hostClusterUid: string;
    readonly namespace: string;
  };
  /**
   * The only namespace that is federated, that of the control plane; undefined: all are. KubeFed's scopes Namespaced and
   * Cluster.
   */
  readonly targetNamespace?: string;
  readonly clusters: MemberClusters;
  readonly namespaces: FederatedNamespaces;
  readonly versions: PropagatedVersions;
  readonly settings: () => SyncSettings;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer?: SyncObserver;
  readonly reconcileObserver?: ReconcileObserver;
  /** Missing where nothing is traced, as by default. */
  readonly tracer?: ChangeTracer;
}

export interface SyncSettings {
  /** KubeFed's feature gate PushReconciler: without it no type is propagated. */
  readonly propagates: boolean;
  readonly adoptResources: Adoption;
  /** Reconciles of one type that may wait for the host at the same time. Waiting for a member takes none. */
  readonly concurrency: number;
  /** The same for the objects that show the status of one type's copies. */
  readonly statusConcurrency: number;
  /** KubeFed's feature gate RawResourceStatusCollection. */
  readonly collectRawStatus: boolean;
}

/** The part of the cluster registry that sync needs. */
export interface MemberClusters {
  get(name: string): Accessor | undefined;
  list(): readonly Accessor[];
  readonly objects: {
    values(): Iterable<DeepReadonly<KubeFedCluster>>;
    waitForSync(signal: AbortSignal): Promise<void>;
  };
  subscribe(listener: (event: ClusterEvent) => void): () => void;
}

export interface ClusterEvent {
  readonly type: 'joined' | 'left' | 'ready' | 'notReady' | 'changed';
  readonly cluster: string;
}

/** Where durations go; labels are bounded. */
export interface SyncObserver {
  reconciled(type: string, seconds: number): void;
  dispatched(action: string, seconds: number): void;
  /** A change of a federated object has reached a cluster, so long after it was heard of. */
  propagated(type: string, cluster: string, seconds: number): void;
  stopped(type: string): void;
}

/** Where a list or a watch of the federation looks: everywhere, or in the one namespace that is federated. */
export function limitOf({ targetNamespace }: Pick<SyncEnvironment, 'targetNamespace'>): { namespace?: string } {
  return targetNamespace === undefined ? {} : { namespace: targetNamespace };
}
