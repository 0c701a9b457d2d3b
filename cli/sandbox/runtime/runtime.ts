import type { IssuedCertificate } from '../../../controller/kube/certificates.ts';
import type { PodNetwork } from '../probes/pod-network.ts';

/** What makes the control planes of a sandbox: the API server of this package, or Kubernetes' own binaries. */
export const RUNTIME_KINDS = ['embedded', 'envtest'] as const;
export type RuntimeKind = (typeof RUNTIME_KINDS)[number];

/** The ways in which a person can break a cluster and watch what happens. */
export const FAULT_KINDS = ['hang', 'refuse', 'reset', 'slow', 'expired-token', 'watch-drop'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One API server with its controllers, whichever runtime made it. */
export interface SandboxCluster {
  readonly name: string;
  /** `https://127.0.0.1:PORT`. It stays the same for the life of the cluster. */
  readonly server: string;
  readonly caPem: string;
  /** For a user in `system:masters`. */
  readonly adminToken: string;
  /** Where Pods have their addresses: each cluster's is another. */
  readonly podCidr: string;
  /** What was done to it last; it says nothing of readiness. */
  readonly state: 'running' | 'hanging' | 'stopped';
  /** A client certificate for the user `commonName` in the groups `organizations`; RBAC decides what it may do. */
  issueClientCertificate(request: ClientCertificateRequest): IssuedCertificate;
  /** Starts what does not run, on the same port with the same data; what hangs goes on. Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it as a crash would: connections break, the port refuses new ones, what was acknowledged is kept. */
  kill(): Promise<void>;
  /** Connections are accepted and nothing is answered. */
  hang(): void;
  resume(): void;
  /** The ways in which this runtime can break it. */
  readonly faults: readonly FaultKind[];
  /**
   * Breaks it in one of the ways of {@link FAULT_KINDS}. What it returns mends it again; call it once.
   *
   * @throws {CliError} it is not among `faults`.
   */
  inject(fault: FaultKind): Promise<() => Promise<void>>;
}

export interface ClientCertificateRequest {
  commonName: string;
  organizations?: readonly string[];
  notAfter?: Date;
}

/** Address ranges differ as long as there are so many clusters: what they hold does not overlap. */
const RANGES = 50;

/** Of the cluster with this place among its siblings. */
export function podCidrOf(index: number): string {
  return `10.${200 + (index % RANGES)}.0.0/16`;
}

export function serviceCidrOf(index: number): string {
  return `10.${100 + (index % RANGES)}.0.0/16`;
}

export interface RuntimeOptions<Name extends string> {
  /** A cluster each; also the names of the kubeconfig's contexts. */
  readonly names: readonly Name[];
  /** Objects, keys and ports outlive the process here. Default: they are in memory, or in a directory that goes. */
  readonly dataDir?: string;
  /** Where embedded API servers find Pods when somebody asks for their proxy. Default, and for real ones: at their addresses. */
  readonly podNetwork?: PodNetwork;
  readonly signal?: AbortSignal;
}

export interface SandboxRuntime<Name extends string = string> {
  readonly kind: RuntimeKind;
  readonly clusters: Readonly<Record<Name, SandboxCluster>>;
  /** Ends all of it. May be called again. */
  close(): Promise<void>;
}

/** Starts control planes. What a runtime needs is loaded only here: other commands do not pay for it. */
export async function startRuntime<const Name extends string>(
  kind: RuntimeKind,
  options: RuntimeOptions<Name>,
): Promise<SandboxRuntime<Name>> {
  if (kind === 'envtest') return (await import('./envtest.ts')).startEnvtest(options);
  return (await import('./embedded.ts')).startEmbedded(options);
}
