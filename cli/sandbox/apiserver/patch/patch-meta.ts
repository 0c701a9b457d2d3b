import type { Schema } from '../schema/schema.ts';
import { brokenPatch } from './refusal.ts';

/** How a field merges: from its `patchStrategy` and `patchMergeKey` tags, which schemas publish. */
export interface PatchMeta {
  /** `merge`, `replace`, or empty: maps merge and lists are replaced. `retainKeys` is left out: it says nothing to the server. */
  readonly strategy: string;
  /** Empty for lists of scalars. */
  readonly mergeKey: string;
  /** Of the field's value; of an item's for lists. `undefined`: nobody knows. */
  readonly schema: Schema | undefined;
}

/** @throws StatusError 500, as in Kubernetes, when a struct has no such field */
export function metaOfMap(schema: Schema | undefined, field: string): PatchMeta {
  return metaOf(schema, field, (found) => found);
}

/** @throws StatusError 500, as in Kubernetes, when a struct has no such field */
export function metaOfList(schema: Schema | undefined, field: string): PatchMeta {
  return metaOf(schema, field, (found) => found.items);
}

function metaOf(schema: Schema | undefined, field: string, next: (found: Schema) => Schema | undefined): PatchMeta {
  if (schema === undefined) return { strategy: '', mergeKey: '', schema: undefined };
  if (schema.properties === undefined) {
    const values = schema.additionalProperties;
    if (typeof values === 'object' || schema.type === 'object') {
      throw brokenPatch('merging an object in json but data type is not struct, instead is: map');
    }
    throw brokenPatch('merging an object in json but data type is not struct, instead is: slice');
  }
  const found = Object.hasOwn(schema.properties, field) ? schema.properties[field] : undefined;
  if (found === undefined) {
    throw brokenPatch(
      `unable to find api field in struct ${goTypeName(schema)} for the json field ${JSON.stringify(field)}`,
    );
  }
  const strategies = (found['x-kubernetes-patch-strategy'] ?? '').split(',');
  const strategy = strategies.find((each) => each !== 'retainKeys') ?? '';
  return { strategy, mergeKey: found['x-kubernetes-patch-merge-key'] ?? '', schema: next(found) };
}

/** `io.k8s.api.apps.v1.DeploymentSpec` is `DeploymentSpec` in Go. */
function goTypeName(schema: Schema): string {
  return schema.name?.split('.').at(-1) ?? '';
}
