import { base64Problem } from '../../schema/go-text-formats.ts';

/** The Go types of what an answer may contain, by its place. */
const TYPES: Readonly<Record<string, readonly ['string' | 'boolean' | 'number' | 'object' | 'array', string]>> = {
  'AdmissionReview.response': ['object', 'v1.AdmissionResponse'],
  'AdmissionResponse.response.uid': ['string', 'types.UID'],
  'AdmissionResponse.response.allowed': ['boolean', 'bool'],
  'AdmissionResponse.response.status': ['object', 'v1.Status'],
  'AdmissionResponse.response.patch': ['string', '[]uint8'],
  'AdmissionResponse.response.patchType': ['string', 'v1.PatchType'],
  'AdmissionResponse.response.warnings': ['array', '[]string'],
  'Status.response.status.status': ['string', 'string'],
  'Status.response.status.message': ['string', 'string'],
  'Status.response.status.reason': ['string', 'v1.StatusReason'],
  'Status.response.status.code': ['number', 'int32'],
  'Status.response.status.details': ['object', 'v1.StatusDetails'],
};

/** Why Go could not read an AdmissionReview, in its words; `undefined`: it can. */
export function answerProblem(review: Readonly<Record<string, unknown>>): string | undefined {
  for (const [place, [wanted, goType]] of Object.entries(TYPES)) {
    const [, ...path] = place.split('.');
    const value = at(review, path);
    if (value === undefined || value === null) continue;
    const found = kindOf(value);
    if (found !== wanted) return mismatch(found, place, goType);
  }
  const warnings = (at(review, ['response', 'warnings']) ?? []) as readonly unknown[];
  const odd = warnings.find((warning) => typeof warning !== 'string' && warning !== null);
  if (odd !== undefined) return mismatch(kindOf(odd), 'AdmissionResponse.response.warnings', 'string');
  const patch = at(review, ['response', 'patch']);
  return typeof patch === 'string' ? base64Problem(patch) : undefined;
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function mismatch(found: string, place: string, goType: string): string {
  const what = found === 'boolean' ? 'bool' : found;
  return `json: cannot unmarshal ${what} into Go struct field ${place} of type ${goType}`;
}
