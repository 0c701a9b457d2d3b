import type { KubeObject } from '../../../../apis/meta/v1.ts';
import { goQuote } from '../errors/go-text.ts';
import { badRequest, invalid, type StatusError } from '../errors/status-error.ts';
import { apiVersionOf } from '../registry/versions.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { decodingProblems } from '../schema/decoding.ts';
import { isMap } from '../schema/json-value.ts';
import { pruneUnknown } from '../schema/prune.ts';
import { withoutDepths } from './deep-body.ts';
import { decodeEachOccurrence, typeMetasOf } from './each-occurrence.ts';
import { BodyProblem, type ParsedBody, parseBody, unrecognized } from './parse-body.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface Decoded {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

export interface DecodeContext {
  readonly definition: ResourceDefinition;
  readonly fieldValidation: FieldValidation;
  /** Kinds of the whole server, to tell what is unknown from what is misplaced. */
  readonly isKnown: (apiVersion: string, kind: string) => boolean;
  /** Other apiVersions that mean the same. */
  readonly accepts?: readonly string[];
}

/** The object that a create or update sends. @throws {StatusError} 400, 415 */
export function decodeObject(text: string, contentType: string, context: DecodeContext): Decoded {
  const { definition, fieldValidation } = context;
  let parsed: ParsedBody;
  try {
    parsed = parseBody(text, contentType, fieldValidation !== 'Ignore');
  } catch (error) {
    if (error instanceof BodyProblem) throw unrecognized(error, definition.kind, text);
    throw error;
  }
  // Nothing is an object in which everything is missing.
  const whole: unknown = parsed.value === null ? {} : parsed.value;
  if (!isMap(whole)) {
    const problem = `json: cannot unmarshal ${goTypeOf(whole)} into Go value of type ${TYPE_META}`;
    throw unrecognized(new BodyProblem(problem, true), definition.kind, text);
  }
  if (parsed.isDeep === true) {
    try {
      withoutDepths(definition, whole);
    } catch (error) {
      if (error instanceof BodyProblem) throw unrecognized(error, definition.kind, text);
      throw error;
    }
  }
  const value = parsed.repeats === true && parsed.isYaml !== true ? eachTime(whole, text, context) : whole;
  checkKind(value, text, context);
  return checked(value, parsed, context);
}

/** Of keys that come twice each value has to fit. @throws {StatusError} 400 */
function eachTime(
  value: Record<string, unknown>,
  text: string,
  { definition }: DecodeContext,
): Record<string, unknown> {
  for (const typeMeta of typeMetasOf(text)) checkTypeMeta(typeMeta, text, definition);
  if (definition.custom || definition.schema === undefined) return value;
  const decoded = decodeEachOccurrence(definition.schema, text);
  if (decoded.problem !== undefined) throw cannotBeHandled(definition, decoded.problem);
  return isMap(decoded.value) ? decoded.value : value;
}

/** The rest of decoding, for what patches made as well. The object is changed in place. @throws {StatusError} 400 */
export function checked(
  value: Record<string, unknown>,
  { duplicates, isYaml }: Pick<ParsedBody, 'duplicates' | 'isYaml'>,
  context: DecodeContext,
): Decoded {
  const { definition, fieldValidation } = context;
  const problem = problemOf(value, context);
  if (problem !== undefined) throw cannotBeHandled(definition, problem);
  const unknown = definition.schema === undefined ? [] : pruneUnknown(definition.schema, value);
  if (definition.custom) unknown.sort();
  const unknownFields = unknown.map((path) => `unknown field ${goQuote(path)}`);
  const warnings = [
    ...(isYaml === true ? duplicates : duplicates.map((path) => `duplicate field ${goQuote(path)}`)),
    ...unknownFields,
  ];
  if (warnings.length > 0 && fieldValidation === 'Strict') {
    // The YAML parser tells of all keys at once.
    const yaml =
      isYaml === true && duplicates.length > 0 ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`] : undefined;
    const problems = yaml === undefined ? warnings : [...yaml, ...unknownFields];
    throw cannotBeHandled(definition, `strict decoding error: ${problems.join(', ')}`);
  }
  return { object: value as KubeObject, warnings: fieldValidation === 'Warn' ? warnings : [] };
}

/** What no Go type takes; also makes sure that there is metadata to work with. */
export function problemOf(
  value: Record<string, unknown>,
  { definition }: Pick<DecodeContext, 'definition'>,
): string | undefined {
  if (value.metadata === undefined || value.metadata === null) value.metadata = {};
  if (!isMap(value.metadata)) {
    return `json: cannot unmarshal ${goTypeOf(value.metadata)} into Go struct field ${definition.kind}.metadata of type v1.ObjectMeta`;
  }
  if (definition.schema !== undefined) return decodingProblems(definition.schema, value);
  return undefined;
}

const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
function checkKind(value: Record<string, unknown>, text: string, context: DecodeContext): void {
  const { definition, isKnown, accepts = [] } = context;
  const { kind, apiVersion } = value;
  const own = apiVersionOf(definition);
  checkTypeMeta(value, text, definition);
  for (const field of definition.custom ? (['kind', 'apiVersion'] as const) : []) {
    // What has no Go type has to say itself what it is.
    if (typeof value[field] === 'string' && value[field] !== '') continue;
    const name = field === 'kind' ? 'Kind' : field;
    throw unrecognized(new BodyProblem(`Object '${name}' is missing in '${text}'`, false), definition.kind, text);
  }
  const sentKind = typeof kind === 'string' && kind !== '' ? kind : definition.kind;
  const sentVersion = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : own;
  if (sentKind === definition.kind && (sentVersion === own || accepts.includes(sentVersion))) {
    value.kind = definition.kind;
    value.apiVersion = own;
    return;
  }
  if (sentVersion.split('/').length > 2) {
    throw unrecognized(new BodyProblem(`unexpected GroupVersion string: ${sentVersion}`, false), definition.kind, text);
  }
  const name = isMap(value.metadata) && typeof value.metadata.name === 'string' ? value.metadata.name : '';
  throw misplaced(definition, name, sentVersion, sentKind, isKnown(sentVersion, sentKind));
}

function checkTypeMeta(
  value: { readonly apiVersion?: unknown; readonly kind?: unknown },
  text: string,
  definition: ResourceDefinition,
): void {
  for (const field of ['apiVersion', 'kind'] as const) {
    const found = value[field];
    // Into a text Go reads nothing of null.
    if (found === undefined || found === null || typeof found === 'string') continue;
    const problem = `json: cannot unmarshal ${goTypeOf(found)} into Go struct field .${field} of type string`;
    throw unrecognized(new BodyProblem(problem, true), definition.kind, text);
  }
}

function misplaced(
  definition: ResourceDefinition,
  name: string,
  apiVersion: string,
  kind: string,
  known: boolean,
): StatusError {
  const own = apiVersionOf(definition);
  if (definition.custom) {
    if (apiVersion !== own) {
      return badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${own})`);
    }
    const message = `Invalid value: ${JSON.stringify(kind)}: must be ${definition.kind}`;
    return invalid({ group: definition.group, kind }, name, [{ field: 'kind', reason: 'FieldValueInvalid', message }]);
  }
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  if (kind === definition.kind && group === definition.group && /^v\d+beta\d+$/.test(version)) {
    return badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${own})`);
  }
  const why = known
    ? `converting (${version}.${kind}) to (${goPackage(definition.group)}.${definition.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${definition.kind}: ${why}`);
}

export function goPackage(group: string): string {
  return group === '' ? 'core' : (group.split('.', 1)[0] ?? '');
}

function cannotBeHandled({ kind, version }: ResourceDefinition, why: string): StatusError {
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}

export function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
