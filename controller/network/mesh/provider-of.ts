import type { MeshPlace } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../time/clock.ts';
import { CiliumProvider } from '../providers/cilium/cilium-provider.ts';
import { MeshError } from '../providers/mesh-error.ts';
import { NetmakerProvider } from '../providers/netmaker/provider.ts';
import { NoneProvider } from '../providers/none/none-provider.ts';
import type { MeshProvider } from '../providers/provider.ts';
import { StaticProvider } from '../providers/static/static-provider.ts';
import { SubmarinerProvider } from '../providers/submariner/submariner-provider.ts';

export interface ProviderSurroundings {
  /** The control plane's UID, with which providers mark what they make. */
  readonly owner: string;
  /** Undefined: it is not connected. */
  readonly member: (cluster: string) => Client | undefined;
  /** Read anew often enough that a renewed one counts soon. */
  readonly token: (place: DeepReadonly<MeshPlace>, signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
}

export type ProviderOf = (place: DeepReadonly<MeshPlace>) => MeshProvider;

/** Makes the provider that a MeshConfig names. Talks to nobody before it is asked. */
export function providersWith(surroundings: ProviderSurroundings): ProviderOf {
  return (place) => {
    switch (place.provider) {
      case 'netmaker':
        if (place.netmaker !== undefined) return netmakerAt(place, place.netmaker, surroundings);
        throw new MeshError('spec.netmaker is missing: it says which server to ask', {
          code: 'InvalidConfig',
          provider: 'netmaker',
        });
      case 'none':
        return new NoneProvider();
      case 'static':
        return new StaticProvider();
      case 'submariner':
        return new SubmarinerProvider(surroundings.member);
      case 'cilium':
        return new CiliumProvider(surroundings.member);
      default:
        throw unknownProvider(place.provider);
    }
  };
}

/** An API server of a newer version may hand over what this one does not know. */
function unknownProvider(provider: never): MeshError {
  return new MeshError(`the provider ${String(provider)} is not known to this version`, {
    code: 'UnsupportedVersion',
    provider,
  });
}

function netmakerAt(
  place: DeepReadonly<MeshPlace>,
  { server, network, addressRange, addressRange6, caBundle }: NonNullable<DeepReadonly<MeshPlace>['netmaker']>,
  { owner, token, clock }: ProviderSurroundings,
): MeshProvider {
  return new NetmakerProvider({
    server,
    owner,
    clock,
    network: network ?? 'fed',
    token: (signal) => token(place, signal),
    ...(addressRange === undefined ? {} : { addressRange }),
    ...(addressRange6 === undefined ? {} : { addressRange6 }),
    ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
  });
}
