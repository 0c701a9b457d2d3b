import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { DERIVED_SERVICE_ANNOTATION } from '../../apis/multicluster/labels.ts';
import type { ServiceImport, ServiceImportSpec, ServiceImportStatus } from '../../apis/multicluster/service-import.ts';
import { type Said, withConditions } from './conditions.ts';
import { OWNER_LABEL, type Service } from './kinds.ts';
import type { MergedService } from './merge.ts';

/** Annotation on a ServiceImport: JSON of the keys that came with the exports, so that they can be taken off again. */
const EXPORTED_ANNOTATION = 'services.fedmesh.io/exported';

interface Keys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/**
 * The ServiceImport that an importing cluster ought to have, made from the one that is there.
 * @param derived the Service that carries its traffic; undefined while there is none
 * @returns undefined when nothing differs
 */
export function serviceImport(
  ref: { readonly namespace: string; readonly name: string },
  merged: MergedService,
  derived: DeepReadonly<Service> | undefined,
  present: DeepReadonly<ServiceImport> | undefined,
  controlPlaneUid: string,
): ServiceImport | undefined {
  const metadata = present?.metadata ?? {};
  const before = exportedKeys(metadata.annotations?.[EXPORTED_ANNOTATION]);
  const now: Keys = { labels: Object.keys(merged.labels).sort(), annotations: Object.keys(merged.annotations).sort() };
  const labels = {
    ...without(metadata.labels, before.labels),
    ...merged.labels,
    [OWNER_LABEL]: controlPlaneUid,
  };
  const annotations = {
    ...without(metadata.annotations, [...before.annotations, EXPORTED_ANNOTATION, DERIVED_SERVICE_ANNOTATION]),
    ...merged.annotations,
    ...(derived === undefined ? {} : { [DERIVED_SERVICE_ANNOTATION]: derived.metadata.name ?? '' }),
    ...(now.labels.length + now.annotations.length === 0 ? {} : { [EXPORTED_ANNOTATION]: JSON.stringify(now) }),
  };
  const spec = importSpec(merged, derived);
  const same =
    present !== undefined &&
    isEqual(metadata.labels ?? {}, labels) &&
    isEqual(metadata.annotations ?? {}, annotations) &&
    isEqual(present.spec, spec);
  if (same) return undefined;
  return {
    ...(structuredClone(present ?? {}) as Partial<ServiceImport>),
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    metadata: { ...(structuredClone(metadata) as ServiceImport['metadata']), ...ref, labels, annotations },
    spec,
  };
}

function importSpec(merged: MergedService, derived: DeepReadonly<Service> | undefined): ServiceImportSpec {
  const { headless, ports, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } =
    merged;
  const ips = headless ? [] : (derived?.spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
  const ipFamilies = derived?.spec?.ipFamilies ?? merged.ipFamilies;
  return {
    type: headless ? 'Headless' : 'ClusterSetIP',
    ports: ports.map((port) => ({ ...port })),
    ...(ips.length === 0 ? {} : { ips: [...ips] }),
    ...(headless ? {} : { sessionAffinity }),
    ...(headless || sessionAffinityConfig === undefined
      ? {}
      : { sessionAffinityConfig: structuredClone(sessionAffinityConfig) }),
    ipFamilies: [...ipFamilies],
    ...(internalTrafficPolicy === undefined ? {} : { internalTrafficPolicy }),
    ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
  };
}

/** @returns undefined when it says so already */
export function importStatus(
  present: DeepReadonly<ServiceImport>,
  clusters: readonly string[],
  hasSlices: boolean,
  ready: Said,
  now: string,
): ServiceImportStatus | undefined {
  const { status = {} } = present;
  const conditions = withConditions(status.conditions ?? [], [ready], present.metadata.generation, now);
  const endpointSliceObjects = hasSlices ? 'Present' : 'Absent';
  const wanted = clusters.map((cluster) => ({ cluster }));
  const same =
    conditions === undefined &&
    status.endpointSliceObjects === endpointSliceObjects &&
    isEqual(status.clusters ?? [], wanted);
  if (same) return undefined;
  return {
    ...(structuredClone(status) as ServiceImportStatus),
    endpointSliceObjects,
    clusters: wanted,
    conditions: conditions ?? (structuredClone(status.conditions ?? []) as ServiceImportStatus['conditions'] & object),
  };
}

function exportedKeys(text: string | undefined): Keys {
  if (text === undefined) return { labels: [], annotations: [] };
  try {
    const value = JSON.parse(text) as Partial<Keys> | null;
    return { labels: strings(value?.labels), annotations: strings(value?.annotations) };
  } catch {
    // Somebody wrote into it: what it named stays where it is.
    return { labels: [], annotations: [] };
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function without(map: Readonly<Record<string, string>> | undefined, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !keys.includes(key)));
}
