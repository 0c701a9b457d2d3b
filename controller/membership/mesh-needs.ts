import { MESH_CONFIG_NAME, MESH_CONFIGS, type MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../kube/client.ts';
import { isForbidden } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import type { MeshNeeds } from './network-rules.ts';

/** What else members' roles have to cover, for the mesh between them. Undefined: there is none. */
export async function readMeshNeeds(
  host: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<MeshNeeds | undefined> {
  const ref = { namespace, name: MESH_CONFIG_NAME };
  try {
    const spec = (await optional(host.get<MeshConfig>(MESH_CONFIGS, ref, { signal })))?.spec;
    return spec && { provider: spec.provider, nodeRoutes: spec.nodeRoutes?.mode === 'DaemonSet' };
  } catch (error) {
    // Who may not see it goes on without; the members' conditions tell then which right is missing.
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
