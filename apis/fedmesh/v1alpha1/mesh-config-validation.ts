import { parseDuration } from '../../duration.ts';
import { duplicate, type FieldError, fault, invalid, oneOf, required } from '../../field-error.ts';
import { type IpFamily, type IpRange, overlaps, parseIpRange } from '../../meta/ip-range.ts';
import { dns1123LabelFault, dns1123SubdomainFault } from '../../meta/names.ts';
import type { DeepReadonly } from '../../meta/v1.ts';
import {
  MESH_CONFIG_NAME,
  MESH_NODE_ROUTES_MODES,
  MESH_PROVIDERS,
  type MeshConfig,
  type MeshConfigSpec,
  type MeshGateway,
  type NetmakerSpec,
  routesOnGatewaysOnly,
} from './mesh-config.ts';
import { defaultMeshProbe } from './mesh-config-defaults.ts';

/** Every pair of members is asked this often at most. */
const SHORTEST_INTERVAL_MS = 1_000;

type Spec = DeepReadonly<MeshConfigSpec>;

/** What is wrong with what a person wrote, all of it at once. Whether members and nodes are there is seen later, and said in the status. */
export function validateMeshConfig(config: DeepReadonly<MeshConfig>): FieldError[] {
  const spec = config.spec as Spec | undefined;
  if (spec === undefined) return [required('spec')];
  const { name } = config.metadata;
  return [
    ...(name === MESH_CONFIG_NAME
      ? []
      : [invalid('metadata.name', name, `is not looked at: the one that counts is called "${MESH_CONFIG_NAME}"`)]),
    ...oneOf('spec.provider', spec.provider, MESH_PROVIDERS),
    ...validateNetmaker(spec),
    ...validateGateways(spec.gateways ?? []),
    ...(spec.meshCIDRs ?? []).flatMap((text, index) => validateRange(`spec.meshCIDRs[${index}]`, text)),
    ...validateOutbound(spec),
    ...validateInbound(spec.inbound ?? []),
    ...validateNodeRoutes(spec),
    ...validateProbe(spec.probe),
  ];
}

function validateNetmaker({ provider, netmaker }: Spec): FieldError[] {
  if (netmaker === undefined) return provider === 'netmaker' ? [required('spec.netmaker')] : [];
  const path = 'spec.netmaker';
  return [
    ...validateServer(`${path}.server`, netmaker.server),
    ...validateNetworkName(`${path}.network`, netmaker.network),
    ...validateRange(`${path}.addressRange`, netmaker.addressRange, 4),
    ...validateRange(`${path}.addressRange6`, netmaker.addressRange6, 6),
    ...validateTokenRef(`${path}.tokenSecretRef`, netmaker.tokenSecretRef),
    ...(isBase64(netmaker.caBundle ?? '') ? [] : [{ path: `${path}.caBundle`, message: 'is not base64' }]),
  ];
}

/** The URL may carry a password by mistake, so only a harmless one is quoted. */
function validateServer(path: string, server: string | undefined): FieldError[] {
  if (!server) return [required(path)];
  if (!URL.canParse(server)) return [{ path, message: 'is no URL such as https://api.netmaker.example.com' }];
  const url = new URL(server);
  if (url.username !== '' || url.password !== '')
    return [{ path, message: 'has a name or password in it: the token belongs into the Secret of tokenSecretRef' }];
  if (!['http:', 'https:'].includes(url.protocol)) return [invalid(path, server, 'is not http or https')];
  if (url.host === '') return [invalid(path, server, 'has no host')];
  return url.search === '' && url.hash === '' ? [] : [invalid(path, server, 'has a query or a fragment')];
}

function validateNetworkName(path: string, name: string | undefined): FieldError[] {
  if (name === undefined) return [];
  if (name.length > 32) return [invalid(path, name, 'is longer than 32 characters, the most that Netmaker takes')];
  return /^[a-z0-9_-]+$/.test(name) ? [] : [invalid(path, name, 'must be lower-case letters, digits, "-" and "_"')];
}

function validateTokenRef(path: string, ref: DeepReadonly<NetmakerSpec['tokenSecretRef']> | undefined): FieldError[] {
  if (!ref?.name) return [required(`${path}.name`)];
  return [
    ...fault(`${path}.name`, ref.name, dns1123SubdomainFault(ref.name)),
    ...(/^[-._a-zA-Z0-9]+$/.test(ref.key ?? 'token')
      ? []
      : [invalid(`${path}.key`, ref.key, 'must be letters, digits, "-", "_" and "."')]),
  ];
}

function validateGateways(gateways: DeepReadonly<MeshGateway[]>): FieldError[] {
  const relays = new Map(gateways.map(({ cluster, relayedBy }) => [cluster, relayedBy]));
  return gateways.flatMap((gateway, index) => {
    const path = `spec.gateways[${index}]`;
    const { cluster, node, relayedBy } = gateway;
    const first = gateways.findIndex((other) => other.cluster === cluster && other.node === node);
    return [
      ...validateName(`${path}.cluster`, cluster, dns1123SubdomainFault),
      ...validateName(`${path}.node`, node, dns1123SubdomainFault),
      ...(first < index ? [duplicate(path, `${cluster}=${node}`)] : []),
      ...(relayedBy === undefined ? [] : validateRelay(`${path}.relayedBy`, gateway, relays)),
    ];
  });
}

/** Relays do not follow on one another, so that a packet crosses the mesh in two steps at most. */
function validateRelay(
  path: string,
  { cluster, relayedBy = '' }: DeepReadonly<MeshGateway>,
  relays: ReadonlyMap<string, string | undefined>,
): FieldError[] {
  if (relayedBy === cluster) return [invalid(path, relayedBy, 'is the member itself')];
  if (!relays.has(relayedBy)) return [invalid(path, relayedBy, 'has no gateway of its own in spec.gateways')];
  const next = relays.get(relayedBy);
  return next === undefined ? [] : [invalid(path, relayedBy, `is relayed itself, by "${next}"`)];
}

function validateOutbound({ outbound = [], meshCIDRs = [] }: Spec): FieldError[] {
  const mesh = parsed(meshCIDRs);
  return outbound.flatMap(({ name, cidr, cluster }, index) => {
    const path = `spec.outbound[${index}]`;
    const range = parseIpRange(cidr ?? '');
    const faults =
      typeof range === 'string'
        ? validateRange(`${path}.cidr`, cidr ?? '')
        : shared(`${path}.cidr`, range, [
            ...mesh.map((each) => [each, 'spec.meshCIDRs'] as const),
            ...outbound
              .slice(0, index)
              .flatMap((other) => parsed([other.cidr]).map((each) => [each, `outbound "${other.name}"`] as const)),
          ]);
    return [
      ...validateUnique(`${path}.name`, name, outbound.slice(0, index)),
      ...faults,
      ...validateName(`${path}.cluster`, cluster, dns1123SubdomainFault),
    ];
  });
}

function shared(path: string, range: IpRange, others: readonly (readonly [IpRange, string])[]): FieldError[] {
  const found = others.find(([other]) => overlaps(range, other));
  if (found === undefined) return [];
  return [
    invalid(
      path,
      range.text,
      `shares addresses with ${found[0].text} of ${found[1]}: one of them would get both's packets`,
    ),
  ];
}

function validateInbound(inbound: NonNullable<Spec['inbound']>): FieldError[] {
  return inbound.flatMap(({ name, cluster }, index) => {
    const path = `spec.inbound[${index}]`;
    return [
      ...validateUnique(`${path}.name`, name, inbound.slice(0, index)),
      ...validateName(`${path}.cluster`, cluster, dns1123SubdomainFault),
    ];
  });
}

function validateNodeRoutes({ provider, nodeRoutes = {} }: Spec): FieldError[] {
  const { mode = 'None', image } = nodeRoutes;
  const path = 'spec.nodeRoutes';
  const unknown = oneOf(`${path}.mode`, mode, MESH_NODE_ROUTES_MODES);
  if (unknown.length > 0) return unknown;
  return [
    ...(mode === 'None' || routesOnGatewaysOnly(provider)
      ? []
      : [
          invalid(
            `${path}.mode`,
            mode,
            `is for netmaker and static: ${provider} makes no routes by gateways of spec.gateways`,
          ),
        ]),
    ...imageFault(`${path}.image`, image),
  ];
}

function imageFault(path: string, image: string | undefined): FieldError[] {
  return image === undefined || /^\S+$/.test(image) ? [] : [invalid(path, image, 'is no image')];
}

function validateProbe(probe: Spec['probe']): FieldError[] {
  if (probe === undefined) return [];
  const path = 'spec.probe';
  const { interval, staleAfter, sampling, image } = defaultMeshProbe(probe);
  const errors = [
    ...validateDuration(`${path}.interval`, interval, SHORTEST_INTERVAL_MS),
    ...validateDuration(`${path}.staleAfter`, staleAfter, SHORTEST_INTERVAL_MS),
    ...validateDuration(`${path}.sampling.within`, sampling.within, SHORTEST_INTERVAL_MS),
    ...(Number.isInteger(sampling.above) && sampling.above >= 2
      ? []
      : [invalid(`${path}.sampling.above`, sampling.above, 'must be a whole number of at least 2')]),
    ...imageFault(`${path}.image`, image),
  ];
  if (errors.length > 0) return errors;
  return (parseDuration(staleAfter) ?? 0) > (parseDuration(interval) ?? 0)
    ? []
    : [
        invalid(
          `${path}.staleAfter`,
          staleAfter,
          `must be greater than interval (${interval}): no result would ever count`,
        ),
      ];
}

function validateDuration(path: string, text: string, least: number): FieldError[] {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) return [invalid(path, text, 'is not a duration such as "30s" or "2m"')];
  return milliseconds >= least ? [] : [invalid(path, text, 'must be at least 1s')];
}

function validateRange(path: string, text: string | undefined, family?: IpFamily): FieldError[] {
  if (text === undefined) return [];
  const range = parseIpRange(text);
  if (typeof range === 'string') return [invalid(path, text, range)];
  return family === undefined || range.family === family ? [] : [invalid(path, text, `is no IPv${family} range`)];
}

function validateUnique(path: string, name: string | undefined, before: readonly { name: string }[]): FieldError[] {
  const errors = validateName(path, name, dns1123LabelFault);
  return errors.length === 0 && before.some((other) => other.name === name) ? [duplicate(path, name)] : errors;
}

function validateName(
  path: string,
  name: string | undefined,
  faultOf: (name: string) => string | undefined,
): FieldError[] {
  return name ? fault(path, name, faultOf(name)) : [required(path)];
}

function parsed(texts: readonly string[]): IpRange[] {
  return texts.map((text) => parseIpRange(text ?? '')).filter((range) => typeof range !== 'string');
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text.replace(/[\r\n]/g, ''));
}
