import { MESH_CONFIG_NAME, MESH_CONFIGS, type MeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import { listIfServed } from '../apply.ts';
import type { CliContext } from '../context.ts';

/** The MeshConfig of the control plane; undefined where there is none. */
export async function readMeshConfig(context: CliContext, host: Client): Promise<MeshConfig | undefined> {
  const namespace = context.options.kubefedNamespace;
  const configs = await listIfServed<MeshConfig>(host, MESH_CONFIGS, { namespace, signal: context.signal });
  return configs.find(({ metadata }) => metadata.name === MESH_CONFIG_NAME);
}
