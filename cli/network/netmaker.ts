import type { MeshConfigSpec } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { defaultMeshConfigSpec } from '../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import { readControlPlane } from '../../controller/membership/control-plane.ts';
import { placeOf } from '../../controller/network/mesh/mesh-place.ts';
import { NetmakerProvider } from '../../controller/network/providers/netmaker/provider.ts';
import type { CliContext } from '../context.ts';
import { CliError, refused } from '../exit.ts';
import { readMeshConfig } from './mesh-config.ts';
import { meshProvider } from './mesh-provider.ts';
import { readToken } from './mesh-writes.ts';

/** The Netmaker network of this control plane, as its MeshConfig names it. */
export interface NetmakerMesh {
  readonly spec: MeshConfigSpec;
  /** UID of the control plane. */
  readonly owner: string;
  readonly provider: NetmakerProvider;
}

/** Asks a question of the control plane's Netmaker network. Throws a CliError where the mesh is another, or there is none. */
export async function withNetmaker<T>(context: CliContext, ask: (mesh: NetmakerMesh) => Promise<T>): Promise<T> {
  const { kubefedNamespace: namespace } = context.options;
  const host = await context.hostClient();
  const config = await readMeshConfig(context, host);
  if (config === undefined)
    throw refused('there is no MeshConfig', '`fedctl network setup --provider netmaker` makes one');
  const spec = defaultMeshConfigSpec(config.spec);
  if (spec.netmaker === undefined || spec.provider !== 'netmaker') {
    throw refused(`the provider of the mesh is ${spec.provider}: this is for Netmaker`);
  }
  const { uid: owner } = await readControlPlane(host, namespace, context.signal);
  const token = await readToken(host, { namespace, ...spec.netmaker.tokenSecretRef }, context.signal);
  const provider = meshProvider(context, placeOf(spec), { owner, token });
  if (!(provider instanceof NetmakerProvider)) throw new CliError('the provider of the mesh is not Netmaker');
  try {
    return await ask({ spec: config.spec, owner, provider });
  } finally {
    await provider.close();
  }
}

/** The nodes that are named as a member's gateways. */
export function gatewayNodesOf({ gateways = [] }: MeshConfigSpec, cluster: string): string[] {
  const nodes = gateways.filter((gateway) => gateway.cluster === cluster).map(({ node }) => node);
  if (nodes.length > 0) return nodes;
  throw refused(
    `no gateway is named for "${cluster}"`,
    `\`fedctl network setup --gateway ${cluster}=NODE\` names one of its nodes`,
  );
}
