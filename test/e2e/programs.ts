import { run, succeed } from './processes.ts';

/** Vitest calls this once before the first test file of the project: the tests run the programs as they are built. */
export async function setup(): Promise<void> {
  await succeed(run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']));
}
