import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../../cli/sandbox/envtest/binaries.ts';
import { goBuild, goEnvironment, goVersion } from '../kube/build.ts';
import { withLock } from '../kube/lock-file.ts';

/** The Go module that pins the suite and everything that it is compiled with. */
const MODULE = join(import.meta.dirname, 'module');
const SUITE = 'sigs.k8s.io/kubefed/test/e2e';

/**
 * The path of KubeFed's suite as a program. It is built once for each state of the module, into the cache that holds the
 * Kubernetes binaries; with an empty build cache that takes two minutes of CPU.
 *
 * @throws {MissingBinariesError} it is not in the cache, and there is no Go.
 */
export async function findOrBuildSuite(report: (line: string) => void): Promise<string> {
  const file = join(cacheDirectory(), `kubefed-suite-${await fingerprint()}`, 'e2e.test');
  if (await isExecutable(file)) return file;
  await withLock(`${dirname(file)}.lock`, { report }, async () => {
    if (await isExecutable(file)) return; // whoever held the lock has built it
    await buildInto(file, report);
  });
  return file;
}

async function buildInto(file: string, report: (line: string) => void): Promise<void> {
  const env = goEnvironment(process.env);
  report(`building ${SUITE} with ${await goVersion(env)}; the first time takes minutes`);
  const unfinished = `${file}.building-${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await goBuild(MODULE, ['test', '-c', '-mod=readonly', '-ldflags=-s -w', `-o=${unfinished}`, SUITE], {
      env,
      report,
    });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const name of ['go.mod', 'go.sum']) hash.update(await readFile(join(MODULE, name)));
  return hash.digest('hex').slice(0, 12);
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
