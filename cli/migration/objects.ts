import {
  CLUSTER_PROPAGATED_VERSIONS,
  PROPAGATED_VERSIONS,
  type PropagatedVersion,
} from '../../apis/core/v1alpha1/propagated-version.ts';
import { type FederatedTypeConfig, federatedResourceOf } from '../../apis/core/v1beta1/federated-type-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { FederatedObject } from '../../apis/types/v1beta1/federated-object.ts';
import { FROZEN_BY_ANNOTATION, IGNORED_ANNOTATION, PAUSED_ANNOTATION } from '../../apis/well-known.ts';
import type { Client } from '../../controller/kube/client.ts';
import { selectsByLabels } from '../../controller/sync/render/overrides.ts';
import { overridesVersion, templateVersion } from '../../controller/sync/versions/versions.ts';
import { listIfServed } from '../apply.ts';
import { mapConcurrently } from '../concurrently.ts';

/** The value of the annotation that tells what this command froze from what people did. */
export const FROZEN_BY = 'fedctl-migrate';

export interface ObjectRef {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace?: string;
}

/** Why an object would be written in members although nothing of it has changed. */
export type Reason = 'namespace' | 'annotations';

export interface FrozenObject extends ObjectRef {
  readonly reason: Reason;
}

export interface ObjectFindings {
  readonly counts: readonly { readonly kind: string; readonly count: number }[];
  /** FederatedNamespaces of another name than their namespace, where none bears it: KubeFed ignores them, Fedmesh does not. */
  readonly ignoredNamespaces: readonly (ObjectRef & { readonly contents: number })[];
  /** Their templates ask for annotations, which KubeFed drops and Fedmesh writes. */
  readonly annotated: readonly ObjectRef[];
  /** What an earlier run froze and nobody has thawed. */
  readonly frozen: readonly FrozenObject[];
  /** Objects without a record of versions. */
  readonly unrecorded: number;
  /** Objects whose record is of another template or other overrides: KubeFed has not propagated them yet. */
  readonly outdated: number;
  /** Objects in namespaces that no FederatedNamespace speaks of. */
  readonly withoutNamespace: number;
  /** Objects whose overrides select clusters by labels: KubeFed would not apply those. */
  readonly selecting: number;
}

const LISTS_AT_A_TIME = 4;

interface Listed {
  readonly config: FederatedTypeConfig;
  readonly resource: Resource;
  readonly objects: readonly FederatedObject[];
}

/** Reads every federated object and every record of versions once. */
export async function surveyObjects(
  client: Client,
  types: readonly FederatedTypeConfig[],
  /** Of a control plane of one namespace. */
  onlyNamespace: string | undefined,
  signal: AbortSignal,
): Promise<ObjectFindings> {
  const where = onlyNamespace === undefined ? {} : { namespace: onlyNamespace };
  const [listed, versions] = await Promise.all([
    mapConcurrently(types, LISTS_AT_A_TIME, async (config): Promise<Listed> => {
      const resource = federatedResourceOf(config);
      const scope = resource.namespaced ? where : {};
      return { config, resource, objects: await listIfServed<FederatedObject>(client, resource, { ...scope, signal }) };
    }),
    readVersions(client, where, signal),
  ]);
  return findingsOf(listed, versions, { namespaced: onlyNamespace !== undefined });
}

async function readVersions(
  client: Client,
  where: { namespace?: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PropagatedVersion>> {
  const lists = await Promise.all([
    listIfServed<PropagatedVersion>(client, PROPAGATED_VERSIONS, { ...where, signal }),
    listIfServed<PropagatedVersion>(client, CLUSTER_PROPAGATED_VERSIONS, { signal }),
  ]);
  return new Map(lists.flat().map((each) => [`${each.metadata.namespace ?? ''}/${each.metadata.name ?? ''}`, each]));
}

/** What was read, in the words of a migration. */
export function findingsOf(
  listed: readonly Listed[],
  versions: ReadonlyMap<string, PropagatedVersion>,
  { namespaced }: { namespaced: boolean },
): ObjectFindings {
  const namespaces = listed.find(({ config }) => config.metadata.name === 'namespaces')?.objects ?? [];
  const namesakes = new Set(namespaces.filter(isNamesake).map(({ metadata }) => metadata.namespace));
  const others = listed.filter(({ config }) => config.metadata.name !== 'namespaces');
  const all = listed.flatMap(({ config, resource, objects }) =>
    objects.map((object) => ({ config, resource, object, ref: refOf(resource, object) })),
  );
  const acting = all.filter(({ config, object }) => config.metadata.name !== 'namespaces' || isNamesake(object));
  const records = acting.map(({ config, object }) => standingOf(config, object, versions));
  return {
    counts: listed.flatMap(({ resource, objects }) =>
      objects.length === 0 ? [] : [{ kind: resource.kind, count: objects.length }],
    ),
    ignoredNamespaces: namespaced
      ? []
      : all
          .filter(({ config, object }) => config.metadata.name === 'namespaces' && !isNamesake(object))
          .filter(({ object }) => !namesakes.has(object.metadata.namespace))
          .map(({ ref }) => ({ ...ref, contents: contentsOf(others, ref.namespace) })),
    annotated: acting
      .filter(({ object }) => Object.keys(object.spec.template?.metadata?.annotations ?? {}).length > 0)
      .map(({ ref }) => ref),
    frozen: all.flatMap(({ ref, object }) => frozenAs(ref, object)),
    unrecorded: records.filter((record) => record === 'none').length,
    outdated: records.filter((record) => record === 'outdated').length,
    withoutNamespace: namespaced
      ? 0
      : others
          .flatMap(({ resource, objects }) => (resource.namespaced ? objects : []))
          .filter(({ metadata }) => !namesakes.has(metadata.namespace)).length,
    selecting: all.filter(({ object }) => selectsByLabels(object.spec.overrides)).length,
  };
}

function standingOf(
  config: FederatedTypeConfig,
  object: FederatedObject,
  versions: ReadonlyMap<string, PropagatedVersion>,
): 'current' | 'outdated' | 'none' {
  const { name = '', namespace = '' } = object.metadata;
  const status = versions.get(`${namespace}/${config.spec.targetType.kind.toLowerCase()}-${name}`)?.status;
  if (status === undefined) return 'none';
  const isCurrent =
    status.templateVersion === templateVersion(object) && status.overridesVersion === overridesVersion(object);
  return isCurrent ? 'current' : 'outdated';
}

function isNamesake({ metadata }: FederatedObject): boolean {
  return metadata.name === metadata.namespace;
}

function contentsOf(listed: readonly Listed[], namespace: string | undefined): number {
  return listed.flatMap(({ objects }) => objects).filter(({ metadata }) => metadata.namespace === namespace).length;
}

function frozenAs(ref: ObjectRef, { metadata }: FederatedObject): FrozenObject[] {
  if (metadata.annotations?.[FROZEN_BY_ANNOTATION] !== FROZEN_BY) return [];
  return [{ ...ref, reason: metadata.annotations[IGNORED_ANNOTATION] === undefined ? 'annotations' : 'namespace' }];
}

function refOf(resource: Resource, { metadata }: FederatedObject): ObjectRef {
  const { name = '', namespace } = metadata;
  return { resource, name, ...(namespace === undefined ? {} : { namespace }) };
}

const WRITES_AT_A_TIME = 16;

/** Sees to it that nothing is written in members for them, until {@link thaw}. */
export async function freeze(
  client: Client,
  objects: readonly ObjectRef[],
  reason: Reason,
  signal: AbortSignal,
): Promise<void> {
  const key = reason === 'namespace' ? IGNORED_ANNOTATION : PAUSED_ANNOTATION;
  await annotate(client, objects, { [key]: 'true', [FROZEN_BY_ANNOTATION]: FROZEN_BY }, signal);
}

export async function thaw(client: Client, objects: readonly FrozenObject[], signal: AbortSignal): Promise<void> {
  const nothing = { [IGNORED_ANNOTATION]: null, [PAUSED_ANNOTATION]: null, [FROZEN_BY_ANNOTATION]: null };
  await annotate(client, objects, nothing, signal);
}

async function annotate(
  client: Client,
  objects: readonly ObjectRef[],
  annotations: Record<string, string | null>,
  signal: AbortSignal,
): Promise<void> {
  await mapConcurrently(objects, WRITES_AT_A_TIME, ({ resource, name, namespace }) =>
    client.patch(
      resource,
      { name, ...(namespace === undefined ? {} : { namespace }) },
      { type: 'merge', body: { metadata: { annotations } } },
      { signal },
    ),
  );
}
