import { CliError, usageError } from '../../exit.ts';
import { findBinaries, MissingBinariesError } from '../envtest/binaries.ts';
import type { ControlPlane } from '../envtest/control-plane.ts';
import { startControlPlanes } from '../envtest/control-planes.ts';
import { type FaultKind, podCidrOf, type RuntimeOptions, type SandboxCluster, type SandboxRuntime } from './runtime.ts';

/** Kubernetes' own etcd, kube-apiserver and kube-controller-manager, in processes of their own. */
export async function startEnvtest<const Name extends string>(
  options: RuntimeOptions<Name>,
): Promise<SandboxRuntime<Name>> {
  const { names, dataDir, signal } = options;
  if (dataDir !== undefined) throw usageError('--data-dir goes with the embedded runtime');
  const planes = await startControlPlanes({
    names,
    binaries: await findBinaries().catch(explainMissing),
    ...(signal === undefined ? {} : { signal }),
  });
  const clusters = Object.fromEntries(
    Object.values<ControlPlane>(planes.planes).map((plane, index): [string, SandboxCluster] => [
      plane.name,
      new EnvtestCluster(plane, podCidrOf(index)),
    ]),
  ) as Record<Name, SandboxCluster>;
  return { kind: 'envtest', clusters, close: () => planes.close() };
}

function explainMissing(error: unknown): never {
  if (!(error instanceof MissingBinariesError)) throw error;
  throw new CliError(error.message, { hint: '--runtime embedded needs no binaries', cause: error });
}

class EnvtestCluster implements SandboxCluster {
  readonly faults: readonly FaultKind[] = ['hang', 'refuse'];
  readonly podCidr: string;
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane, podCidr: string) {
    this.#plane = plane;
    this.podCidr = podCidr;
  }

  get name(): string {
    return this.#plane.name;
  }

  get server(): string {
    return this.#plane.server;
  }

  get caPem(): string {
    return this.#plane.caPem;
  }

  get adminToken(): string {
    return this.#plane.adminToken;
  }

  get state(): SandboxCluster['state'] {
    return this.#plane.state;
  }

  issueClientCertificate: SandboxCluster['issueClientCertificate'] = (request) =>
    this.#plane.issueClientCertificate(request);

  start(): Promise<void> {
    return this.#plane.start();
  }

  kill(): Promise<void> {
    return this.#plane.kill();
  }

  hang(): void {
    this.#plane.hang();
  }

  resume(): void {
    this.#plane.resume();
  }

  async inject(fault: FaultKind): Promise<() => Promise<void>> {
    if (fault === 'hang') {
      this.hang();
      return async () => {
        if (this.state === 'hanging') this.resume();
      };
    }
    if (fault !== 'refuse') throw new CliError(`${fault} cannot be done to a real API server`);
    await this.kill();
    return () => this.start();
  }
}
