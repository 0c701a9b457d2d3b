import { resolve } from 'node:path';
import { KubeconfigError } from './errors.ts';
import type { ExecConfig } from './exec-credentials.ts';

export interface KubeconfigContext {
  readonly name: string;
  readonly cluster: string;
  readonly user?: string;
  readonly namespace?: string;
}

export interface KubeconfigCluster {
  readonly name: string;
  readonly server: string;
  /** PEM, decoded. */
  readonly ca?: string;
  /** Absolute. Counts when there is no `ca`. */
  readonly caFile?: string;
  readonly insecure: boolean;
  readonly serverName?: string;
  readonly proxyUrl?: string;
  /** The extension that is handed to credential plugins. */
  readonly execConfig?: unknown;
}

export interface KubeconfigUser {
  readonly name: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM, decoded. */
  readonly cert?: string;
  readonly certFile?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly exec?: ExecConfig;
  /** The name of a provider that Kubernetes no longer has. */
  readonly authProvider?: string;
  /** Impersonation, as request headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Where the file stands that names this user. */
  readonly directory: string;
}

/** One file's content, paths made absolute. */
export interface KubeconfigFile {
  readonly currentContext?: string;
  readonly contexts: readonly KubeconfigContext[];
  readonly clusters: readonly KubeconfigCluster[];
  readonly users: readonly KubeconfigUser[];
}

type Fields = Readonly<Record<string, unknown>>;

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

/**
 * Reads a kubeconfig. Throws a KubeconfigError that names the source, and the line where it cannot be understood.
 *
 * @param source Its path, for messages.
 * @param directory What relative paths in it are relative to.
 */
export async function parseKubeconfig(text: string, source: string, directory: string): Promise<KubeconfigFile> {
  const root = await parseYaml(text, source, 'strings');
  if (root === null || root === undefined) return { contexts: [], clusters: [], users: [] };
  if (!isFields(root)) throw new KubeconfigError(`${source}: this is no kubeconfig`);
  const contexts = listOf(root, 'contexts', source);
  const clusters = listOf(root, 'clusters', source);
  const users = listOf(root, 'users', source);
  const rawUsers = new Map(users.map((entry) => [string(entry.name), fieldsOf(entry.user)]));
  const extensions = await execExtensions(text, source, clusters);
  // Loaded with the first kubeconfig, and these three functions alone: the package as a whole costs 70 MB of memory.
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js');
  // An entry that is not whole hinders only those who use it, as with kubectl.
  const lenient = { onInvalidEntry: 'filter' } as const;
  const currentContext = string(root['current-context']);
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    contexts: newContexts(contexts, lenient).map((context) =>
      defined({
        name: String(context.name),
        cluster: String(context.cluster),
        user: string(context.user),
        namespace: string(context.namespace),
      }),
    ),
    clusters: newClusters(clusters, lenient).map((cluster) =>
      defined({
        name: String(cluster.name),
        server: String(cluster.server),
        ca: decoded(cluster.caData),
        caFile: absolute(cluster.caFile, directory),
        insecure: cluster.skipTLSVerify,
        serverName: string(cluster.tlsServerName),
        proxyUrl: string(cluster.proxyUrl),
        execConfig: extensions.get(String(cluster.name)),
      }),
    ),
    users: newUsers(users.map(withoutTokenFile), lenient).map((user) => {
      const raw = rawUsers.get(string(user.name)) ?? {};
      return defined({
        name: String(user.name),
        directory,
        token: string(user.token),
        tokenFile: absolute(raw.tokenFile, directory),
        username: string(user.username),
        password: string(user.password),
        cert: decoded(user.certData),
        certFile: absolute(user.certFile, directory),
        key: decoded(user.keyData),
        keyFile: absolute(user.keyFile, directory),
        exec: isFields(user.exec) ? execConfig(user.exec) : undefined,
        authProvider: isFields(user.authProvider) ? (string(user.authProvider.name) ?? 'unnamed') : undefined,
        headers: impersonation(raw),
      });
    }),
  };
}

/** The package's parser knows a key `token-file`, which kubectl does not, and would read that file here and now. */
function withoutTokenFile(entry: Fields): Fields {
  return isFields(entry.user) ? { ...entry, user: { ...entry.user, 'token-file': undefined } } : entry;
}

/** Scalars stay as they are written: a token of digits must not become a number. The null and the booleans are themselves. */
async function parseYaml(text: string, source: string, scalars: 'strings' | 'typed'): Promise<unknown> {
  // A controller inside its cluster never needs it.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(
    text,
    scalars === 'typed' ? {} : { schema: 'failsafe', customTags: ['null', 'bool', 'merge'] },
  );
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    const why = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
    throw new KubeconfigError(`${source}${line === undefined ? '' : `, line ${line}`}: ${why}`);
  }
  return document.toJS();
}

/** What clusters hold for credential plugins is theirs: JSON of any type, handed on as it is. */
async function execExtensions(
  text: string,
  source: string,
  clusters: readonly Fields[],
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  const has = clusters.some(({ cluster }) => extensionsOf(cluster).some(({ name }) => name === EXEC_EXTENSION));
  if (!has) return found;
  const root = await parseYaml(text, source, 'typed');
  for (const { name, cluster } of isFields(root) ? listOf(root, 'clusters', source) : []) {
    const extension = extensionsOf(cluster).find((candidate) => candidate.name === EXEC_EXTENSION);
    if (extension !== undefined) found.set(String(name), extension.extension);
  }
  return found;
}

function extensionsOf(cluster: unknown): Fields[] {
  const extensions = fieldsOf(cluster).extensions;
  return Array.isArray(extensions) ? extensions.filter(isFields) : [];
}

function execConfig(raw: Fields): ExecConfig {
  const env = Array.isArray(raw.env) ? raw.env.filter(isFields) : [];
  const asked = raw.interactiveMode;
  const interactiveMode: ExecConfig['interactiveMode'] =
    asked === 'Never' || asked === 'Always' ? asked : 'IfAvailable';
  return defined({
    apiVersion: string(raw.apiVersion) ?? '',
    command: string(raw.command) ?? '',
    args: Array.isArray(raw.args) ? raw.args.map(String) : [],
    env: env.map(({ name, value }) => ({ name: String(name), value: string(value) ?? '' })),
    installHint: string(raw.installHint),
    provideClusterInfo: raw.provideClusterInfo === true,
    interactiveMode,
  });
}

/** `as`, `as-uid`, `as-groups` and `as-user-extra`, as the headers that mean the same. */
function impersonation(user: Fields): Record<string, string | string[]> | undefined {
  const name = string(user.as);
  if (name === undefined) return undefined;
  const headers: Record<string, string | string[]> = { 'impersonate-user': name };
  const uid = string(user['as-uid']);
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  const groups = user['as-groups'];
  if (Array.isArray(groups)) headers['impersonate-group'] = groups.map(String);
  for (const [key, values] of Object.entries(fieldsOf(user['as-user-extra']))) {
    if (Array.isArray(values)) headers[`impersonate-extra-${encodeURIComponent(key)}`] = values.map(String);
  }
  return headers;
}

function listOf(root: Fields, field: string, source: string): Fields[] {
  const list = root[field];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new KubeconfigError(`${source}: "${field}" is not a list`);
  const entries = list.filter(isFields);
  const names = new Set<string>();
  for (const { name } of entries) {
    const known = names.size;
    names.add(String(name));
    if (names.size === known) throw new KubeconfigError(`${source}: "${field}" has the name "${name}" twice`);
  }
  return entries;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function string(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

function absolute(path: unknown, directory: string): string | undefined {
  const named = string(path);
  return named === undefined ? undefined : resolve(directory, named);
}

function decoded(base64: unknown): string | undefined {
  const data = string(base64);
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
}

type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
