import type { ServerResponse } from 'node:http';
import type { Exchange } from './routing/exchange.ts';

/** One answered request, in the words of `audit.k8s.io/v1` at level Metadata. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus: { readonly code: number };
  /** `metav1.MicroTime` */
  readonly requestReceivedTimestamp: string;
}

/** Tells of each request once it is answered; of a watch, when it ends. */
export function audit(exchange: Exchange, tell: (event: AuditEvent) => void): void {
  const { request, response, info, user } = exchange;
  const received = new Date().toISOString().replace(/Z$/, '000Z');
  const created = info.verb === 'create' && info.name === '' ? nameIn(response) : () => undefined;
  response.once('close', () => {
    const { resource, group, subresource } = info;
    // The path of a namespace lies within it.
    const namespace = resource === 'namespaces' && group === '' ? info.name : info.namespace;
    const name = info.name === '' ? created() : info.name;
    const userAgent = request.headers['user-agent'];
    tell({
      verb: info.verb,
      requestURI: request.url ?? '',
      user: { username: user.username },
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(info.resourceRequest
        ? {
            objectRef: {
              resource,
              ...(group === '' ? {} : { apiGroup: group }),
              ...(subresource === '' ? {} : { subresource }),
              ...(namespace === '' ? {} : { namespace }),
              ...(name === undefined ? {} : { name }),
            },
          }
        : {}),
      responseStatus: { code: response.statusCode },
      requestReceivedTimestamp: received,
    });
  });
}

/** What was created is named in the answer only: the path of the request ends before it. */
function nameIn(response: ServerResponse): () => string | undefined {
  let body = '';
  const { end } = response;
  response.end = ((...args: Parameters<typeof end>) => {
    const [chunk] = args as unknown[];
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) body = chunk.toString();
    return end.apply(response, args);
  }) as typeof end;
  return () => /"metadata":\{"name":"([^"]*)"/.exec(body)?.[1];
}
