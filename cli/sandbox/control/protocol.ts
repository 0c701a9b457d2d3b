import type { FaultKind, RuntimeKind, SandboxCluster } from '../runtime/runtime.ts';

/** What a running sandbox says of itself to who asks over its control port. */
export interface SandboxReport {
  readonly name: string;
  readonly runtime: RuntimeKind;
  readonly pid: number;
  readonly kubeconfig: string;
  /** The first is the host. */
  readonly clusters: readonly ClusterState[];
  /** Process id and log of the controller; absent with `--bare`. */
  readonly controller?: { readonly pid: number; readonly running: boolean; readonly log: string };
  /** URL of the dashboard; absent with `--bare`. */
  readonly dashboard?: string;
}

export interface ClusterState {
  readonly name: string;
  readonly server: string;
  readonly state: SandboxCluster['state'];
  readonly broken?: Breakage;
}

export interface Breakage {
  readonly how: FaultKind;
  /** RFC 3339: when it heals by itself. */
  readonly until: string;
}

export interface BreakRequest {
  readonly cluster: string;
  readonly how: FaultKind;
  readonly forMs: number;
}

/** A request that cannot be met, in a person's words. */
export interface Refusal {
  readonly error: string;
  readonly hint?: string;
}
