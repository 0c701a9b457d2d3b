import { badRequest } from '../errors/status-error.ts';
import type { Subresource, Verb } from '../resources/resource-definition.ts';
import { sendJson } from './answer.ts';
import type { EndpointContext } from './context.ts';
import { invalidOptions } from './option-errors.ts';
import { BodyProblem, parseJson, parseYaml, unrecognized } from './parse-body.ts';
import { bodyOf, type ResourceRequest } from './request.ts';
import { dryRunErrors, fieldManagerOf } from './write-options.ts';

type Action = Extract<Subresource, { kind: 'action' }>;

const OPTIONS_OF: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** A subresource with a kind of its own answers by itself. */
export async function act(context: EndpointContext, request: ResourceRequest, action: Action): Promise<void> {
  const { exchange, definition, rendering } = request;
  const { info, user } = exchange;
  const verb = info.verb as Verb;
  const dryRun = info.query.getAll('dryRun');
  const wrong = dryRunErrors(dryRun);
  if (wrong.length > 0) throw invalidOptions(OPTIONS_OF[verb] ?? 'CreateOptions', wrong);
  let body: unknown;
  let patchType: string | undefined;
  if (verb !== 'get') {
    const { text, contentType } = await bodyOf(exchange);
    if (verb === 'patch') patchType = contentType;
    try {
      const isYaml = contentType === 'application/yaml' || contentType.endsWith('+yaml');
      body = (isYaml ? parseYaml(text, false) : parseJson(text, false)).value;
    } catch (error) {
      if (!(error instanceof BodyProblem)) throw error;
      throw verb === 'patch'
        ? badRequest(`error decoding patch: ${error.message}`)
        : unrecognized(error, action.responseKind.kind, text);
    }
  }
  const answer = await action.handle(
    {
      verb,
      definition,
      namespace: definition.namespaced ? info.namespace : '',
      name: info.name,
      body,
      ...(patchType === undefined ? {} : { patchType }),
      query: info.query,
      fieldManager: fieldManagerOf(info.query, exchange.request),
    },
    context.registry.contextOf({ user, dryRun: dryRun.length > 0 }),
  );
  sendJson(exchange, answer.code, JSON.stringify(answer.body), rendering.form.mediaType);
}
