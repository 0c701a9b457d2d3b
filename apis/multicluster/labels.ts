/** Names that KEP-1645 gives a meaning. */

/** Label on an EndpointSlice: the name of the multi-cluster Service that it belongs to. */
export const MCS_SERVICE_LABEL = 'multicluster.kubernetes.io/service-name';
/** Label on an EndpointSlice: the cluster that its endpoints are in. */
export const MCS_SOURCE_LABEL = 'multicluster.kubernetes.io/source-cluster';
/** Annotation on a ServiceImport: the Service that carries its traffic in this cluster. Gateway API implementations read it. */
export const DERIVED_SERVICE_ANNOTATION = 'multicluster.kubernetes.io/derived-service';
