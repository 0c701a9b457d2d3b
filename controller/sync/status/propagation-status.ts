/**
 * What `status.clusters[].status` says. KubeFed v0.10.0's words with KubeFed's meaning; the last three are Fedmesh's, for
 * what KubeFed had no word for. Empty: the member holds what the federated object asks for.
 */
export type PropagationStatus =
  | ''
  | 'WaitingForRemoval'
  | 'ClusterNotReady'
  | 'CachedRetrievalFailed'
  | 'ComputeResourceFailed'
  | 'ApplyOverridesFailed'
  | 'CreationFailed'
  | 'UpdateFailed'
  | 'DeletionFailed'
  | 'LabelRemovalFailed'
  | 'RetrievalFailed'
  | 'AlreadyExists'
  | 'FieldRetentionFailed'
  | 'ManagedLabelFalse'
  | 'CreationTimedOut'
  | 'UpdateTimedOut'
  | 'DeletionTimedOut'
  | 'LabelRemovalTimedOut'
  /** The member does not serve the kind. */
  | 'NotServed'
  /** The member refuses Fedmesh a permission; the message names it. */
  | 'Forbidden'
  /** The sync of this member, type or object is paused by `fedmesh.io/paused`. */
  | 'Paused';

/** How one cluster stands, as the status shows it. */
export interface ClusterState {
  readonly cluster: string;
  readonly status: PropagationStatus;
  readonly message?: string;
  /** The copy's own status there, where it is collected and known. */
  readonly remoteStatus?: Readonly<Record<string, unknown>>;
}
