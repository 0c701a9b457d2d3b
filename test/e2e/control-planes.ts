import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartOptions } from '../../cli/sandbox/envtest/control-planes.ts';
import { writeKubeconfig } from '../../cli/sandbox/kubeconfig.ts';
import { startEmbedded } from '../../cli/sandbox/runtime/embedded.ts';
import type { SandboxCluster } from '../../cli/sandbox/runtime/runtime.ts';
import * as real from '../kube/control-planes.ts';

/** Whether the tests run on the embedded API server instead of Kubernetes' own: the vitest project `e2e-embedded`. */
export const isEmbedded = process.env.FEDMESH_RUNTIME === 'embedded';

/** What tests ask of an API server, whichever it is. */
export interface ControlPlane extends Omit<SandboxCluster, 'faults' | 'inject' | 'podCidr'> {
  /** One JSON object per request and line, level Metadata; undefined unless asked for. */
  readonly auditLogPath: string | undefined;
}

export interface ControlPlanes<Name extends string = string> {
  /** A context per name, each an administrator's; the first name is the current context. */
  readonly kubeconfigPath: string;
  readonly planes: Readonly<Record<Name, ControlPlane>>;
  /** A directory that goes with them. */
  readonly dir: string;
  close(): Promise<void>;
}

export type PlanesOptions<Name extends string> = Pick<StartOptions<Name>, 'names' | 'auditLog' | 'controllers'>;

/** API servers for a test file: real ones, or embedded ones where those are what is tested. */
export async function startControlPlanes<const Name extends string>(
  options: PlanesOptions<Name>,
): Promise<ControlPlanes<Name>> {
  return isEmbedded ? startEmbeddedPlanes(options) : real.startControlPlanes(options);
}

async function startEmbeddedPlanes<const Name extends string>(
  options: PlanesOptions<Name>,
): Promise<ControlPlanes<Name>> {
  const { names } = options;
  const dir = await mkdtemp(join(tmpdir(), 'fedmesh-embedded-'));
  // What is killed and started again has to remember: as etcd does, on disk.
  const runtime = await startEmbedded({
    names,
    dataDir: join(dir, 'data'),
    ...(options.auditLog === true ? { auditDir: dir } : {}),
  });
  const clusters: SandboxCluster[] = names.map((name) => runtime.clusters[name]);
  const kubeconfigPath = join(dir, 'kubeconfig');
  await writeKubeconfig(
    kubeconfigPath,
    clusters.map(({ name, server, caPem, adminToken }) => ({ name, server, caPem, token: adminToken })),
  );
  return {
    kubeconfigPath,
    planes: runtime.clusters,
    dir,
    async close() {
      await runtime.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
