import {
  type Binaries,
  cacheDirectory,
  DEFAULT_KUBERNETES_VERSION,
  findBinaries,
} from '../../cli/sandbox/envtest/binaries.ts';
import { buildInto } from './build.ts';
import { withLock } from './lock-file.ts';

export interface FindOrBuildOptions {
  /** A Kubernetes version such as `1.35.2`. Naming one passes over KUBEBUILDER_ASSETS. */
  version?: string;
  env?: NodeJS.ProcessEnv;
  /** One line of progress. Default: stderr. */
  report?: (line: string) => void;
}

/**
 * What `findBinaries` finds, else what Go builds into the cache, one process at a time.
 *
 * @throws {MissingBinariesError} nothing is there and Go is not either.
 */
export async function findOrBuildBinaries(options: FindOrBuildOptions = {}): Promise<Binaries> {
  const { report = (line) => process.stderr.write(`${line}\n`), ...find } = options;
  return findBinaries({
    ...find,
    provide: ({ version, directory, env, isComplete }) =>
      withLock(`${directory}.lock`, { report: (line) => report(`kube: ${line}`) }, async () => {
        if (await isComplete()) return; // whoever held the lock has built them
        const cache = cacheDirectory(env);
        await buildInto(directory, { version, defaultVersion: DEFAULT_KUBERNETES_VERSION, cache, env, report });
      }),
  });
}
