import {
  MESH_CONFIG_NAME,
  type MeshConfigSpec,
  type MeshGateway,
  type MeshInbound,
  type MeshOutbound,
  type MeshProviderName,
} from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { validateMeshConfig } from '../../apis/fedmesh/v1alpha1/mesh-config-validation.ts';
import { usageError } from '../exit.ts';

/** The Secret in which `fedctl network setup` keeps the token of a Netmaker server. */
export const TOKEN_SECRET = 'fedmesh-netmaker-token';
export const TOKEN_KEY = 'token';

/** What was said on the command line. */
export interface SetupFlags {
  readonly provider: MeshProviderName;
  readonly server?: string;
  readonly network?: string;
  readonly addressRange?: string;
  readonly addressRange6?: string;
  /** PEM. */
  readonly caBundle?: string;
  readonly gateway?: readonly Pick<MeshGateway, 'cluster' | 'node'>[];
  /** By member: the one that relays for it. */
  readonly relay?: ReadonlyMap<string, string>;
  readonly route?: readonly ('pods' | 'services' | 'nodes')[];
  readonly nodeRoutes?: 'none' | 'daemonset';
  readonly meshRange?: readonly string[];
  readonly outbound?: readonly MeshOutbound[];
  readonly inbound?: readonly MeshInbound[];
}

/**
 * The MeshConfig's spec for what was asked: what was said replaces what stands there, gateways by member; what was not said stays.
 * @throws CliError that names the flag
 */
export function setupSpec(flags: SetupFlags, present: MeshConfigSpec | undefined): MeshConfigSpec {
  const { provider, meshRange, outbound, inbound, route, nodeRoutes } = flags;
  const { netmaker, ...kept } = present ?? { provider };
  const gateways = gatewaysFor(flags, present?.gateways ?? []);
  const spec: MeshConfigSpec = {
    ...kept,
    provider,
    ...(provider === 'netmaker' ? { netmaker: netmakerFor(flags, netmaker) } : {}),
    ...(gateways.length === 0 ? {} : { gateways }),
    ...(route === undefined
      ? {}
      : { routes: { services: route.includes('services'), nodes: route.includes('nodes') } }),
    ...(nodeRoutes === undefined
      ? {}
      : { nodeRoutes: { ...present?.nodeRoutes, mode: nodeRoutes === 'none' ? 'None' : 'DaemonSet' } }),
    ...(meshRange === undefined ? {} : { meshCIDRs: [...meshRange] }),
    ...(outbound === undefined ? {} : { outbound: [...outbound] }),
    ...(inbound === undefined ? {} : { inbound: [...inbound] }),
  };
  const fault = validateMeshConfig({ metadata: { name: MESH_CONFIG_NAME }, spec })[0];
  if (fault !== undefined) throw usageError(`${flagOf(fault.path)}: ${fault.message}`);
  return spec;
}

function netmakerFor(flags: SetupFlags, present: MeshConfigSpec['netmaker']): NonNullable<MeshConfigSpec['netmaker']> {
  const { server, network, addressRange, addressRange6, caBundle } = flags;
  return {
    tokenSecretRef: { name: TOKEN_SECRET, key: TOKEN_KEY },
    ...present,
    server: server ?? present?.server ?? '',
    ...(network === undefined ? {} : { network }),
    ...(addressRange === undefined ? {} : { addressRange }),
    ...(addressRange6 === undefined ? {} : { addressRange6 }),
    ...(caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString('base64') }),
  };
}

function gatewaysFor({ gateway = [], relay }: SetupFlags, present: readonly MeshGateway[]): MeshGateway[] {
  const named = new Set(gateway.map(({ cluster }) => cluster));
  const before = new Map(present.map(({ cluster, relayedBy }) => [cluster, relayedBy]));
  const all = [...present.filter(({ cluster }) => !named.has(cluster)), ...gateway];
  const idle = [...(relay ?? [])].find(([cluster]) => !all.some((each) => each.cluster === cluster))?.[0];
  if (idle !== undefined) throw usageError(`--relay ${idle}: it has no gateway`, `name one: --gateway ${idle}=NODE`);
  return all.map(({ cluster, node }) => {
    const relayedBy = relay?.get(cluster) ?? before.get(cluster);
    return { cluster, node, ...(relayedBy === undefined ? {} : { relayedBy }) };
  });
}

const FLAGS: readonly (readonly [RegExp, string])[] = [
  [/^spec\.provider/, '--provider'],
  [/^spec\.netmaker\.server/, '--server'],
  [/^spec\.netmaker\.network/, '--network'],
  [/^spec\.netmaker\.addressRange6/, '--address-range6'],
  [/^spec\.netmaker\.addressRange/, '--address-range'],
  [/^spec\.netmaker\.caBundle/, '--ca-file'],
  [/^spec\.gateways\[\d+\]\.relayedBy/, '--relay'],
  [/^spec\.gateways/, '--gateway'],
  [/^spec\.nodeRoutes/, '--node-routes'],
  [/^spec\.meshCIDRs/, '--mesh-range'],
  [/^spec\.outbound/, '--outbound'],
  [/^spec\.inbound/, '--inbound'],
];

function flagOf(path: string): string {
  return FLAGS.find(([pattern]) => pattern.test(path))?.[1] ?? path;
}
