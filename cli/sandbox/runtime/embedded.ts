import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
  restoreCertificateAuthority,
} from '../../../controller/kube/certificates.ts';
import { CliError } from '../../exit.ts';
import { type ApiServer, startApiServer } from '../apiserver/api-server.ts';
import type { FaultEffect, FaultRule } from '../apiserver/faults/fault-rule.ts';
import type { PodNetwork } from '../probes/pod-network.ts';
import {
  type ClientCertificateRequest,
  FAULT_KINDS,
  type FaultKind,
  podCidrOf,
  type RuntimeOptions,
  type SandboxCluster,
  type SandboxRuntime,
  serviceCidrOf,
} from './runtime.ts';

export interface EmbeddedRuntime<Name extends string> extends SandboxRuntime<Name> {
  readonly clusters: Readonly<Record<Name, EmbeddedCluster>>;
}

export interface EmbeddedOptions<Name extends string> extends RuntimeOptions<Name> {
  /** Where each cluster writes the requests that it has answered: `auditLogPath`. Default: nowhere. */
  readonly auditDir?: string;
}

/** Up to so many clusters each have an authority of their own, as clusters have; making a key takes its time. */
const OWN_AUTHORITIES = 16;

/** API servers of this package, all in this process. */
export async function startEmbedded<const Name extends string>(
  options: EmbeddedOptions<Name>,
): Promise<EmbeddedRuntime<Name>> {
  const { names, dataDir, auditDir, podNetwork, signal } = options;
  const shared = names.length > OWN_AUTHORITIES ? createCertificateAuthority('sandbox CA') : undefined;
  const started: EmbeddedCluster[] = [];
  const close = async () => {
    await Promise.all(started.map((cluster) => cluster.close()));
  };
  try {
    for (const [index, name] of names.entries()) {
      signal?.throwIfAborted();
      const directory = dataDir === undefined ? undefined : join(resolve(dataDir), name);
      const auditLog = auditDir === undefined ? undefined : join(auditDir, `${name}-audit.log`);
      started.push(await EmbeddedCluster.start({ name, index, directory, auditLog, authority: shared, podNetwork }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const clusters = Object.fromEntries(started.map((cluster) => [cluster.name, cluster])) as Record<
    Name,
    EmbeddedCluster
  >;
  return { kind: 'embedded', clusters, close };
}

interface ClusterOptions {
  readonly name: string;
  /** Its place among its siblings: tells their address ranges apart. */
  readonly index: number;
  readonly directory: string | undefined;
  readonly auditLog: string | undefined;
  readonly authority: CertificateAuthority | undefined;
  readonly podNetwork: PodNetwork | undefined;
}

/** What a cluster must have again, so that those who know it find it. */
interface Kept {
  readonly port: number;
  readonly authority: Pick<CertificateAuthority, 'commonName' | 'certPem' | 'keyPem'>;
}

/** Delays that a person notices and that a health probe still bears. */
const SLOW_MS: readonly [number, number] = [400, 900];

/** The rule of the API server's fault injection that each kind is. */
const EFFECTS: Readonly<Record<FaultKind, FaultRule>> = {
  hang: { effect: { kind: 'hang' } },
  refuse: { effect: { kind: 'refuse' } },
  reset: { effect: { kind: 'reset' } },
  slow: { effect: { kind: 'latency', ms: SLOW_MS } },
  // The administrator's token in the kubeconfig is none that expires.
  'expired-token': { effect: { kind: 'expire-tokens' }, match: { user: 'system:serviceaccount:*' } },
  'watch-drop': { effect: { kind: 'drop-watch-events' } },
};

export class EmbeddedCluster implements SandboxCluster {
  readonly faults: readonly FaultKind[] = FAULT_KINDS;
  readonly #options: ClusterOptions;
  readonly #authority: CertificateAuthority;
  #api: ApiServer;
  /** Takes back what makes it hang or refuse. */
  readonly #held = new Map<FaultEffect['kind'], () => void>();
  #stopped = false;

  private constructor(options: ClusterOptions, authority: CertificateAuthority, api: ApiServer) {
    this.#options = options;
    this.#authority = authority;
    this.#api = api;
  }

  static async start(options: ClusterOptions): Promise<EmbeddedCluster> {
    const { name, directory } = options;
    const kept = directory === undefined ? undefined : readKept(directory);
    const authority =
      kept === undefined
        ? (options.authority ?? createCertificateAuthority(`${name} CA`))
        : restoreCertificateAuthority(kept.authority);
    const api = await startApi(options, authority, kept?.port ?? 0).catch((cause: unknown) => {
      throw kept !== undefined && isPortTaken(cause) ? portTaken(name, kept.port, cause) : cause;
    });
    if (directory !== undefined && kept === undefined) {
      const { commonName, certPem, keyPem } = authority;
      keep(directory, { port: portOf(api), authority: { commonName, certPem, keyPem } });
    }
    return new EmbeddedCluster(options, authority, api);
  }

  get name(): string {
    return this.#api.name;
  }

  get server(): string {
    return this.#api.url;
  }

  get caPem(): string {
    return this.#api.caPem;
  }

  get adminToken(): string {
    return this.#api.adminToken;
  }

  /** One JSON object per answered request and line. */
  get auditLogPath(): string | undefined {
    return this.#options.auditLog;
  }

  get podCidr(): string {
    return podCidrOf(this.#options.index);
  }

  get state(): SandboxCluster['state'] {
    if (this.#stopped || this.#held.has('refuse')) return 'stopped';
    return this.#held.has('hang') ? 'hanging' : 'running';
  }

  /** The server itself, for what no real one offers. */
  get api(): ApiServer {
    return this.#api;
  }

  issueClientCertificate({ commonName, organizations = [], notAfter }: ClientCertificateRequest): IssuedCertificate {
    const until = notAfter === undefined ? {} : { notAfter };
    return this.#authority.issue({ commonName, organizations, usage: 'client', ...until });
  }

  async start(): Promise<void> {
    if (this.#stopped) {
      this.#api = await startApi(this.#options, this.#authority, portOf(this.#api));
      this.#stopped = false;
    }
    this.#release('refuse');
    this.#release('hang');
  }

  /** Where the objects are on disk it starts from them again; else the process, which lives on, keeps them. */
  async kill(): Promise<void> {
    this.#release('hang');
    this.#hold('refuse');
    if (this.#options.directory === undefined || this.#stopped) return;
    // What is under way breaks off before the closing would let it finish.
    await setImmediate();
    this.#stopped = true;
    this.#held.clear();
    await this.#api.close();
  }

  hang(): void {
    this.#hold('hang');
  }

  resume(): void {
    this.#release('hang');
  }

  async inject(fault: FaultKind): Promise<() => Promise<void>> {
    if (fault === 'hang' || fault === 'refuse') {
      this.#hold(fault);
      return async () => this.#release(fault);
    }
    const takeBack = this.#api.faults.add(EFFECTS[fault]);
    return async () => takeBack();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#held.clear();
    await this.#api.close();
  }

  #hold(fault: 'hang' | 'refuse'): void {
    if (!this.#held.has(fault)) this.#held.set(fault, this.#api.faults.add(EFFECTS[fault]));
  }

  #release(fault: 'hang' | 'refuse'): void {
    this.#held.get(fault)?.();
    this.#held.delete(fault);
  }
}

function startApi(
  { name, index, directory, auditLog, podNetwork }: ClusterOptions,
  authority: CertificateAuthority,
  port: number,
): Promise<ApiServer> {
  return startApiServer({
    name,
    port,
    authority,
    serviceCidr: serviceCidrOf(index),
    podCidr: podCidrOf(index),
    ...(podNetwork === undefined ? {} : { podNetwork: podNetwork.inside(name) }),
    ...(directory === undefined ? {} : { dataDir: directory }),
    ...(auditLog === undefined
      ? {}
      : { onAudit: (event) => appendFileSync(auditLog, `${JSON.stringify(event)}\n`, { mode: 0o600 }) }),
  });
}

function portOf({ url }: ApiServer): number {
  return Number(new URL(url).port);
}

function keptFile(directory: string): string {
  return join(directory, 'cluster.json');
}

function readKept(directory: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(keptFile(directory), 'utf8')) as Kept;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(`${keptFile(directory)} cannot be read`, { hint: 'name another --data-dir', cause: error });
  }
}

function keep(directory: string, kept: Kept): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${keptFile(directory)}.new`;
  writeFileSync(draft, JSON.stringify(kept), { mode: 0o600 });
  renameSync(draft, keptFile(directory));
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function portTaken(name: string, port: number, cause: unknown): CliError {
  return new CliError(`${name} was on port ${port}, which another process has now`, {
    hint: `its kubeconfigs and its federation know it there: end that process, or begin anew with another --data-dir`,
    cause,
  });
}
