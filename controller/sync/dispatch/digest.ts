import { createHash } from 'node:crypto';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';

/** What is in such a Secret each member writes by itself. */
const ISSUED_TOKEN = 'kubernetes.io/service-account-token';

/**
 * A digest of everything in the object that a person could have changed: labels and content, not its status nor what the
 * API server writes into `metadata`. Annotations are left out, because those of others are theirs; Fedmesh compares its
 * own by name. Relies on API servers writing the fields of one kind in one order, which they do.
 */
export function contentDigest(object: DeepReadonly<KubeObject>): string {
  const { metadata, status, apiVersion, kind, ...whole } = object;
  const content = kind === 'Secret' && whole.type === ISSUED_TOKEN ? { ...whole, data: undefined } : whole;
  const labels = Object.entries(metadata.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('md5')
    .update(JSON.stringify([labels, content]))
    .digest('base64');
}

/** Tells a copy from another one of its name, and from itself after its content was changed. */
export function copyToken(object: DeepReadonly<KubeObject> | undefined): string {
  if (object === undefined) return '';
  const { uid, generation, deletionTimestamp } = object.metadata;
  return JSON.stringify([uid, deletionTimestamp, generation ?? contentDigest(object)]);
}
