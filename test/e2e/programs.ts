import { run, succeed } from './processes.ts';

/** It takes 20 s, on a machine that does ten other things several minutes. */
const BUILD_MS = 600_000;

/** Vitest calls this once before the first test file of the project: the tests run the programs as they are built. */
export async function setup(): Promise<void> {
  const build = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
  await succeed(run(process.execPath, build, { timeoutMs: BUILD_MS }));
}
