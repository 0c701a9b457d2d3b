import type { TestProject } from 'vitest/node';
import { namespaces, removeNamespaces, sweep } from './lab/leftovers.ts';
import { installPackages, obstacle } from './packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** First part of the names of all namespaces of a run; '' where there can be no lab. `describe.runIf(inject('netlab') !== '')`. */
    netlab: string;
  }
}

let run = '';

/** Vitest calls this once before the first test file of the project. */
export async function setup(project: TestProject): Promise<void> {
  await installPackages().catch((error: Error) => {
    process.stderr.write(`\nThe packages of the network lab cannot be installed: ${error.message}\n`);
  });
  const why = await obstacle();
  if (why !== undefined) {
    if (process.env.CI) throw new Error(`no network lab: ${why}`);
    process.stderr.write(`\nTests in network namespaces are skipped: ${why}.\n\n`);
    project.provide('netlab', '');
    return;
  }
  await sweep();
  run = `fmlab-${process.pid}`;
  project.provide('netlab', run);
}

/** Nothing may be left, however the tests ended; what is left all the same is removed, and told. */
export async function teardown(): Promise<void> {
  if (run === '') return;
  const left = (await namespaces()).filter((name) => name.startsWith(`${run}-`));
  await removeNamespaces(left);
  if (left.length > 0) throw new Error(`the tests left network namespaces behind: ${left.join(', ')}`);
}
