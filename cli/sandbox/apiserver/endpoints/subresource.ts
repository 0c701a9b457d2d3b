import type { KubeObject } from '../../../../apis/meta/v1.ts';
import type { ReviewedWrite } from '../admission/webhooks/webhook.ts';
import type { ActionRequest, Subresource, Verb } from '../resources/resource-definition.ts';
import { sendJson, warningHeaders } from '../routing/answer.ts';
import { includeObjectOf, tableOf } from '../tables/table.ts';
import type { EndpointContext } from './context.ts';
import { notAList } from './rendering.ts';
import type { ResourceRequest } from './request.ts';
import { sentTo } from './subresource-body.ts';
import { requestOptions } from './write-object.ts';

type Action = Extract<Subresource, { kind: 'action' }>;

/** A subresource with a kind of its own answers by itself. */
export async function act(context: EndpointContext, request: ResourceRequest, action: Action): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info, user } = exchange;
  const verb = info.verb as Verb;
  const dryRun = info.query.getAll('dryRun');
  const warnings: string[] = [];
  const sent =
    verb === 'get' || action.connects === true ? { body: undefined } : await sentTo(action, context, request, warnings);
  const registryOptions = { user, dryRun: dryRun.length > 0 };
  const asked: ActionRequest = {
    verb,
    definition,
    namespace: definition.namespaced ? info.namespace : '',
    name: info.name,
    query: info.query,
    ...sent,
  };
  const judged =
    verb === 'get' || !context.admission.asksOutside
      ? asked
      : await reviewed(context, request, action, asked, warnings);
  const answer = await action.handle(judged, context.registry.contextOf(registryOptions));
  const { mediaType } = rendering.form;
  const shown = inForm(request, action, answer.body, new Date(context.clock.now()));
  sendJson(
    exchange,
    answer.code,
    JSON.stringify(shown),
    mediaType,
    warningHeaders([...warnings, ...(answer.warnings ?? [])]),
  );
}

/** The answer as the table, or the metadata alone, that the client asked for. */
function inForm(
  { definition, exchange, rendering }: ResourceRequest,
  action: Action,
  body: unknown,
  now: Date,
): unknown {
  const { columns, responseKind } = action;
  const { as, metaVersion, list } = rendering.form;
  if (columns === undefined || as === 'object') return body;
  const object = body as KubeObject;
  const apiVersion = `meta.k8s.io/${metaVersion}`;
  if (as === 'metadata' && list) throw notAList(responseKind);
  if (as === 'metadata') return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
  const { resourceVersion = '' } = object.metadata;
  const includeObject = includeObjectOf(exchange.info.query.get('includeObject'));
  const shown = { ...definition, ...responseKind, columns };
  return tableOf(shown, [object], now, { includeObject, metadata: { resourceVersion }, apiVersion });
}

/** What is asked once webhooks have seen, and maybe changed, what the subresource would write. */
async function reviewed(
  { admission, registry }: EndpointContext,
  { exchange: { info, user }, definition }: ResourceRequest,
  action: Action,
  asked: ActionRequest,
  warnings: string[],
): Promise<ActionRequest> {
  const { verb, namespace, name } = asked;
  const outcome = async (what: ActionRequest): Promise<KubeObject> => {
    const { body } = await action.handle(what, registry.contextOf({ user, dryRun: true }));
    return body as KubeObject;
  };
  const isNew = verb === 'create';
  const attributes: ReviewedWrite = {
    definition,
    operation: isNew ? 'CREATE' : 'UPDATE',
    subresource: info.subresource,
    namespace,
    name,
    user,
    dryRun: info.query.has('dryRun'),
    oldObject: isNew ? undefined : await outcome({ ...asked, verb: 'get', body: undefined }),
    options: requestOptions(isNew ? 'CreateOptions' : 'UpdateOptions', info.query),
    warn: (text) => warnings.push(text),
  };
  const next = isNew ? sentObject(asked, action) : await outcome(asked);
  const changed = await admission.mutate(attributes, next);
  await admission.validate(attributes, changed);
  if (changed === next) return asked;
  const { patched: _, patchType: __, ...others } = asked;
  return { ...others, verb: isNew ? 'create' : 'update', body: changed };
}

function sentObject({ body, namespace, name }: ActionRequest, { responseKind }: Action): KubeObject {
  const { group, version, kind } = responseKind;
  const sent = (body ?? {}) as Partial<KubeObject>;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { kind, apiVersion, ...sent, metadata: { name, namespace, ...sent.metadata } };
}
