import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { ClusterOverride, ClusterOverrides, FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';

const REPLICAS_PATH = '/spec/replicas';

/** What of a federated object a plan reads and writes. The template, most of the object, is not kept. */
export interface PlannedObject extends KubeObject {
  spec: Pick<FederatedObject['spec'], 'placement' | 'overrides' | 'retainReplicas'>;
}

/** For stores. */
export function plannedOnly(object: PlannedObject): PlannedObject {
  const { placement, overrides, retainReplicas } = object.spec ?? {};
  return {
    ...(object.apiVersion === undefined ? {} : { apiVersion: object.apiVersion }),
    ...(object.kind === undefined ? {} : { kind: object.kind }),
    metadata: object.metadata,
    spec: {
      ...(placement === undefined ? {} : { placement }),
      ...(overrides === undefined ? {} : { overrides }),
      ...(retainReplicas === undefined ? {} : { retainReplicas }),
    },
  };
}

/** Whether a plan would come out the same by either. */
export function saysTheSame(a: DeepReadonly<PlannedObject>, b: DeepReadonly<PlannedObject>): boolean {
  return isDeepStrictEqual(gist(a), gist(b));
}

function gist({ metadata, spec }: DeepReadonly<PlannedObject>): readonly unknown[] {
  return [metadata.uid, metadata.annotations, metadata.deletionTimestamp !== undefined, spec];
}

/** The replicas that a cluster was last told to run; undefined when it was told nothing. */
export function toldReplicas(object: DeepReadonly<PlannedObject>, cluster: string): number | undefined {
  const entry = object.spec.overrides?.find(({ clusterName }) => clusterName === cluster);
  const value = entry?.clusterOverrides?.find(({ path }) => path === REPLICAS_PATH)?.value;
  return typeof value === 'number' ? value : undefined;
}

/** Whether somebody sets replicas for clusters by their labels: no entry of the plan's, and one that may win over it. */
export function overridesByLabels(object: DeepReadonly<PlannedObject>): boolean {
  const entries = object.spec.overrides ?? [];
  return entries.some((entry) => entry.clusterSelector && entry.clusterOverrides?.some(isReplicas));
}

export function isPlacedOn(object: DeepReadonly<PlannedObject>, cluster: string): boolean {
  return object.spec.placement?.clusters?.some(({ name }) => name === cluster) ?? false;
}

/** The fields of the spec that a plan makes different. */
export interface PlannedFields {
  placement?: { clusters: { name: string }[] };
  overrides?: ClusterOverrides[];
}

/**
 * The fields that have to be written for the object to say what was planned; undefined when it says so already. As in KubeFed
 * the placement becomes all planned clusters, those with no replicas too, and each gets an override of `/spec/replicas`
 * without an operation; clusters that are not planned lose theirs, and every other override stays as and where it is.
 */
export function fieldsFor(
  object: DeepReadonly<PlannedObject>,
  replicas: ReadonlyMap<string, number>,
): PlannedFields | undefined {
  const { placement, overrides } = object.spec;
  const names = [...replicas.keys()].sort();
  const placed = placement?.clusters?.map(({ name }) => name).sort();
  const planned = plannedOverrides(overrides ?? [], replicas);
  const fields: PlannedFields = {
    ...(isDeepStrictEqual(placed, names) ? {} : { placement: { clusters: names.map((name) => ({ name })) } }),
    ...(isDeepStrictEqual(planned, overrides ?? []) ? {} : { overrides: planned }),
  };
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function plannedOverrides(
  overrides: readonly DeepReadonly<ClusterOverrides>[],
  replicas: ReadonlyMap<string, number>,
): ClusterOverrides[] {
  const result: ClusterOverrides[] = [];
  const open = new Map(replicas);
  for (const entry of overrides as readonly ClusterOverrides[]) {
    const { clusterName = '', clusterSelector } = entry;
    if (clusterSelector) {
      // A person's, for whoever bears the labels.
      result.push(entry);
      continue;
    }
    const count = open.get(clusterName);
    open.delete(clusterName);
    const before = entry.clusterOverrides ?? [];
    const after = count === undefined ? withoutReplicas(before) : withReplicas(before, count);
    if (after === before) result.push(entry);
    // An entry that is empty now was there for the replicas alone.
    else if (after.length > 0) result.push({ ...entry, clusterOverrides: after });
  }
  for (const [clusterName, count] of [...open].sort(([a], [b]) => (a < b ? -1 : 1))) {
    result.push({ clusterName, clusterOverrides: [{ path: REPLICAS_PATH, value: count }] });
  }
  return result;
}

function withoutReplicas(overrides: ClusterOverride[]): ClusterOverride[] {
  return overrides.some(isReplicas) ? overrides.filter((each) => !isReplicas(each)) : overrides;
}

function withReplicas(overrides: ClusterOverride[], count: number): ClusterOverride[] {
  const index = overrides.findIndex(isReplicas);
  const present = overrides[index];
  if (present === undefined) return [...overrides, { path: REPLICAS_PATH, value: count }];
  if (present.op !== 'remove' && present.value === count) return overrides;
  // An operation that somebody wrote stays unless it would take the replicas away.
  const { op, ...rest } = present;
  return overrides.with(index, { ...(op === undefined || op === 'remove' ? {} : { op }), ...rest, value: count });
}

function isReplicas({ path }: DeepReadonly<ClusterOverride>): boolean {
  return path === REPLICAS_PATH;
}
