import type { MeshRouteStatus } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { translate } from '../network/providers/translate.ts';

/** The address by which other clusters reach `ip`, an address in `cluster`: another one only where the mesh has remapped its range. */
export function virtualAddress(routes: DeepReadonly<MeshRouteStatus[]>, cluster: string, ip: string): string {
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
