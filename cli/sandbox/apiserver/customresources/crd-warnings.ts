import type { DeepReadonly } from '../../../../apis/meta/v1.ts';
import { isKnownFormat } from '../schema/formats.ts';
import { isMap } from '../schema/json-value.ts';
import type { Crd } from './crd.ts';

const CEL_WARNING =
  'the embedded API server does not evaluate x-kubernetes-validations (CEL): these rules are stored and not enforced';

/** What a person who writes a CRD should hear: formats that nobody checks, and rules that only a real API server enforces. */
export function crdWarnings(crd: DeepReadonly<Crd>, stored: DeepReadonly<Crd> | undefined): string[] {
  const before = stored === undefined ? [] : unknownFormats(stored);
  const added = unknownFormats(crd).filter((format) => !before.includes(format));
  const rules = hasRules(crd) && !(stored !== undefined && hasRules(stored));
  return [...added.map((format) => `unrecognized format ${JSON.stringify(format)}`), ...(rules ? [CEL_WARNING] : [])];
}

function unknownFormats(crd: DeepReadonly<Crd>): string[] {
  return schemasOf(crd).flatMap(({ format, type }) => {
    if (typeof format !== 'string' || format === '') return [];
    return isKnownFormat(format, typeof type === 'string' && type !== '' ? type : undefined) ? [] : [format];
  });
}

function hasRules(crd: DeepReadonly<Crd>): boolean {
  return schemasOf(crd).some((schema) => Array.isArray(schema['x-kubernetes-validations']));
}

const MAPS = ['properties'];
const LISTS = ['allOf', 'anyOf', 'oneOf'];
const ONES = ['items', 'not', 'additionalProperties'];

/** Every schema in a CRD, those within others too. */
function schemasOf({ spec }: DeepReadonly<Crd>): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const open: unknown[] = (spec.versions ?? []).map(({ schema }) => schema?.openAPIV3Schema);
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (!isMap(next)) continue;
    found.push(next);
    for (const field of MAPS) if (isMap(next[field])) open.push(...Object.values(next[field]));
    for (const field of LISTS) if (Array.isArray(next[field])) open.push(...next[field]);
    for (const field of ONES) if (isMap(next[field])) open.push(next[field]);
  }
  return found;
}
