import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildInto, MissingBinariesError } from './build.ts';
import { withLock } from './lock-file.ts';

export const DEFAULT_KUBERNETES_VERSION = '1.36.3';

/** Paths of the executables that make a control plane. */
export interface Binaries {
  /** Kubernetes' version without the `v`, as the API server states it. */
  version: string;
  etcd: string;
  kubeApiServer: string;
  kubeControllerManager: string;
}

export interface FindOptions {
  /** A Kubernetes version such as `1.35.2`. Naming one passes over KUBEBUILDER_ASSETS. */
  version?: string;
  env?: NodeJS.ProcessEnv;
  /** One line of progress. Default: stderr. */
  report?: (line: string) => void;
}

/** Where built binaries and the state of `npm run kube` live: `$XDG_CACHE_HOME/fedmesh/kube`, else below `~/.cache`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fedmesh', 'kube');
}

/**
 * Finds etcd, kube-apiserver and kube-controller-manager: in KUBEBUILDER_ASSETS if that is set, else in the
 * cache, else builds them with Go into the cache, one process at a time. Assets made for controller-runtime's
 * envtest lack the controller manager: it is then taken from the cache in the API server's own version.
 *
 * @throws {MissingBinariesError} nothing is there and Go is not either.
 */
export async function findBinaries(options: FindOptions = {}): Promise<Binaries> {
  const { env = process.env, report = (line) => process.stderr.write(`${line}\n`) } = options;
  const assets = env.KUBEBUILDER_ASSETS;
  if (!assets || options.version !== undefined) {
    return cachedBinaries(normalVersion(options.version ?? DEFAULT_KUBERNETES_VERSION), env, report);
  }

  const given = binariesIn(assets, '');
  for (const file of [given.etcd, given.kubeApiServer]) {
    if (await isExecutable(file)) continue;
    throw new MissingBinariesError(
      `KUBEBUILDER_ASSETS is ${assets}, but ${file} is not an executable there. ` +
        'Point it at a directory with etcd, kube-apiserver and kube-controller-manager, or unset it to build them with Go.',
    );
  }
  const version = await versionOf(given.kubeApiServer);
  if (await isExecutable(given.kubeControllerManager)) return { ...given, version };
  const { kubeControllerManager } = await cachedBinaries(version, env, report);
  return { ...given, version, kubeControllerManager };
}

async function cachedBinaries(
  version: string,
  env: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<Binaries> {
  const cache = cacheDirectory(env);
  const directory = join(cache, `${version}-${process.platform}-${goArchitecture()}`);
  const binaries = binariesIn(directory, version);
  if (await isComplete(binaries)) return binaries;
  await withLock(`${directory}.lock`, { report: (line) => report(`kube: ${line}`) }, async () => {
    if (await isComplete(binaries)) return; // whoever held the lock has built them
    await buildInto(directory, { version, defaultVersion: DEFAULT_KUBERNETES_VERSION, cache, env, report });
  });
  return binaries;
}

function binariesIn(directory: string, version: string): Binaries {
  return {
    version,
    etcd: join(directory, 'etcd'),
    kubeApiServer: join(directory, 'kube-apiserver'),
    kubeControllerManager: join(directory, 'kube-controller-manager'),
  };
}

async function isComplete({ etcd, kubeApiServer, kubeControllerManager }: Binaries): Promise<boolean> {
  const found = await Promise.all([etcd, kubeApiServer, kubeControllerManager].map(isExecutable));
  return found.every(Boolean);
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** `Kubernetes v1.36.3` is what `kube-apiserver --version` prints. */
async function versionOf(kubeApiServer: string): Promise<string> {
  const { stdout } = await promisify(execFile)(kubeApiServer, ['--version']);
  return normalVersion(stdout.trim().split(' ').at(-1) ?? '');
}

function normalVersion(version: string): string {
  const match = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(version);
  if (!match?.[1]) throw new Error(`'${version}' is not a Kubernetes version: it has three parts, such as 1.35.2`);
  return match[1];
}

/** Go's names, so that the directory reads like those of controller-runtime's setup-envtest. */
function goArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
