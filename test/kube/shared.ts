import type { TestProject } from 'vitest/node';
import { MissingBinariesError } from '../../cli/sandbox/envtest/binaries.ts';
import { findOrBuildBinaries } from './binaries.ts';
import { type ControlPlanes, startControlPlanes } from './control-planes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Path of a kubeconfig with the contexts `host`, `earth` and `vulcan`, shared by all test files of a run;
     * '' where no control plane can be had. `describe.runIf(inject('kubeconfig') !== '')` says what needs one.
     */
    kubeconfig: string;
  }
}

let shared: ControlPlanes | undefined;

/** Vitest calls this once before the first test file of the project. */
export async function setup(project: TestProject): Promise<void> {
  try {
    const binaries = await findOrBuildBinaries();
    shared = await startControlPlanes({ names: ['host', 'earth', 'vulcan'], binaries });
    project.provide('kubeconfig', shared.kubeconfigPath);
  } catch (error) {
    if (!(error instanceof MissingBinariesError) || process.env.CI) throw error;
    process.stderr.write(`\nTests on real control planes are skipped. ${error.message}\n\n`);
    project.provide('kubeconfig', '');
  }
}

export async function teardown(): Promise<void> {
  await shared?.close();
}
