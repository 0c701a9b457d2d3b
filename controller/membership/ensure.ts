import isEqual from 'lodash/isEqual.js';
import type { KubeObject, OwnerReference } from '../../apis/meta/v1.ts';
import type { Client } from '../kube/client.ts';
import { isAlreadyExists, isConflict } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import type { Resource } from '../kube/resource.ts';
import { apiVersionOf } from '../kube/resource.ts';

export type Outcome = 'created' | 'updated' | 'unchanged';

export interface EnsureOptions {
  signal: AbortSignal;
  /** Nothing is written; the outcome is what it would have been. */
  dryRun?: boolean;
}

const ATTEMPTS = 5;

/**
 * Makes an object be as `desired` says: what it does not mention stays. Labels, annotations and owners are added to those
 * that are there; every other field that it names is replaced.
 */
export async function ensure<T extends KubeObject>(
  client: Client,
  resource: Resource,
  desired: T,
  options: EnsureOptions,
): Promise<{ outcome: Outcome; object: T }> {
  const { name = '', namespace } = desired.metadata;
  const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
  const complete = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...desired };
  for (let attempt = 1; ; attempt++) {
    const present = await optional(client.get<T>(resource, ref, { signal: options.signal }));
    const wanted = present === undefined ? complete : mended(present, complete);
    const outcome = present === undefined ? 'created' : isEqual(present, wanted) ? 'unchanged' : 'updated';
    if (outcome === 'unchanged' || options.dryRun === true) return { outcome, object: wanted };
    try {
      const object =
        outcome === 'created'
          ? await client.create<T>(resource, wanted, { signal: options.signal })
          : await client.replace<T>(resource, wanted, { signal: options.signal });
      return { outcome, object };
    } catch (error) {
      // Somebody else was faster: look again.
      if (attempt === ATTEMPTS || !(isAlreadyExists(error) || isConflict(error))) throw error;
    }
  }
}

/** `present` with all that `desired` says. */
export function mended<T extends KubeObject>(present: T, desired: T): T {
  const { metadata, ...fields } = desired;
  const owners = withOwners(present.metadata.ownerReferences, metadata.ownerReferences);
  return {
    ...present,
    ...fields,
    metadata: {
      ...present.metadata,
      ...(metadata.labels === undefined ? {} : { labels: { ...present.metadata.labels, ...metadata.labels } }),
      ...(metadata.annotations === undefined
        ? {}
        : { annotations: { ...present.metadata.annotations, ...metadata.annotations } }),
      ...(owners === undefined ? {} : { ownerReferences: owners }),
    },
  };
}

/** The owners there are and those that ought to be; of one name and kind only the one with the right UID. */
function withOwners(
  present: OwnerReference[] | undefined,
  desired: OwnerReference[] | undefined,
): OwnerReference[] | undefined {
  if (desired === undefined) return present;
  const kept = (present ?? []).filter(
    (owner) => !desired.some(({ kind, name }) => owner.kind === kind && owner.name === name),
  );
  const same = (a: OwnerReference) => (present ?? []).find(({ uid, kind }) => uid === a.uid && kind === a.kind);
  return [...kept, ...desired.map((owner) => same(owner) ?? owner)];
}

/** Who an object belongs to, so that it goes when its owner does. */
export function ownerOf(resource: Resource, owner: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
  };
}
