import { hash } from 'node:crypto';
import type { PropagatedVersionStatus } from '../../../apis/core/v1alpha1/propagated-version.ts';
import type { DeepReadonly, ObjectMeta } from '../../../apis/meta/v1.ts';
import type {
  ClusterOverride,
  ClusterOverrides,
  FederatedObject,
} from '../../../apis/types/v1beta1/federated-object.ts';
import type { PlacementCluster } from '../placement/placement.ts';
import { concerns } from '../render/overrides.ts';
import { canonicalJson } from './canonical-json.ts';

/**
 * KubeFed's hash of what an object is to be in every member, byte for byte: going from KubeFed to Fedmesh or back finds
 * the recorded versions valid and rewrites nothing. Empty when there is no template.
 */
export function templateVersion(federated: DeepReadonly<FederatedObject>): string {
  const template = federated.spec.template ?? null;
  return template === null ? '' : md5(`${canonicalJson(template, 'int64')}\n`);
}

/**
 * KubeFed's hash of how the members differ: of all overrides, so a change for one cluster changes it for all. Where entries
 * select clusters by labels, which KubeFed does not know, it speaks of what they select too: a cluster that gets other labels
 * is to have something else.
 *
 * @param clusters those that the object is placed on
 */
export function overridesVersion(
  federated: DeepReadonly<FederatedObject>,
  clusters: readonly PlacementCluster[] = [],
): string {
  const overrides = federated.spec.overrides ?? null;
  if (overrides === null) return OVERRIDES_VERSION_OF_NONE;
  const entries = overrides.map((entry) => {
    const { clusterName, clusterSelector } = entry;
    // A CRD without a schema lets a null in, which Go takes for an empty list.
    const list = entry.clusterOverrides ?? [];
    const members = list.length === 0 ? '' : `,"clusterOverrides":[${list.map(goOverride).join()}]`;
    const selection = clusterSelector ? `,"selected":${canonicalJson(selectedBy(entry, clusters))}` : '';
    return `{"clusterName":${canonicalJson(clusterName ?? '')}${selection}${members}}`;
  });
  return md5(`{"overrides":[${entries.join()}]}\n`);
}

function selectedBy(entry: DeepReadonly<ClusterOverrides>, clusters: readonly PlacementCluster[]): string[] {
  return clusters
    .filter(({ name, labels }) => concerns(entry, name, labels ?? {}))
    .map(({ name }) => name)
    .sort();
}

/** A Go struct: its members in the order of its declaration, those with `omitempty` left out when they are empty. */
function goOverride({ op, path, value }: DeepReadonly<ClusterOverride>): string {
  const first = op ? `"op":${canonicalJson(op)},` : '';
  const last = value === undefined || value === null ? '' : `,"value":${canonicalJson(value)}`;
  return `{${first}"path":${canonicalJson(path ?? '')}${last}}`;
}

const OVERRIDES_VERSION_OF_NONE = md5('{"overrides":null}\n');

function md5(text: string): string {
  return hash('md5', text, 'hex');
}

/**
 * The version of a member's object by which KubeFed recognises that nobody wrote to it: the generation, which only a
 * change of the content moves, or the resourceVersion for kinds that have no generation.
 */
export function objectVersion(metadata: Pick<DeepReadonly<ObjectMeta>, 'generation' | 'resourceVersion'>): string {
  return metadata.generation ? `gen:${metadata.generation}` : `rv:${metadata.resourceVersion ?? ''}`;
}

/** What is recorded after writing: the hashes of what was written, and the version it got in each cluster, by name. */
export function recordOf(
  hashes: { readonly templateVersion: string; readonly overridesVersion: string },
  versions: Iterable<readonly [cluster: string, version: string]>,
): PropagatedVersionStatus {
  const clusterVersions = [...versions]
    .map(([clusterName, version]) => ({ clusterName, version }))
    .sort((a, b) => (a.clusterName < b.clusterName ? -1 : 1));
  const { templateVersion, overridesVersion } = hashes;
  return clusterVersions.length === 0
    ? { templateVersion, overridesVersion }
    : { templateVersion, overridesVersion, clusterVersions };
}
