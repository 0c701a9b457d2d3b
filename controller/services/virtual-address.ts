import type { MeshConfig, MeshRouteStatus } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { translate } from '../network/providers/translate.ts';

type Routes = DeepReadonly<MeshRouteStatus[]>;

/** The address by which other clusters reach `ip`, an address in `cluster`: another one only where the mesh has remapped its range. */
export function virtualAddress(routes: Routes, cluster: string, ip: string): string {
  for (const { cluster: owner, cidr, virtualCIDR } of routes) {
    if (owner !== cluster || virtualCIDR === undefined || virtualCIDR === cidr) continue;
    try {
      const virtual = translate(cidr, virtualCIDR, ip);
      if (virtual !== undefined) return virtual;
    } catch (error) {
      // What a provider says of its ranges and what can be translated are two things; another route may still hold the address.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return ip;
}

/** Where the mesh is described. */
interface MeshSource {
  readonly current: DeepReadonly<MeshConfig> | undefined;
  subscribe(listener: () => void): () => void;
}

/** Calls back when the mesh remaps ranges otherwise than before, and not for what else its status says. */
export function onRemapping(mesh: MeshSource, listener: () => void): () => void {
  let known = remapped(mesh);
  return mesh.subscribe(() => {
    const now = remapped(mesh);
    if (now === known) return;
    known = now;
    listener();
  });
}

function remapped({ current }: MeshSource): string {
  const routes = current?.status?.routes ?? [];
  return JSON.stringify(
    routes.flatMap(({ cluster, cidr, virtualCIDR }) =>
      virtualCIDR === undefined ? [] : [[cluster, cidr, virtualCIDR]],
    ),
  );
}
