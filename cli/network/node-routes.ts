import type { CompleteMeshConfigSpec } from '../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import type { MeshLook } from '../../controller/network/mesh/look.ts';
import { nodeRoutesAction, wantedNodeRoutes } from '../../controller/network/mesh/mesh-node-routes.ts';
import { nodeRoutesObjects } from '../../controller/network/node-routes/manifest.ts';
import {
  type NodeRoutesPlace,
  nodeRoutesStep,
  readNodeRoutes,
  removeNodeRoutes,
} from '../../controller/network/node-routes/member-objects.ts';
import type { MeshAction, MeshProblem } from '../../controller/network/providers/provider.ts';

/** What the controller is about to do in members for the routes of nodes that are no gateway. A member that there is no way into counts as one without. */
export async function planNodeRouteSteps(
  spec: DeepReadonly<CompleteMeshConfigSpec>,
  look: MeshLook,
  clients: ReadonlyMap<string, Client>,
  place: NodeRoutesPlace,
  signal: AbortSignal,
): Promise<{ actions: readonly MeshAction[]; problems: readonly MeshProblem[] }> {
  const { members, problems, image } = wantedNodeRoutes(spec, look);
  const routes = new Map(members.map((member) => [member.cluster, member]));
  const names = [...new Set([...routes.keys(), ...clients.keys()])].sort();
  const actions = await Promise.all(
    names.map(async (cluster) => {
      const client = clients.get(cluster);
      const member = routes.get(cluster);
      const present =
        client === undefined
          ? { taken: [], daemonSet: undefined, configMap: undefined }
          : await readNodeRoutes(client, place, signal);
      const wanted = member && nodeRoutesObjects({ ...place, image, list: member.list });
      return nodeRoutesAction(cluster, nodeRoutesStep(wanted, present), member);
    }),
  );
  return { actions: actions.filter((action) => action !== undefined), problems };
}

/** Takes away what was left, with a person's rights. */
export async function takeNodeRoutesOut(client: Client, place: NodeRoutesPlace, signal: AbortSignal): Promise<boolean> {
  const present = await readNodeRoutes(client, place, signal);
  if (present.daemonSet === undefined && present.configMap === undefined) return false;
  await removeNodeRoutes(client, present, signal);
  return true;
}
