import type { UserInfo } from '../user/user-info.ts';

/** What somebody asks to do. Kubernetes: `authorizer.Attributes`. */
export interface Attributes {
  readonly user: UserInfo;
  /** `get`, `list`, …; for what is no resource the HTTP method in lower case. */
  readonly verb: string;
  readonly group: string;
  /** Says nothing in RBAC. */
  readonly version: string;
  readonly resource: string;
  /** Empty: the resource itself. */
  readonly subresource: string;
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  /** Empty: no one object. */
  readonly name: string;
  /** Of a request that is not for a resource. */
  readonly path?: string;
  readonly resourceRequest: boolean;
}

export interface Decision {
  readonly allowed: boolean;
  /** Which binding allows it, or what kept roles from being found. May be empty. */
  readonly reason: string;
}

/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

/** Who may do what in one cluster. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision;
  /** All that a user may do in a namespace (and with none, cluster-wide), and which bindings could not be followed. */
  rulesFor(
    user: UserInfo,
    namespace: string,
  ): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] };
  /** @throws {StatusError} 404: there is no such role. */
  rulesOf(roleRef: RoleRef, namespace: string): readonly PolicyRule[];
}
