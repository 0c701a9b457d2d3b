import {
  MESH_CONFIG_NAME,
  MESH_CONFIGS,
  type MeshConfig,
  type MeshProviderName,
} from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../kube/client.ts';
import { isForbidden } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';

/** What the mesh between the members is made by: it says what else their roles have to cover. Undefined: there is none. */
export async function readMeshProvider(
  host: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<MeshProviderName | undefined> {
  const ref = { namespace, name: MESH_CONFIG_NAME };
  try {
    return (await optional(host.get<MeshConfig>(MESH_CONFIGS, ref, { signal })))?.spec?.provider;
  } catch (error) {
    // Who may not see it goes on without; the members' conditions tell then which right is missing.
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
