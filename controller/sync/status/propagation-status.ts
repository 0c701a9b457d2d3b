/**
 * What `status.clusters[].status` says. KubeFed v0.10.0's words with KubeFed's meaning; the last three are Fedmesh's, for
 * what KubeFed had no word for. Empty: the member holds what the federated object asks for.
 */
const PROPAGATION_STATUSES = [
  '',
  'WaitingForRemoval',
  'ClusterNotReady',
  'CachedRetrievalFailed',
  'ComputeResourceFailed',
  'ApplyOverridesFailed',
  'CreationFailed',
  'UpdateFailed',
  'DeletionFailed',
  'LabelRemovalFailed',
  'RetrievalFailed',
  'AlreadyExists',
  'FieldRetentionFailed',
  'ManagedLabelFalse',
  'CreationTimedOut',
  'UpdateTimedOut',
  'DeletionTimedOut',
  'LabelRemovalTimedOut',
  /** The member does not serve the kind. */
  'NotServed',
  /** The member refuses Fedmesh a permission; the message names it. */
  'Forbidden',
  /** The sync of this member, type or object is paused by `fedmesh.io/paused`. */
  'Paused',
] as const;

export type PropagationStatus = (typeof PROPAGATION_STATUSES)[number];

const WORDS: ReadonlySet<string> = new Set(PROPAGATION_STATUSES);

export function isPropagationStatus(word: string): word is PropagationStatus {
  return WORDS.has(word);
}

/** How one cluster stands, as the status shows it. */
export interface ClusterState {
  readonly cluster: string;
  readonly status: PropagationStatus;
  readonly message?: string;
  /** The copy's own status there, where it is collected and known. */
  readonly remoteStatus?: Readonly<Record<string, unknown>>;
}
