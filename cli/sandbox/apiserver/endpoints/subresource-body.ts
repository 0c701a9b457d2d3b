import { type Decoded, decodeObject } from '../decoding/decode-object.ts';
import { checkBodyType } from '../decoding/parse-body.ts';
import { badRequest, StatusError, unsupportedMediaType } from '../errors/status-error.ts';
import { spokenKind } from '../kinds/spoken-kind.ts';
import { APPLY_PATCH, patchTypesOf } from '../patch/apply-patch.ts';
import type { ActionRequest, ResourceDefinition, Subresource } from '../resources/resource-definition.ts';
import type { EndpointContext } from './context.ts';
import { patched, patchingOf, patchWarnings } from './patch.ts';
import {
  bodyOf,
  checkName,
  decodeContext,
  placeInNamespace,
  type ResourceRequest,
  sentBody,
  textOf,
} from './request.ts';
import { writeOptionsOf } from './write-options.ts';

type Action = Extract<Subresource, { kind: 'action' }>;
type Sent = Pick<ActionRequest, 'body' | 'patchType' | 'patched' | 'fieldManager'>;

/** What is sent to a subresource with a kind of its own, read as that kind. @throws {StatusError} 400, 415, 422 */
export async function sentTo(
  action: Action,
  context: EndpointContext,
  request: ResourceRequest,
  warnings: string[],
): Promise<Sent> {
  const { definition, exchange } = request;
  const spoken = spokenKind(action.responseKind, definition.namespaced);
  if (exchange.info.verb === 'patch') return sentPatch(context, { ...request, definition: spoken }, request, warnings);
  const isNew = exchange.info.verb === 'create';
  const sent = await sentBody(exchange);
  if (isNew) checkBodyType(sent.contentType);
  const options = writeOptionsOf(isNew ? 'CreateOptions' : 'UpdateOptions', exchange.info.query, exchange.request);
  const { text, contentType } = textOf(sent);
  const decoding = decodeContext(context, spoken, options.fieldValidation);
  const decoded = decodedBy(definition.custom, spoken, () =>
    decodeObject(text, contentType, { ...decoding, accepts: action.accepts ?? [] }),
  );
  warnings.push(...decoded.warnings);
  const body = decoded.object;
  placeInNamespace(body, spoken, exchange.info.namespace);
  if (!isNew) checkName(body, exchange.info.name);
  return { body, fieldManager: options.fieldManager };
}

/** Of custom resources Kubernetes knows no words for what a Scale cannot be: it says of all that is wrong the same. */
function decodedBy(custom: boolean, { version, kind }: ResourceDefinition, decode: () => Decoded): Decoded {
  try {
    return decode();
  } catch (error) {
    if (!custom || !(error instanceof StatusError) || error.code !== 400) throw error;
    throw badRequest(`no kind is registered for the type ${version}.${kind} in scheme "pkg/runtime/scheme.go:111"`);
  }
}

async function sentPatch(
  context: EndpointContext,
  request: ResourceRequest,
  { definition }: ResourceRequest,
  warnings: string[],
): Promise<Sent> {
  const { exchange } = request;
  const { text, contentType: patchType } = await bodyOf(exchange);
  const accepted = patchTypesOf(definition);
  if (!accepted.includes(patchType)) throw unsupportedMediaType(accepted);
  const isApply = patchType === APPLY_PATCH;
  const options = writeOptionsOf('PatchOptions', exchange.info.query, exchange.request, isApply);
  return {
    body: undefined,
    patchType,
    fieldManager: options.fieldManager,
    // The patch itself is looked at when there is something to patch.
    patched: (current) => {
      const patching = patchingOf(context, request, text, patchType, options);
      const outcome = patched(patching, current);
      warnings.push(...patchWarnings(patching).filter((text) => !warnings.includes(text)));
      return outcome;
    },
  };
}
