import type { MeshPlace } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { providersWith } from '../../controller/network/mesh/provider-of.ts';
import type { MeshProvider } from '../../controller/network/providers/provider.ts';
import type { CliContext } from '../context.ts';

export interface ProviderAccess {
  /** UID of the control plane. */
  readonly owner: string;
  /** Missing: the provider takes none. */
  readonly token: string | undefined;
  /** Ways into members, for providers that live there. */
  readonly clients?: ReadonlyMap<string, Client>;
}

/** The provider, as whoever runs this reaches it. */
export function meshProvider(
  { clock }: CliContext,
  place: DeepReadonly<MeshPlace>,
  { owner, token = '', clients }: ProviderAccess,
): MeshProvider {
  return providersWith({ owner, member: (name) => clients?.get(name), token: () => Promise.resolve(token), clock })(
    place,
  );
}
