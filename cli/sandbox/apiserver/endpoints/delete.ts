import type { ReviewedWrite } from '../admission/webhooks/webhook.ts';
import { notFound, StatusError } from '../errors/status-error.ts';
import { fromStored } from '../registry/versions.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { sendJson, warnAnyway, warningHeaders } from '../routing/answer.ts';
import type { Stored } from '../storage/storage.ts';
import type { EndpointContext } from './context.ts';
import { type DeleteRequest, deleteOptionsOf } from './delete-options.ts';
import { listPage } from './list.ts';
import { type ListOptions, parsedListOptions, withVersion } from './list-options.ts';
import { bodyOf, checkPathName, type ResourceRequest } from './request.ts';

/** DELETE of one object: gone, or on its way. */
export async function remove(context: EndpointContext, request: ResourceRequest): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info } = exchange;
  const { text, contentType } = await bodyOf(exchange);
  const options = deleteOptionsOf(text, contentType, info.query);
  warnOfDefault(request, options);
  checkPathName(info.name);
  const namespace = definition.namespaced ? info.namespace : '';
  const warnings: string[] = [];
  const done = await removeObject(context, request, namespace, info.name, options, warnings);
  const headers = warningHeaders(warnings);
  const { mediaType } = rendering.form;
  if (!done.removed) {
    // As Kubernetes answers who said by the old word that dependents are to go.
    const code = text.includes('"orphanDependents":false') ? 202 : 200;
    sendJson(exchange, code, rendering.one(done.stored), mediaType, headers);
  } else if (definition.strategy.returnsDeletedObject === true) {
    sendJson(exchange, 200, rendering.one(done.stored), mediaType, headers);
  } else sendJson(exchange, 200, JSON.stringify(success(definition, done.stored)), mediaType, headers);
}

/** DELETE of all that a list would show. */
export async function removeCollection(context: EndpointContext, request: ResourceRequest): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info } = exchange;
  const parsedOptions = parsedListOptions(info.query, definition);
  const { text, contentType } = await bodyOf(exchange);
  const options = deleteOptionsOf(text, contentType, info.query);
  warnOfDefault(request, options);
  const listOptions = atVersion(withVersion(parsedOptions, false));
  const page = listPage(context.storage, definition, namespaceOf(request), listOptions);
  const warnings: string[] = [];
  for (const { namespace, name } of page.items) {
    try {
      await removeObject(context, request, namespace, name, options, warnings, '');
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
  }
  sendJson(
    exchange,
    200,
    rendering.list(page.items, page.metadata),
    rendering.form.mediaType,
    warningHeaders(warnings),
  );
}

/** Whether or not there is anything to delete. */
function warnOfDefault(
  { definition, exchange }: ResourceRequest,
  { propagationPolicy }: Pick<DeleteRequest, 'propagationPolicy'>,
): void {
  const { defaultPropagationWarning: warning } = definition.strategy;
  if (propagationPolicy === undefined && warning !== undefined) warnAnyway(exchange.response, warning);
}

async function removeObject(
  { storage, registry, admission }: EndpointContext,
  { exchange, definition }: ResourceRequest,
  namespace: string,
  name: string,
  options: DeleteRequest,
  warnings: string[],
  /** Requests that delete many name none. */
  requestedName = name,
): Promise<{ readonly stored: Stored; readonly removed: boolean }> {
  const found = storage.get(definition.storageKey, namespace, name);
  if (found === undefined) throw notFound(definition, name);
  const attributes: ReviewedWrite = {
    definition,
    operation: 'DELETE',
    subresource: '',
    namespace,
    name: requestedName,
    user: exchange.user,
    dryRun: options.dryRun,
    oldObject: fromStored(definition, found.object),
    options: shown(options),
    warn: (text) => warnings.push(text),
  };
  const mutating = admission.mutate(attributes, undefined);
  if (mutating instanceof Promise) await mutating;
  const validating = admission.validate(attributes, undefined);
  if (validating instanceof Promise) await validating;
  const stored = storage.get(definition.storageKey, namespace, name);
  if (stored === undefined) throw notFound(definition, name);
  return registry.remove(definition, stored, { ...options, user: exchange.user });
}

/** The options as webhooks are shown them. */
function shown({ dryRun, gracePeriodSeconds, propagationPolicy, uid, resourceVersion }: DeleteRequest) {
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    kind: 'DeleteOptions',
    apiVersion: 'meta.k8s.io/v1',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}

function namespaceOf({ exchange: { info }, definition }: ResourceRequest): string | undefined {
  return definition.namespaced && info.namespace !== '' ? info.namespace : undefined;
}

function success({ group, plural }: ResourceDefinition, { name, object }: Stored): object {
  const details = { name, ...(group === '' ? {} : { group }), kind: plural, uid: object.metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** Kubernetes deletes page by page, so that a version means just that one; all of it here, whatever limit was sent. */
function atVersion(options: ListOptions): ListOptions {
  return options.match === '' && (options.resourceVersion ?? 0) > 0 ? { ...options, match: 'Exact' } : options;
}
