import { parseDuration } from '../../../apis/duration.ts';
import type { MeshConfig } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { defaultMeshConfigSpec } from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { packageVersion } from '../../runtime/package-version.ts';

/** How reachability is measured. */
export interface ProbeSettings {
  readonly image: string;
  readonly intervalMs: number;
  readonly staleAfterMs: number;
  /** Of more members only a part of the pairs is asked in one round … */
  readonly everyPairUpTo: number;
  /** … and each of them within this time. */
  readonly coverWithinMs: number;
  /** Whether Services are to be reached. */
  readonly services: boolean;
  /** Members whose gateway nodes are known, by preference. */
  readonly gateways: ReadonlyMap<string, readonly string[]>;
  /** Members whose packets the mesh puts another address on, on purpose. */
  readonly masquerading: ReadonlySet<string>;
}

/** Where nobody says which: as the controller's own manifests call it, and of its own version. */
export const CONTROLLER_IMAGE = `fedmesh/controller:${packageVersion()}`;

const SHORTEST_INTERVAL_MS = 1_000;

/** Undefined: nothing is to be probed. What is no duration has been refused before; the default stands in for it. */
export function probeSettingsOf(config: DeepReadonly<MeshConfig> | undefined): ProbeSettings | undefined {
  if (config === undefined || config.metadata.deletionTimestamp !== undefined) return undefined;
  const { probe, routes, gateways } = defaultMeshConfigSpec(config.spec);
  if (!probe.enabled) return undefined;
  const nodes = new Map<string, string[]>();
  for (const { cluster, node } of gateways) nodes.set(cluster, [...(nodes.get(cluster) ?? []), node]);
  const intervalMs = Math.max(parseDuration(probe.interval) ?? 30_000, SHORTEST_INTERVAL_MS);
  const masquerading = (config.status?.routes ?? []).filter(({ masqueraded }) => masqueraded === true);
  return {
    image: probe.image ?? CONTROLLER_IMAGE,
    intervalMs,
    staleAfterMs: parseDuration(probe.staleAfter) ?? 120_000,
    everyPairUpTo: probe.sampling.above,
    coverWithinMs: parseDuration(probe.sampling.within) ?? 600_000,
    services: routes.services,
    gateways: nodes,
    // A gateway that hides who comes in hides them from whoever is asked behind it: every other member is seen so.
    masquerading: new Set(masquerading.map(({ cluster }) => cluster)),
  };
}
