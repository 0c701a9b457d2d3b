import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartOptions } from '../../cli/sandbox/envtest/control-planes.ts';
import { writeKubeconfig } from '../../cli/sandbox/kubeconfig.ts';
import { startEmbedded } from '../../cli/sandbox/runtime/embedded.ts';
import type { RuntimeOptions, SandboxCluster } from '../../cli/sandbox/runtime/runtime.ts';
import {
  BESIDE_CONTROLLER_MANAGER,
  startWorkloads,
  WORKLOAD_COMPONENTS,
} from '../../cli/sandbox/workloads/workloads.ts';
import { createClient } from '../../controller/kube/client.ts';
import { endpointFor, loadKubeconfig } from '../../controller/kube/kubeconfig.ts';
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

export type PlanesOptions<Name extends string> = Pick<StartOptions<Name>, 'names' | 'auditLog' | 'controllers'> &
  Pick<RuntimeOptions<Name>, 'podNetwork'>;

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
    ...(options.podNetwork === undefined ? {} : { podNetwork: options.podNetwork }),
  });
  const clusters: SandboxCluster[] = names.map((name) => runtime.clusters[name]);
  const kubeconfigPath = join(dir, 'kubeconfig');
  await writeKubeconfig(
    kubeconfigPath,
    clusters.map(({ name, server, caPem, adminToken }) => ({ name, server, caPem, token: adminToken })),
  );
  const workloads = options.controllers === undefined ? await startControllers(kubeconfigPath, clusters) : undefined;
  return {
    kubeconfigPath,
    planes: runtime.clusters,
    dir,
    async close() {
      await workloads?.close();
      await runtime.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What a controller manager does with workloads; as with real API servers here, nobody runs the Pods. */
async function startControllers(
  kubeconfigPath: string,
  clusters: readonly SandboxCluster[],
): Promise<{ close(): Promise<void> }> {
  const kubeconfig = await loadKubeconfig({ path: kubeconfigPath });
  const stopping = new AbortController();
  const components = WORKLOAD_COMPONENTS.filter((component) => !BESIDE_CONTROLLER_MANAGER.includes(component));
  const started = await Promise.all(
    clusters.map(async ({ name, podCidr }) => {
      const client = createClient(endpointFor(kubeconfig, { context: name, cluster: name }));
      const workloads = await startWorkloads({ client, podCidr, nodes: [], components, signal: stopping.signal });
      return { client, workloads };
    }),
  );
  return {
    async close() {
      stopping.abort();
      for (const { client, workloads } of started) {
        await workloads.close();
        await client.close();
      }
    },
  };
}
