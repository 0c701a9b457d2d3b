import http from 'node:http';
import { BlockList, isIP } from 'node:net';
import { badRequest, notFound, type StatusError, serviceUnavailable } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { Exchange } from '../routing/exchange.ts';
import type { EndpointContext } from './context.ts';

/** Where a Pod's address leads to from here. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** The network that the API server stands in; undefined: the address leads where it always does. */
export type PodNetwork = (address: string, port: number) => Destination | undefined;

interface Pod {
  readonly spec?: {
    readonly containers?: readonly { readonly ports?: readonly { readonly containerPort?: number }[] }[];
  };
  readonly status?: { readonly podIP?: string };
}

/** Kubernetes lets nobody reach the machine of the API server itself by a Pod that claims its addresses. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('127.0.0.0', 8);
FORBIDDEN.addSubnet('169.254.0.0', 16);
FORBIDDEN.addSubnet('224.0.0.0', 24);
FORBIDDEN.addAddress('::1', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff02::', 16, 'ipv6');
FORBIDDEN.addSubnet('ff01::', 16, 'ipv6');

/** As Go's net package words them. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
  ETIMEDOUT: 'i/o timeout',
};

const DIAL_TIMEOUT_MS = 30_000;

/**
 * `pods/[SCHEME:]NAME[:PORT]/proxy/PATH`: what the Pod answers over HTTP. Links in HTML are not rewritten, which a real server does.
 * @throws {StatusError} 400, 404, 503
 */
export async function proxyPod(
  context: EndpointContext,
  exchange: Exchange,
  definition: ResourceDefinition,
): Promise<void> {
  const { info, request, response } = exchange;
  const { name, port } = target(info.name);
  const pod = context.storage.get(definition.storageKey, info.namespace, name)?.object as Pod | undefined;
  if (pod === undefined) throw notFound(definition, name);
  const address = pod.status?.podIP ?? '';
  const family = isIP(address);
  if (family === 0 || FORBIDDEN.check(address, family === 6 ? 'ipv6' : 'ipv4')) throw badRequest('address not allowed');
  const path = behindProxy(request.url ?? '', info.name);
  if (!path.startsWith('/') && request.method === 'GET') return redirect(exchange);
  const at = port ?? firstPort(pod);
  if (!Number.isInteger(at)) {
    // A real server breaks off here too: names of ports mean nothing to it.
    response.destroy();
    return;
  }
  const where = `${family === 6 ? `[${address}]` : address}:${at}`;
  if (at > 65_535) throw serviceUnavailable(`error trying to reach service: dial tcp: address ${at}: invalid port`);
  const destination = context.podNetwork?.(address, at) ?? { host: address, port: at };
  await forward(exchange, destination, path.startsWith('/') ? path : `/${path}`, where);
}

function target(text: string): { name: string; port: number | undefined } {
  const parts = text.split(':');
  const [first = '', second = '', third] = parts;
  if (parts.length === 1) return { name: first, port: undefined };
  const [scheme, name, port] = third === undefined ? ['', first, second] : [first, second, third];
  if (parts.length > 3 || !['', 'http', 'https'].includes(scheme) || name === '') {
    throw badRequest(`invalid pod request ${JSON.stringify(text)}`);
  }
  return { name, port: port === '' ? undefined : Number(port) };
}

/** What follows the word, query included. Names of Pods and ports are rarely encoded; the path behind may say `proxy` too. */
function behindProxy(url: string, name: string): string {
  const marks = [name, encodeURIComponent(name)].map((each) => `/pods/${each}/proxy`);
  const mark = marks.find((each) => url.includes(each)) ?? '';
  return url.slice(url.indexOf(mark) + mark.length);
}

function firstPort({ spec }: Pod): number {
  return spec?.containers?.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort ?? 80;
}

function redirect({ request, response }: Exchange): void {
  const [path, ...query] = (request.url ?? '').split('?');
  const location = [`${path}/`, ...query].join('?');
  response.writeHead(301, { 'cache-control': 'no-cache, private', location, 'content-length': 0 });
  response.end();
}

/** Not the Pod's business, or of one connection only. */
const NOT_FORWARDED = ['authorization', 'connection', 'keep-alive', 'host'];

function forward(
  { request, response, info }: Exchange,
  { host, port }: Destination,
  path: string,
  where: string,
): Promise<void> {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !NOT_FORWARDED.includes(name)));
  headers['x-forwarded-for'] = request.socket.remoteAddress ?? '';
  headers['x-forwarded-uri'] = info.path;
  headers['x-forwarded-proto'] = 'https';
  headers.host = where;
  return new Promise((resolve, reject) => {
    const asked = http.request({ host, port, path, method: request.method, headers, agent: false });
    const timer = setTimeout(
      () => asked.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
      DIAL_TIMEOUT_MS,
    );
    asked.on('socket', (socket) => socket.once('connect', () => clearTimeout(timer)));
    asked.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(unreachable(error, where));
    });
    asked.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      answer.on('close', resolve);
    });
    response.on('close', () => asked.destroy());
    request.pipe(asked);
  });
}

function unreachable({ code = '', message }: NodeJS.ErrnoException, where: string): StatusError {
  const words = WORDS[code];
  const why = words === undefined ? message : `dial tcp ${where}: ${words}`;
  return serviceUnavailable(`error trying to reach service: ${why}`);
}
