import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AuditEvent, audit } from './audit.ts';
import type { Authenticator } from './authentication/authenticator.ts';
import { impersonatedUser } from './authentication/impersonation.ts';
import { forbiddenRequest } from './authorization/forbidden.ts';
import { discoveryAnswer, pageNotFound } from './discovery/discovery-answer.ts';
import type { EndpointContext } from './endpoints/context.ts';
import { answerResource } from './endpoints/resource-endpoints.ts';
import { internalError, StatusError, unauthorized } from './errors/status-error.ts';
import type { FaultRequest } from './faults/fault-rule.ts';
import type { FaultPlan, Faults } from './faults/faults.ts';
import { openApiAnswer } from './openapi/openapi-answer.ts';
import type { Attributes, Authorizer } from './resources/authorizer.ts';
import { sendStatus } from './routing/answer.ts';
import type { Exchange } from './routing/exchange.ts';
import { type RequestInfo, requestInfoOf } from './routing/request-info.ts';
import { StorageUnavailable } from './storage/errors.ts';
import type { UserInfo } from './user/user-info.ts';

export interface RequestHandlerOptions {
  readonly context: EndpointContext;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly faults: Faults;
  /** Told of each answered request of a known user. */
  readonly onAudit?: (event: AuditEvent) => void;
  /** Something went wrong that nobody thought of: the client got a 500. */
  readonly onError: (error: unknown) => void;
}

/** One request from its arrival to its answer: who, whether they may, what happens to it on purpose, and the answer. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    let info: RequestInfo | undefined;
    const fail = (error: unknown): void => this.#fail(error, request, response, info);
    // A client that goes away is no error of ours.
    response.on('error', ignoreBrokenConnection);
    request.on('error', ignoreBrokenConnection);
    try {
      info = requestInfoOf(request.method ?? 'GET', request.url ?? '/');
      this.#answer(request, response, info)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };

  #answer(request: IncomingMessage, response: ServerResponse, info: RequestInfo): undefined | Promise<void> {
    const { authenticator, authorizer, faults, context, onAudit } = this.#options;
    const asking = authenticator.authenticate(request);
    this.#refuseExpired(request, asking);
    const attributes = attributesOf(info, asking);
    const acting = impersonatedUser(request, attributes, authorizer);
    const user = acting ?? asking;
    if (onAudit !== undefined) audit({ request, response, info, user }, onAudit);
    const asked = acting === undefined ? attributes : attributesOf(info, user);
    const { allowed, reason } = authorizer.authorize(asked);

    const forFaults = faultRequestOf(info, user, request.url ?? '/');
    const plan = faults.plan(forFaults);
    const go = (): undefined | Promise<void> => {
      if (!allowed) throw forbiddenRequest(asked, reason);
      const exchange: Exchange = { request, response, info, user };
      if (!info.resourceRequest) return this.#document(exchange);
      if (info.verb === 'watch') faults.guardWatch(forFaults, response);
      return answerResource(context, exchange, plan?.storage);
    };
    return plan === undefined ? go() : this.#afterFaults(plan, response, go);
  }

  async #afterFaults(plan: FaultPlan, response: ServerResponse, go: () => undefined | Promise<void>): Promise<void> {
    if ((await plan.intervene(response)) === 'goes on') await go();
  }

  #document(exchange: Exchange): undefined {
    const { request, response, info } = exchange;
    const asked = {
      method: info.method,
      path: info.path,
      query: info.query,
      accept: request.headers.accept ?? '',
      ifNoneMatch: request.headers['if-none-match'],
      contentType: request.headers['content-type'],
      userAgent: request.headers['user-agent'],
      ifMatch: request.headers['if-match'],
      range: request.headers.range,
    };
    const { cluster } = this.#options.context;
    const answer = discoveryAnswer(asked, cluster) ?? openApiAnswer(asked, cluster.definitions()) ?? pageNotFound();
    const { code, headers, body } = answer;
    response.writeHead(code, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }

  /** A token that expires by order, before anything else is said of the request. */
  #refuseExpired(request: IncomingMessage, { username }: UserInfo): void {
    const { authorization } = request.headers;
    if (authorization === undefined) return;
    const token = authorization.slice(authorization.indexOf(' ') + 1).trim();
    if (this.#options.faults.refusesToken(token, username)) throw unauthorized();
  }

  #fail(error: unknown, request: IncomingMessage, response: ServerResponse, info: RequestInfo | undefined): void {
    const status = this.#statusOf(error);
    if (response.headersSent) {
      // The answer had begun: all that is left is to end it where nobody takes it for whole.
      response.destroy();
      return;
    }
    // A body that nobody reads would keep the connection from its next request.
    request.resume();
    sendStatus({ request, response, info: info ?? requestInfoOf('GET', '/') }, status);
  }

  #statusOf(error: unknown): StatusError {
    if (error instanceof StatusError) return error;
    this.#options.onError(error);
    if (error instanceof StorageUnavailable) return internalError(error.message);
    return internalError(error instanceof Error ? error.message : String(error));
  }
}

function ignoreBrokenConnection(): void {
  // Node has torn the connection down already, and 'close' tells whoever waits on it.
}

function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  const { verb, group, version, resource, subresource, name, path, resourceRequest } = info;
  // A Namespace is in itself here: who may see it by a role in it may see it.
  const namespace = group === '' && resource === 'namespaces' && info.named ? name : info.namespace;
  return { user, verb, group, version, resource, subresource, namespace, name, path, resourceRequest };
}

function faultRequestOf(info: RequestInfo, user: UserInfo, path: string): FaultRequest {
  const { verb, group, resource, subresource, namespace, name } = info;
  const whole = group === '' || resource === '' ? resource : `${resource}.${group}`;
  const named = subresource === '' ? whole : `${whole}/${subresource}`;
  return { verb, resource: named, namespace, name, path, user: user.username };
}
