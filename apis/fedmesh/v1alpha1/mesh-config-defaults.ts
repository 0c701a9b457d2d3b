import type { DeepReadonly } from '../../meta/v1.ts';
import type { MeshConfigSpec, MeshNodeRoutesMode, MeshProbe, NetmakerSpec } from './mesh-config.ts';

/** A spec that leaves nothing unsaid that has a default. */
export interface CompleteMeshConfigSpec
  extends Required<Omit<MeshConfigSpec, 'netmaker' | 'routes' | 'nodeRoutes' | 'probe' | 'gateways'>> {
  gateways: NonNullable<MeshConfigSpec['gateways']>;
  routes: { services: boolean; nodes: boolean };
  netmaker?: CompleteNetmakerSpec;
  nodeRoutes: { mode: MeshNodeRoutesMode; image?: string };
  probe: CompleteMeshProbe;
}

export interface CompleteNetmakerSpec extends Omit<NetmakerSpec, 'network' | 'tokenSecretRef'> {
  network: string;
  tokenSecretRef: { name: string; key: string };
}

export interface CompleteMeshProbe extends Required<Omit<MeshProbe, 'image' | 'sampling'>> {
  image?: string;
  sampling: { above: number; within: string };
}

/** What stands there stays; what is missing is filled in. */
export function defaultMeshConfigSpec(spec: DeepReadonly<MeshConfigSpec>): DeepReadonly<CompleteMeshConfigSpec> {
  const { netmaker, ...rest } = spec;
  return {
    ...rest,
    gateways: spec.gateways ?? [],
    routes: { services: false, nodes: false, ...spec.routes },
    meshCIDRs: spec.meshCIDRs ?? [],
    outbound: spec.outbound ?? [],
    inbound: spec.inbound ?? [],
    nodeRoutes: { mode: 'None', ...spec.nodeRoutes },
    probe: defaultMeshProbe(spec.probe),
    ...(netmaker === undefined
      ? {}
      : {
          netmaker: { network: 'fed', ...netmaker, tokenSecretRef: { key: 'token', ...netmaker.tokenSecretRef } },
        }),
  };
}

export function defaultMeshProbe(probe: DeepReadonly<MeshProbe> = {}): DeepReadonly<CompleteMeshProbe> {
  return {
    enabled: true,
    interval: '30s',
    staleAfter: '2m',
    ...probe,
    sampling: { above: 50, within: '10m', ...probe.sampling },
  };
}
