import type { Resource } from './resource.ts';

/** A resource that an API server serves, in one version. */
export interface ServedResource extends Resource {
  readonly singular: string;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** Of the versions that serve it, the one meant when nobody names a version. */
  readonly preferred: boolean;
}

export type ResourceQuery =
  | { readonly group?: string; readonly version?: string; readonly kind: string }
  | { readonly group?: string; readonly version?: string; readonly plural: string };

/** What an API server serves. Read once and kept; read again on `invalidate()`, or when something is asked that is not there. */
export interface Discovery {
  /** Every resource in every version; the core group first, the preferred version of each group before its others. */
  resources(signal: AbortSignal): Promise<readonly ServedResource[]>;
  /** `group/version` of those that could not be read the last time (a broken aggregated API); the rest is complete. */
  readonly unavailableGroups: readonly string[];
  /** Exact match; without a version the preferred one, without a group core first. */
  find(query: ResourceQuery, signal: AbortSignal): Promise<ServedResource | undefined>;
  /** What a person types, by kubectl's rules: `deploy`, `deployments.apps`, `Deployment`, `deployments.v1.apps`. */
  resolve(word: string, signal: AbortSignal): Promise<ServedResource | undefined>;
  invalidate(): void;
  version(signal: AbortSignal): Promise<{ gitVersion: string }>;
}
