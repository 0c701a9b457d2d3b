import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { goPackage, goTypeOf, problemOf } from '../decoding/decode-object.ts';
import { withoutDepths } from '../decoding/deep-body.ts';
import { strictProblemsOfItems } from '../decoding/json-syntax.ts';
import { BodyProblem, type ParsedBody, parseJson, parseYaml } from '../decoding/parse-body.ts';
import { yamlDuplicates } from '../decoding/yaml-duplicates.ts';
import { invalid as invalidField } from '../errors/field-errors.ts';
import { goJson, goQuote } from '../errors/go-text.ts';
import { badRequest, conflict, invalid, notFound, unsupportedMediaType } from '../errors/status-error.ts';
import { resetFields } from '../managed-fields/reset-fields.ts';
import { serverSideApply } from '../managed-fields/server-side-apply.ts';
import { APPLY_PATCH, applyPatch, JSON_PATCH, patchTypesOf, STRATEGIC_MERGE_PATCH } from '../patch/apply-patch.ts';
import { goString } from '../patch/json-object.ts';
import { hasKnownFieldsOnly, OPERATION_FIELDS } from '../patch/json-patch.ts';
import type { UpdateOptions } from '../registry/generic-registry.ts';
import { apiVersionOf } from '../registry/versions.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { sendJson, warningHeaders } from '../routing/answer.ts';
import { unsupportedPatchType } from '../routing/routing-errors.ts';
import { isMap } from '../schema/json-value.ts';
import { pruneUnknown } from '../schema/prune.ts';
import { deepCopy } from '../storage/deep-copy.ts';
import type { EndpointContext } from './context.ts';
import { bodyOf, checkName, checkPathName, decodeContext, placeInNamespace, type ResourceRequest } from './request.ts';
import { createObject, updateObject } from './write-object.ts';
import { type WriteOptions, writeOptionsOf } from './write-options.ts';

export interface Patching {
  readonly context: EndpointContext;
  readonly request: ResourceRequest;
  readonly mediaType: string;
  readonly body: ParsedBody;
  readonly options: WriteOptions;
  /** What would be ignored of the body itself: keys that came twice, and what a JSON patch does not know. */
  readonly findings: readonly string[];
  readonly warnings: string[];
}

/** PATCH of the object or of a part of it; server-side apply creates it, too. */
export async function patch(context: EndpointContext, request: ResourceRequest): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info, user } = exchange;
  const { text, contentType: mediaType } = await bodyOf(exchange);
  const accepted = patchTypesOf(definition);
  if (!accepted.includes(mediaType)) throw definition.custom ? unsupportedMediaType(accepted) : unsupportedPatchType();
  const isApply = mediaType === APPLY_PATCH;
  const options = writeOptionsOf('PatchOptions', info.query, exchange.request, isApply);
  const namespace = definition.namespaced ? info.namespace : '';
  checkPathName(info.name);
  const stored = context.storage.get(definition.storageKey, namespace, info.name);
  if (stored === undefined && (!isApply || info.subresource !== '')) throw notFound(definition, info.name);
  const patching = patchingOf(context, request, text, mediaType, options);
  const registryOptions: UpdateOptions = {
    user,
    // Applying has its own bookkeeping.
    ...(isApply ? {} : { fieldManager: options.fieldManager }),
    dryRun: options.dryRun,
    isPatch: true,
    ...(info.subresource === '' ? {} : { subresource: info.subresource }),
  };
  const headers = () => warningHeaders(patchWarnings(patching));
  if (stored === undefined) {
    const applied = patched(patching, undefined);
    const created = await createObject(context, request, applied, registryOptions, patching.warnings);
    sendJson(exchange, 201, rendering.one(created), rendering.form.mediaType, headers());
    return;
  }
  const updated = await updateObject(
    context,
    request,
    stored,
    (current) => patched(patching, current),
    registryOptions,
    patching.warnings,
  );
  sendJson(exchange, 200, rendering.one(updated), rendering.form.mediaType, headers());
}

/** @throws {StatusError} 400: it is no such patch */
export function patchingOf(
  context: EndpointContext,
  request: ResourceRequest,
  text: string,
  mediaType: string,
  options: WriteOptions,
): Patching {
  const body = parsePatch(request.definition, text, mediaType, options);
  const findings = findingsIn(body, text, mediaType, options);
  return { context, request, mediaType, body, options, findings, warnings: [] };
}

/** What the answer warns of, once the patch is made. */
export function patchWarnings({ options, findings, warnings }: Patching): readonly string[] {
  return options.fieldValidation === 'Warn' ? [...new Set([...findings, ...warnings])] : warnings;
}

/** What is stored, patched and checked as if it had been sent. */
export function patched(patching: Patching, current: DeepReadonly<KubeObject> | undefined): KubeObject {
  const { request, mediaType, body, options } = patching;
  const { definition, exchange } = request;
  const isApply = mediaType === APPLY_PATCH;
  const isStrict = options.fieldValidation !== 'Ignore';
  const make = () =>
    isApply || current === undefined
      ? applied(patching, current)
      : deepCopy<Record<string, unknown>>(applyPatch(definition, mediaType, current, body.value, isStrict));
  const object = make();
  check(patching, object, make);
  const result = object as KubeObject;
  if (current === undefined && result.metadata.uid) {
    const why = `uid mismatch: the provided object specified uid ${result.metadata.uid}, and no existing object was found`;
    throw conflict(definition, exchange.info.name, why);
  }
  checkName(result, exchange.info.name);
  placeInNamespace(result, definition, exchange.info.namespace);
  return result;
}

function applied(
  { request, body, options, context }: Patching,
  stored: DeepReadonly<KubeObject> | undefined,
): Record<string, unknown> {
  const { definition, exchange } = request;
  const wanted = body.value ?? {};
  if (!isMap(wanted)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goTypeOf(wanted)} into Go value of type map[string]interface {}`,
    );
  }
  const { subresource } = exchange.info;
  const result = deepCopy<KubeObject>(
    serverSideApply({
      stored,
      applied: wanted as KubeObject,
      schema: definition.schema,
      manager: options.fieldManager,
      apiVersion: apiVersionOf(definition),
      kind: definition.kind,
      force: options.force,
      ...(subresource === '' ? {} : { subresource }),
      now: new Date(context.clock.now()),
      resetFields: resetFields(definition, subresource),
    }),
  );
  // Of which version, says nothing where there is none yet.
  if (stored === undefined) delete result.metadata.resourceVersion;
  if (options.fieldValidation === 'Strict' && body.duplicates.length > 0) {
    const list = body.duplicates.map((each) => `\n  ${each}`).join('');
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:${list}`);
  }
  return result;
}

/** What decoding would say of the outcome. Unknown fields go; `whole` has them still, for the message that names them. */
function check(patching: Patching, object: Record<string, unknown>, whole: () => Record<string, unknown>): void {
  const { context, request, mediaType, body, options, findings, warnings } = patching;
  const { definition } = request;
  const impossible = (why: string, outcome = object) => {
    const shown = mediaType === STRATEGIC_MERGE_PATCH ? goString(body.value) : goJson(outcome);
    return invalid({ group: '', kind: '' }, '', [invalidField('patch', shown, why)]);
  };
  // These patches are made on the object as Go has it, which knows without being told what it is.
  if (mediaType === STRATEGIC_MERGE_PATCH) keepIdentity(object, definition);
  else if (!definition.custom && mediaType !== APPLY_PATCH) {
    // What says nothing of itself is what stands there.
    object.kind ||= definition.kind;
    object.apiVersion ||= apiVersionOf(definition);
  }
  const { kind, apiVersion } = object;
  const isOwn = kind === definition.kind;
  const decoding = decodeContext(context, definition, options.fieldValidation);
  const isUnknown = isOwn
    ? apiVersion !== apiVersionOf(definition)
    : !definition.custom && !decoding.isKnown(String(apiVersion), String(kind));
  if (isUnknown) {
    const version = JSON.stringify(String(apiVersion));
    throw impossible(
      `no kind ${JSON.stringify(kind)} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (!isOwn) {
    throw impossible(
      `converting (${definition.version}.${String(kind)}) to (${goPackage(definition.group)}.${definition.kind}): unknown conversion`,
    );
  }
  const problem = problemOf(object, decoding);
  if (problem !== undefined) throw impossible(problem);
  // What was applied fits its schema; a null that its merging left in a custom resource is for validation to refuse.
  const isPruned = mediaType === APPLY_PATCH && definition.custom;
  const unknown = definition.schema === undefined || isPruned ? [] : pruneUnknown(definition.schema, object);
  const found = [
    ...(mediaType === APPLY_PATCH ? [] : findings),
    ...unknown.map((path) => `unknown field ${goQuote(path)}`),
  ];
  if (found.length === 0) return;
  if (options.fieldValidation === 'Strict') throw impossible(`strict decoding error: ${found.join(', ')}`, whole());
  if (options.fieldValidation === 'Warn') warnings.push(...found);
}

function keepIdentity(object: Record<string, unknown>, definition: ResourceDefinition): void {
  if (typeof (object.kind ?? '') === 'string') object.kind = definition.kind;
  if (typeof (object.apiVersion ?? '') === 'string') object.apiVersion = apiVersionOf(definition);
}

/** Applying reads JSON as YAML, and says what came twice in the words of its parser. */
function findingsIn(
  { value, duplicates }: ParsedBody,
  text: string,
  mediaType: string,
  { fieldValidation }: WriteOptions,
): readonly string[] {
  if (mediaType === APPLY_PATCH) return duplicates;
  if (mediaType !== JSON_PATCH) return duplicates.map((path) => `duplicate field ${goQuote(path)}`);
  if (fieldValidation === 'Ignore' || (duplicates.length === 0 && hasKnownFieldsOnly(value))) return [];
  return strictProblemsOfItems(text, OPERATION_FIELDS).map((problem) => `json patch ${problem}`);
}

function parsePatch(
  definition: ResourceDefinition,
  text: string,
  mediaType: string,
  { fieldValidation }: WriteOptions,
): ParsedBody {
  const wantsDuplicates = fieldValidation !== 'Ignore';
  try {
    if (mediaType !== APPLY_PATCH) return shallow(definition, parseJson(text, wantsDuplicates));
    const { value, duplicates } = shallow(definition, parseYaml(text, wantsDuplicates));
    // JSON was looked at already; YAML was not.
    const mayHaveSome = wantsDuplicates && (duplicates.length > 0 || !/^\s*[{[]/.test(text));
    return { value, duplicates: mayHaveSome ? yamlDuplicates(text) : [] };
  } catch (error) {
    if (!(error instanceof BodyProblem)) throw error;
    if (mediaType === APPLY_PATCH)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    throw badRequest(mediaType === STRATEGIC_MERGE_PATCH ? error.message : `error decoding patch: ${error.message}`);
  }
}

/** @throws {BodyProblem} nested too deeply */
function shallow(definition: ResourceDefinition, body: ParsedBody): ParsedBody {
  if (body.isDeep === true) withoutDepths(definition, body.value);
  return body;
}
