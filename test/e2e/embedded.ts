import type { TestProject } from 'vitest/node';

/** Vitest calls this once before the first test file of `e2e-embedded`: there is always an API server to be had there. */
export function setup(project: TestProject): void {
  project.provide('kubeconfig', 'each file starts its own');
}
