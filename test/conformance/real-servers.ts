import type { TestProject } from 'vitest/node';

import { MissingBinariesError } from '../../cli/sandbox/envtest/binaries.ts';
import { findOrBuildBinaries } from '../kube/binaries.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether there are binaries of a real Kubernetes to compare with. */
    realServers: boolean;
  }
}

/** Vitest calls this once before the first test file of the project. The files start servers of their own. */
export async function setup(project: TestProject): Promise<void> {
  try {
    await findOrBuildBinaries();
    project.provide('realServers', true);
  } catch (error) {
    if (!(error instanceof MissingBinariesError) || process.env.CI) throw error;
    process.stderr.write(`\nThe comparison with a real Kubernetes is skipped. ${error.message}\n\n`);
    project.provide('realServers', false);
  }
}
