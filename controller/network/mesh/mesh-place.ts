import isEqual from 'lodash/isEqual.js';
import type { MeshPlace } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { CompleteMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';

/** Where a MeshConfig has routes made. */
export function placeOf({ provider, netmaker }: DeepReadonly<CompleteMeshConfigSpec>): DeepReadonly<MeshPlace> {
  return provider === 'netmaker' && netmaker !== undefined ? { provider, netmaker } : { provider };
}

/** Another token or address range does not make it another place. */
export function samePlace(a: DeepReadonly<MeshPlace>, b: DeepReadonly<MeshPlace>): boolean {
  const where = ({ provider, netmaker }: DeepReadonly<MeshPlace>) => [provider, netmaker?.server, netmaker?.network];
  return isEqual(where(a), where(b));
}

/** For people. */
export function describePlace({ provider, netmaker }: DeepReadonly<MeshPlace>): string {
  return netmaker === undefined ? provider : `network "${netmaker.network}" of ${netmaker.server}`;
}
