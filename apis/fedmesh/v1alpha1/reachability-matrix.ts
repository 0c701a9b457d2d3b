import type { Resource } from '../../meta/resource.ts';
import type { KubeObject } from '../../meta/v1.ts';

export const REACHABILITY_MATRICES: Resource = {
  group: 'fedmesh.io',
  version: 'v1alpha1',
  kind: 'ReachabilityMatrix',
  plural: 'reachabilitymatrices',
  namespaced: true,
};

/** The only one that counts, in the control plane's namespace. Written by the controller. */
export const REACHABILITY_MATRIX_NAME = 'default';

/**
 * Annotation on the ReachabilityMatrix: JSON `{"id", "allNodes"}` of whoever wants everything to be asked anew. `status.answered` says when
 * it has been.
 */
export const VERIFY_ANNOTATION = 'fedmesh.io/verify';

export interface VerifyRequest {
  readonly id: string;
  /** From and to every node, not only from a gateway and another one. */
  readonly allNodes: boolean;
}

/** Which member reaches which. It has no status subresource: nobody but the controller writes it, but for one annotation. */
export interface ReachabilityMatrix extends KubeObject {
  status?: ReachabilityMatrixStatus;
}

export interface ReachabilityMatrixStatus {
  /** When it was put together, RFC 3339. */
  observedAt: string;
  /** The id of the last request in the annotation `fedmesh.io/verify` that this is the answer to. */
  answered?: string;
  summary: { pairs: number; reachable: number; unreachable: number; unknown: number };
  /** Members that could not be asked, or that lack probes. */
  problems?: ReachabilityProblem[];
  /** Ordered pairs: those that fail first, then those of which nothing is known. */
  pairs: ReachabilityPair[];
  /** Pairs that there was no room for: none of them fails while one that does not is named. */
  omitted?: number;
}

export interface ReachabilityProblem {
  cluster: string;
  /** `NotReady`, `Forbidden`, `NoProbe`, `ProbeSilent`, `ProbeConfused`. */
  reason: string;
  message: string;
}

export interface ReachabilityPair {
  from: string;
  to: string;
  pods: 'Reachable' | 'Unreachable' | 'Unknown';
  /** `NotProbed`: Services that are not routed (spec.routes.services of the MeshConfig). */
  services: 'Reachable' | 'Unreachable' | 'Unknown' | 'NotProbed';
  /** One word for what is wrong; `Reachable` when nothing is. */
  class: string;
  message?: string;
  wayOut?: string;
  /** Of the fastest answer, milliseconds. */
  latencyMs?: number;
  /** RFC 3339: when the oldest of what counts was found. */
  probedAt?: string;
  /** RFC 3339: since when the class is what it is. */
  since: string;
}
