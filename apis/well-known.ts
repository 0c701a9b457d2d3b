/** Names that mean something on the wire: KubeFed v0.10.0's own, kept as they were, and Fedmesh's under `fedmesh.io/`. */

export const DEFAULT_KUBEFED_NAMESPACE = 'kube-federation-system';

/** Label on every object that a control plane manages in a member. `false` on a target means: hands off. */
export const MANAGED_LABEL = 'kubefed.io/managed';
export const SYNC_FINALIZER = 'kubefed.io/sync-controller';
export const TYPE_CONFIG_FINALIZER = 'core.kubefed.io/federated-type-config';
export const ORPHAN_ANNOTATION = 'kubefed.io/orphan';
export const DELETE_OPTION_ANNOTATION = 'kubefed.io/deleteoption';

/** Annotation on a member's object that Fedmesh created: the control plane's UID. What lacks it counts as adopted. */
export const CREATED_BY_ANNOTATION = 'fedmesh.io/created-by';
/** Annotation on the rights that join made in a member: the UID of the control plane that holds them. */
export const CONTROL_PLANE_ANNOTATION = 'fedmesh.io/control-plane';
/** Annotation on a member's object: JSON array of the annotation keys that came from the template. */
export const TEMPLATE_ANNOTATIONS_ANNOTATION = 'fedmesh.io/template-annotations';
/** Annotation on a federated object: JSON array of JSON pointers whose values each member keeps. */
export const RETAIN_ANNOTATION = 'fedmesh.io/retain';
/** Annotation on a federated object, a FederatedTypeConfig or a KubeFedCluster: `"true"` stops the sync of it. */
export const PAUSED_ANNOTATION = 'fedmesh.io/paused';
/**
 * Annotation on a FederatedNamespace of another name than its namespace: `"true"` makes it count for nothing, as every such one does in
 * KubeFed. `fedctl migrate kubefed` sets it until somebody agrees.
 */
export const IGNORED_ANNOTATION = 'fedmesh.io/ignored';
/** Annotation beside one of the two above: who set it, and may take it off again. */
export const FROZEN_BY_ANNOTATION = 'fedmesh.io/frozen-by';
/** Annotation on a federated object: `"true"` lets it take over different objects that bear its name. */
export const ADOPT_ANNOTATION = 'fedmesh.io/adopt';
/**
 * Label on a FederatedNamespace: `"true"` has the plain objects of its namespace federated as they come, change and go. On one of those
 * objects: `"false"` leaves it out.
 */
export const FOLLOW_LABEL = 'fedmesh.io/follow';
/**
 * Annotation on a federated object whose template follows a plain object: that one's UID. Empty: it follows none at present, and may be
 * given one.
 */
export const FOLLOWED_FROM_ANNOTATION = 'fedmesh.io/followed-from';
/**
 * Annotation on a federated object: a copy whose immutable field is to change is deleted and created anew. `"true"`, or
 * `"delete-data"` for kinds whose deletion takes data along.
 */
export const RECREATE_ANNOTATION = 'fedmesh.io/recreate-on-immutable';
/**
 * Annotation on a FederatedTypeConfig: `"true"` writes copies of this type with server-side apply, so that others may own fields
 * beside what the template says.
 */
export const SERVER_SIDE_APPLY_ANNOTATION = 'fedmesh.io/server-side-apply';
/** Annotation on a KubeFedCluster that `fedctl unjoin` sets before it deletes it: `delete` or `orphan`. */
export const UNJOIN_CASCADE_ANNOTATION = 'fedmesh.io/unjoin-cascade';
/** Annotation on a KubeFedCluster that leaves: `"true"` counts copies that do not say who made them as created. */
export const UNJOIN_ASSUME_CREATED_ANNOTATION = 'fedmesh.io/unjoin-assume-created';
/** Annotation on a KubeFedCluster: `"true"` takes it out of the host although the member cannot be cleaned. */
export const FORCE_UNJOIN_ANNOTATION = 'fedmesh.io/force-unjoin';
/** Annotation on a cordoned KubeFedCluster: `"true"` moves scheduled replicas elsewhere. */
export const DRAIN_ANNOTATION = 'fedmesh.io/drain';
/** Finalizer on KubeFedCluster and on the host's Secret: the member is to be released first. */
export const MEMBERSHIP_FINALIZER = 'fedmesh.io/membership';

/**
 * Annotation on the KubeFedConfig: a migration from KubeFed is not finalised, and its PropagatedVersions are kept current, so that going back
 * rewrites nothing. The value is JSON of `fedctl migrate`; that the annotation is there is all that the controller looks at.
 */
export const MIGRATED_FROM_ANNOTATION = 'fedmesh.io/migrated-from-kubefed';

/** Annotation on Events: the `reconcileId` of the log lines that say more. */
export const RECONCILE_ID_ANNOTATION = 'fedmesh.io/reconcile-id';

/** Annotation on the leader's Lease: where that replica serves its metrics, `127.0.0.1:9090` or `:9090`; empty: nowhere. */
export const METRICS_ADDRESS_ANNOTATION = 'fedmesh.io/metrics-address';

/** Annotation on the KubeFedConfig: the least level that the controller logs, `debug`, `info`, `warn` or `error`. */
export const LOG_LEVEL_ANNOTATION = 'fedmesh.io/log-level';

/** The name under which Fedmesh's writes stand in `managedFields`. */
export const FIELD_MANAGER = 'fedmesh';
