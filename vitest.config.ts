import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'apis/**/*.test.ts',
            'controller/**/*.test.ts',
            'cli/**/*.test.ts',
            'test/kubefed-suite/**/*.test.ts',
            'test/monitoring/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'property',
          include: ['test/property/**/*.test.ts'],
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['test/e2e/programs.ts', 'test/kube/shared.ts'],
          include: ['test/kube/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/package.test.ts', 'test/e2e/sandbox.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e-embedded',
          env: { FEDMESH_RUNTIME: 'embedded' },
          globalSetup: ['test/e2e/programs.ts', 'test/e2e/embedded.ts'],
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'conformance',
          globalSetup: ['test/conformance/real-servers.ts'],
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'netlab',
          globalSetup: ['test/netlab/setup.ts'],
          include: ['test/netlab/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup: ['test/dashboard/setup.ts'],
          include: ['test/dashboard/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});
