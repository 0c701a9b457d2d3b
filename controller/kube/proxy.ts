import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { oneLine } from './connection-errors.ts';
import { type EndpointTls, isLoopback, parseUrl } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { connectThroughSocks } from './socks.ts';

export interface ProxyServer {
  readonly kind: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The URL without user name and password: the only form that may be shown. */
  readonly display: string;
}

export interface TunnelOptions {
  readonly cluster: string;
  readonly tls: EndpointTls;
  readonly signal: AbortSignal;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, socks5: 1080 };

/** Throws a ConnectionError, code `PROXY`, for what is not a proxy's URL. */
export function parseProxy(url: string, cluster: string): ProxyServer {
  const parsed = parseUrl(url.includes('://') ? url : `http://${url}`);
  const scheme = parsed?.protocol.slice(0, -1);
  // As Go does for client-go: the proxy resolves the name, with either spelling.
  const kind = scheme === 'socks5h' ? 'socks5' : scheme;
  if (parsed === undefined || (kind !== 'http' && kind !== 'https' && kind !== 'socks5') || parsed.hostname === '') {
    const message = `cluster "${cluster}": its proxy URL is not a http, https or socks5 URL`;
    throw new ConnectionError(message, { code: 'PROXY', cluster });
  }
  const port = parsed.port === '' ? (DEFAULT_PORTS[kind] ?? 0) : Number(parsed.port);
  return {
    kind,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    display: `${scheme}://${parsed.hostname}:${port}`,
  };
}

/** A connection to `host:port` through the proxy. Destroyed at once when the signal is aborted before it stands. */
export async function openTunnel(
  proxy: ProxyServer,
  host: string,
  port: number,
  options: TunnelOptions,
): Promise<Socket> {
  try {
    return await (proxy.kind === 'socks5'
      ? connectThroughSocks(proxy, host, port, options.signal)
      : connectThroughHttp(proxy, host, port, options));
  } catch (cause) {
    if (options.signal.aborted) throw options.signal.reason;
    const why = cause instanceof Error ? oneLine(cause.message) : String(cause);
    const message = `cluster "${options.cluster}": no connection to ${authority(host, port)} through its proxy ${proxy.display}: ${why}`;
    throw new ConnectionError(message, { code: 'PROXY', cluster: options.cluster, cause });
  }
}

function connectThroughHttp(proxy: ProxyServer, host: string, port: number, options: TunnelOptions): Promise<Socket> {
  const target = authority(host, port);
  const headers: Record<string, string> = { host: target };
  if (proxy.user !== '' || proxy.password !== '') {
    headers['proxy-authorization'] = `Basic ${Buffer.from(`${proxy.user}:${proxy.password}`).toString('base64')}`;
  }
  const common = { host: proxy.host, port: proxy.port, method: 'CONNECT', path: target, headers, agent: false };
  return new Promise((resolve, reject) => {
    const request =
      proxy.kind === 'https'
        ? https.request({ ...common, ...proxyTls(options.tls), signal: options.signal })
        : http.request({ ...common, signal: options.signal });
    request.on('error', reject);
    request.once('connect', (response, socket, head) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
        return;
      }
      socket.destroy();
      reject(new Error(`it answered ${response.statusCode} ${response.statusMessage ?? ''}`));
    });
    request.end();
  });
}

/** The proxy may be vouched for by the cluster's own authority, as with client-go, or by a public one. */
function proxyTls(settings: EndpointTls): https.RequestOptions {
  return {
    ...(settings.ca === undefined ? {} : { ca: [...rootCertificates, settings.ca] }),
    rejectUnauthorized: settings.skip?.all !== true,
  };
}

function authority(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for a server, by the rules of Go's `httpproxy`, which kubectl
 * follows: either case of the names, loopback never through a proxy, NO_PROXY as hosts, `.domains`, addresses and CIDRs.
 */
export function proxyFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  server: string,
): string | undefined {
  const target = parseUrl(server);
  if (target === undefined) return undefined;
  const read = (name: string) => environment[name] || environment[name.toLowerCase()];
  const proxy = read(target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === undefined) return undefined;
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  if (isLoopback(host)) return undefined;
  const exceptions = (read('NO_PROXY') ?? '').split(',').map((entry) => entry.trim().toLowerCase());
  return exceptions.some((entry) => entry !== '' && matchesException(entry, host, port)) ? undefined : proxy;
}

function matchesException(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [network, prefix] = entry.split('/');
  if (network !== undefined && prefix !== undefined) return isInNetwork(host, network, Number(prefix));
  const withPort = /^(.+?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `${entry}` : entry);
  const name = isIP(entry) === 6 ? entry : (withPort?.[1] ?? entry).replace(/^\[|\]$/g, '');
  const onlyPort = isIP(entry) === 6 ? undefined : withPort?.[2];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (isIP(name) !== 0) return name === host;
  const domain = name.replace(/^\*?\./, '');
  return host.endsWith(`.${domain}`) || (host === domain && name === domain);
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !(prefix >= 0 && prefix <= (family === 4 ? 32 : 128))) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const networks = new BlockList();
  networks.addSubnet(network, prefix, type);
  return networks.check(host, type);
}
