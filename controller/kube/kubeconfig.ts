import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../time/clock.ts';
import type { Endpoint } from './endpoint.ts';
import { KubeconfigError } from './errors.ts';
import { userCredentials } from './kubeconfig-credentials.ts';
import {
  type KubeconfigCluster,
  type KubeconfigContext,
  type KubeconfigFile,
  type KubeconfigUser,
  parseKubeconfig,
} from './kubeconfig-file.ts';
import { proxyFromEnvironment } from './proxy.ts';

export type { KubeconfigContext } from './kubeconfig-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What one or several kubeconfig files say together. */
export interface Kubeconfig {
  readonly currentContext?: string;
  readonly contexts: readonly KubeconfigContext[];
  readonly clusters: readonly KubeconfigCluster[];
  readonly users: readonly KubeconfigUser[];
  /** Where it came from, for messages. */
  readonly source: string;
  /** What credential plugins run with. */
  readonly environment: Environment;
  /** Of each CA file that a cluster names: its content, or why it could not be read. */
  readonly caFiles: ReadonlyMap<string, string | Error>;
}

export interface LoadKubeconfigOptions {
  /** One file, which has to be there. */
  readonly path?: string;
  /** The content itself. */
  readonly text?: string;
  /** Where KUBECONFIG and HOME are looked up when neither is given, and what credential plugins run with. Default: the process's. */
  readonly environment?: Environment;
}

export interface EndpointOptions {
  /** Default: the current one. */
  readonly context?: string;
  /** The name of the cluster in errors and logs. */
  readonly cluster: string;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up for a cluster without proxy-url. Default: they do not count. */
  readonly proxyEnvironment?: Environment;
  /** Whether credential plugins may ask the person at standard input. Default: no. */
  readonly interactive?: boolean;
  readonly clock?: Clock;
}

/**
 * Reads a kubeconfig as kubectl does: the given file; else those in KUBECONFIG, merged so that the first to name
 * something wins and files that do not exist are passed over; else `~/.kube/config`.
 *
 * Throws a KubeconfigError that names the file, and the line where it cannot be understood.
 */
export async function loadKubeconfig(options: LoadKubeconfigOptions = {}): Promise<Kubeconfig> {
  const environment = options.environment ?? process.env;
  const { source, files } = await readFiles(options, environment);
  const clusters = firstOfName(files.flatMap((file) => file.clusters));
  const currentContext = files.find((file) => file.currentContext !== undefined)?.currentContext;
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    contexts: firstOfName(files.flatMap((file) => file.contexts)),
    clusters,
    users: firstOfName(files.flatMap((file) => file.users)),
    source,
    environment,
    caFiles: await readCaFiles(clusters),
  };
}

/** The endpoint that a context names. Throws a KubeconfigError when the context is not there or not whole. */
export function endpointFor(kubeconfig: Kubeconfig, options: EndpointOptions): Endpoint {
  const context = contextFor(kubeconfig, options.context);
  const of = `context "${context.name}" in ${kubeconfig.source}`;
  const cluster = kubeconfig.clusters.find(({ name }) => name === context.cluster);
  if (cluster === undefined) {
    throw new KubeconfigError(`${of} names the cluster "${context.cluster}", which is not there or has no server`);
  }
  const user = context.user === undefined ? undefined : kubeconfig.users.find(({ name }) => name === context.user);
  if (context.user !== undefined && user === undefined) {
    throw new KubeconfigError(`${of} names the user "${context.user}", which is not there`);
  }
  const ca = caOf(cluster, kubeconfig);
  const server = withScheme(cluster, user, ca);
  const proxyUrl =
    cluster.proxyUrl ??
    (options.proxyEnvironment === undefined ? undefined : proxyFromEnvironment(options.proxyEnvironment, server));
  return {
    cluster: options.cluster,
    server,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cluster.serverName === undefined ? {} : { serverName: cluster.serverName }),
      ...(cluster.insecure ? { skip: { all: true } } : {}),
    },
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(user?.headers === undefined ? {} : { headers: user.headers }),
    credentials: userCredentials(user, {
      cluster: options.cluster,
      clusterInfo: {
        server,
        ...(cluster.serverName === undefined ? {} : { 'tls-server-name': cluster.serverName }),
        ...(cluster.insecure ? { 'insecure-skip-tls-verify': true } : {}),
        ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
        ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': cluster.proxyUrl }),
        ...(cluster.execConfig === undefined ? {} : { config: cluster.execConfig }),
      },
      environment: kubeconfig.environment,
      interactive: options.interactive ?? false,
      clock: options.clock ?? systemClock,
    }),
  };
}

function contextFor(kubeconfig: Kubeconfig, named: string | undefined): KubeconfigContext {
  const name = named ?? kubeconfig.currentContext;
  const context = kubeconfig.contexts.find((candidate) => candidate.name === name);
  if (context !== undefined) return context;
  const known = kubeconfig.contexts.map((candidate) => candidate.name);
  const has = known.length === 0 ? 'it has no contexts' : `it has: ${known.join(', ')}`;
  const what = name === undefined ? 'no context is named, and none is current' : `there is no context "${name}"`;
  throw new KubeconfigError(`${what} in ${kubeconfig.source}; ${has}`);
}

function caOf(cluster: KubeconfigCluster, kubeconfig: Kubeconfig): string | undefined {
  if (cluster.ca !== undefined || cluster.caFile === undefined) return cluster.ca;
  const content = kubeconfig.caFiles.get(cluster.caFile);
  if (typeof content === 'string') return content;
  const message = `the CA certificate of cluster "${cluster.name}" cannot be read: ${content?.message ?? cluster.caFile}`;
  throw new KubeconfigError(message, { cause: content });
}

/** `host:port` alone is http, unless something about it speaks of TLS: client-go's rule. */
function withScheme(cluster: KubeconfigCluster, user: KubeconfigUser | undefined, ca: string | undefined): string {
  if (/^https?:\/\//i.test(cluster.server)) return cluster.server;
  const hasCertificate = user?.cert !== undefined || user?.certFile !== undefined;
  return `${cluster.insecure || ca !== undefined || hasCertificate ? 'https' : 'http'}://${cluster.server}`;
}

async function readFiles(
  options: LoadKubeconfigOptions,
  environment: Environment,
): Promise<{ source: string; files: KubeconfigFile[] }> {
  if (options.text !== undefined) {
    const source = 'the kubeconfig';
    return { source, files: [await parseKubeconfig(options.text, source, process.cwd())] };
  }
  if (options.path !== undefined) {
    const file = await readOne(options.path);
    if (file === undefined) throw new KubeconfigError(`${options.path}: there is no such file`);
    return { source: options.path, files: [file] };
  }
  const listed = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const paths = listed.length > 0 ? listed : [join(environment.HOME || homedir(), '.kube', 'config')];
  const files = await Promise.all(paths.map(readOne));
  const found = files.filter((file) => file !== undefined);
  const source = paths.join(delimiter);
  if (found.length === 0) throw new KubeconfigError(`there is no kubeconfig: looked for ${source}`);
  return { source, files: found };
}

async function readOne(path: string): Promise<KubeconfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new KubeconfigError(`${path}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  return await parseKubeconfig(text, path, dirname(resolve(path)));
}

/** A file that is missing is held against those who use its cluster, and nobody else. */
async function readCaFiles(clusters: readonly KubeconfigCluster[]): Promise<Map<string, string | Error>> {
  const paths = new Set(
    clusters.flatMap(({ ca, caFile }) => (ca === undefined && caFile !== undefined ? [caFile] : [])),
  );
  const read = async (path: string): Promise<readonly [string, string | Error]> => [
    path,
    await readFile(path, 'utf8').catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
  ];
  return new Map(await Promise.all([...paths].map(read)));
}

function firstOfName<Entry extends { readonly name: string }>(entries: readonly Entry[]): Entry[] {
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    if (!byName.has(entry.name)) byName.set(entry.name, entry);
  }
  return [...byName.values()];
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
