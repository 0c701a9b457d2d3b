import type { KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { decodeObject } from '../decoding/decode-object.ts';
import { checkBodyType } from '../decoding/parse-body.ts';
import { notFound } from '../errors/status-error.ts';
import { trackUpdate } from '../managed-fields/track-update.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { sendJson, warningHeaders } from '../routing/answer.ts';
import { contentTypeOf } from '../routing/negotiation.ts';
import { deepCopy } from '../storage/deep-copy.ts';
import type { EndpointContext } from './context.ts';
import {
  checkName,
  checkPathName,
  decodeContext,
  placeInNamespace,
  type ResourceRequest,
  sentBody,
  textOf,
} from './request.ts';
import { createObject, updateObject } from './write-object.ts';
import { writeOptionsOf } from './write-options.ts';

/** POST. */
export async function create(context: EndpointContext, request: ResourceRequest): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info, user } = exchange;
  // Only here the type of the body comes before the body and the options.
  checkBodyType(contentTypeOf(exchange.request.headers['content-type']));
  const sent = await sentBody(exchange);
  const options = writeOptionsOf('CreateOptions', info.query, exchange.request);
  const { text, contentType } = textOf(sent);
  const decoded = decodeObject(text, contentType, decodeContext(context, definition, options.fieldValidation));
  const warnings = [...decoded.warnings];
  const { object } = decoded;
  placeInNamespace(object, definition, info.namespace);
  const registryOptions = { user, fieldManager: options.fieldManager, dryRun: options.dryRun };
  if (definition.answer !== undefined) {
    context.registry.setDefaults(definition, object);
    object.metadata.managedFields = ownersOf(definition, object, options.fieldManager, context.clock.now());
    const answer = definition.answer(object, info.namespace, context.registry.contextOf(registryOptions));
    sendJson(exchange, 201, JSON.stringify(answer), rendering.form.mediaType, warningHeaders(warnings));
    return;
  }
  const stored = await createObject(context, request, object, registryOptions, warnings);
  sendJson(exchange, 201, rendering.one(stored), rendering.form.mediaType, warningHeaders(warnings));
}

/** Even what is never stored tells who sent which field. */
function ownersOf(
  { group, version, schema }: ResourceDefinition,
  next: KubeObject,
  manager: string,
  now: number,
): ManagedFieldsEntry[] {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return trackUpdate({ stored: undefined, next, schema, manager, apiVersion, now: new Date(now) });
}

/** PUT of the object or of a part of it. */
export async function update(context: EndpointContext, request: ResourceRequest): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info, user } = exchange;
  const body = await sentBody(exchange);
  const options = writeOptionsOf('UpdateOptions', info.query, exchange.request);
  const { text, contentType } = textOf(body);
  const decoded = decodeObject(text, contentType, decodeContext(context, definition, options.fieldValidation));
  const warnings = [...decoded.warnings];
  const { object } = decoded;
  checkName(object, info.name);
  placeInNamespace(object, definition, info.namespace);
  const namespace = definition.namespaced ? info.namespace : '';
  const registryOptions = {
    user,
    fieldManager: options.fieldManager,
    dryRun: options.dryRun,
    ...(info.subresource === '' ? {} : { subresource: info.subresource }),
  };
  checkPathName(info.name);
  const stored = context.storage.get(definition.storageKey, namespace, info.name);
  if (stored === undefined) {
    if (definition.strategy.createOnUpdate !== true || info.subresource !== '') throw notFound(definition, info.name);
    const created = await createObject(context, request, object, registryOptions, warnings);
    sendJson(exchange, 201, rendering.one(created), rendering.form.mediaType, warningHeaders(warnings));
    return;
  }
  let isFirst = true;
  const sent = (): KubeObject => {
    if (!isFirst) return deepCopy<KubeObject>(JSON.parse(untouched) as KubeObject);
    isFirst = false;
    return object;
  };
  // Only webhooks make a second attempt possible, and they look at copies.
  const untouched = JSON.stringify(object);
  const updated = await updateObject(context, request, stored, sent, registryOptions, warnings);
  sendJson(exchange, 200, rendering.one(updated), rendering.form.mediaType, warningHeaders(warnings));
}
