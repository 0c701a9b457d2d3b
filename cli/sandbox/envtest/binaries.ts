import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

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
  /** Asked for what is neither in KUBEBUILDER_ASSETS nor in the cache: puts it there. Default: that is an error. */
  provide?: (wanted: WantedBinaries) => Promise<void>;
}

export interface WantedBinaries {
  version: string;
  /** Where they belong. */
  directory: string;
  env: NodeJS.ProcessEnv;
  isComplete: () => Promise<boolean>;
}

/** There are no binaries and no way to make them here. The message says the way out. */
export class MissingBinariesError extends Error {
  override readonly name = 'MissingBinariesError';
}

/** Where built binaries and the state of `npm run kube` live: `$XDG_CACHE_HOME/fedmesh/kube`, else below `~/.cache`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fedmesh', 'kube');
}

/**
 * Finds etcd, kube-apiserver and kube-controller-manager: in KUBEBUILDER_ASSETS if that is set, else in the cache. Assets
 * made for controller-runtime's envtest lack the controller manager: it is then taken from the cache in the API server's
 * own version.
 *
 * @throws {MissingBinariesError} they are in neither, and nobody provides them.
 */
export async function findBinaries(options: FindOptions = {}): Promise<Binaries> {
  const { env = process.env, provide } = options;
  const assets = env.KUBEBUILDER_ASSETS;
  if (!assets || options.version !== undefined) {
    return cachedBinaries(normalVersion(options.version ?? DEFAULT_KUBERNETES_VERSION), env, provide);
  }

  const given = binariesIn(assets, '');
  for (const file of [given.etcd, given.kubeApiServer]) {
    if (await isExecutable(file)) continue;
    throw new MissingBinariesError(
      `KUBEBUILDER_ASSETS is ${assets}, but ${file} is not an executable there. ` +
        'Point it at a directory with etcd, kube-apiserver and kube-controller-manager, or unset it.',
    );
  }
  const version = await versionOf(given.kubeApiServer);
  if (await isExecutable(given.kubeControllerManager)) return { ...given, version };
  const { kubeControllerManager } = await cachedBinaries(version, env, provide);
  return { ...given, version, kubeControllerManager };
}

async function cachedBinaries(
  version: string,
  env: NodeJS.ProcessEnv,
  provide: FindOptions['provide'],
): Promise<Binaries> {
  const directory = join(cacheDirectory(env), `${version}-${process.platform}-${goArchitecture()}`);
  const binaries = binariesIn(directory, version);
  if (await isComplete(binaries)) return binaries;
  if (provide === undefined) {
    throw new MissingBinariesError(
      `There are no binaries of Kubernetes ${version} in ${directory}. ` +
        'Set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kube-controller-manager, ' +
        'or build them from a clone of the repository with `npm run kube -- build`, which takes Go and some minutes.',
    );
  }
  await provide({ version, directory, env, isComplete: () => isComplete(binaries) });
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
