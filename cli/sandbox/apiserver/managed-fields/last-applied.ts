import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { compare } from './compare.ts';
import { difference, type FieldSet, NOTHING } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { fieldsOf } from './fields-of.ts';
import { TypedValueError } from './list-items.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager for which Kubernetes carries client-side apply over to server-side apply. */
export const KUBECTL = 'kubectl';

/**
 * What `kubectl apply` (client-side) set and nobody changed since: `kubectl apply --server-side` takes it over from whoever
 * owns it without a conflict.
 */
export function fieldsLastApplied(stored: DeepReadonly<KubeObject>, apiVersion: string, type: FieldType): FieldSet {
  const text = stored.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined || text === '') return NOTHING;
  try {
    const applied: unknown = JSON.parse(text);
    if (typeof applied !== 'object' || applied === null) return NOTHING;
    if ((applied as Partial<KubeObject>).apiVersion !== apiVersion) return NOTHING;
    const { changed, removed } = compare(applied, stored, type);
    return difference(difference(fieldsOf(applied, type), changed), removed);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypedValueError) return NOTHING;
    throw error;
  }
}

/** What `kubectl apply` would leave in the annotation: the object in one line, its keys sorted. */
export function lastAppliedText(applied: DeepReadonly<KubeObject>): string {
  const { [LAST_APPLIED]: _, ...annotations } = applied.metadata.annotations ?? {};
  const metadata = applied.metadata.annotations === undefined ? applied.metadata : { ...applied.metadata, annotations };
  return `${JSON.stringify(sorted({ ...applied, metadata }))}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
