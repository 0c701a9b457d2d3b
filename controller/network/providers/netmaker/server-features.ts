import { MeshError } from '../mesh-error.ts';
import type { FeatureFlags, ServerStatus } from './api.ts';

export interface ServerFeatures {
  /** As the server writes it: `v1.5.1`. */
  readonly version: string;
  readonly pro: boolean;
  /** Several nodes may route one range. */
  readonly severalRoutingNodes: boolean;
  /** Ranges may be given virtual addresses. */
  readonly virtualRanges: boolean;
  /** False: what changes on the server does not reach the gateways. */
  readonly brokerConnected: boolean;
}

/** The first version with `/api/v1/egress`. Before it, what a node routes is kept elsewhere, where later ones ignore it. */
const FIRST: readonly [number, number] = [0, 99];
const FIRST_WITH_VIRTUAL_RANGES: readonly [number, number] = [1, 5];

/**
 * What may be asked of a server. Throws a MeshError, code `UnsupportedVersion`, for one that is too old. A version that is no number
 * (`dev`, a branch) is taken for a new one, and what is unknown in newer ones is left alone.
 */
export function featuresOf(status: ServerStatus, flags: FeatureFlags): ServerFeatures {
  const version = status.version ?? '';
  if (!isAtLeast(version, FIRST)) {
    const message = `Netmaker ${version} is too old: it keeps ranges where newer versions ignore them. Upgrade the server to v0.99 or later`;
    throw new MeshError(message, { code: 'UnsupportedVersion', provider: 'netmaker' });
  }
  const pro = isOn(status.is_pro);
  return {
    version,
    pro,
    severalRoutingNodes: pro && isOn(flags.enable_egress_ha),
    virtualRanges: pro && isOn(flags.enable_overlapping_egress_ranges) && isAtLeast(version, FIRST_WITH_VIRTUAL_RANGES),
    brokerConnected: status.broker_connected !== false,
  };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (match === null) return true;
  const found = Number(match[1]);
  return found > major || (found === major && Number(match[2]) >= minor);
}

function isOn(flag: unknown): boolean {
  return flag === true || (typeof flag === 'string' && /^(true|yes|on|1)$/i.test(flag));
}
