import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { browserObstacle, installBrowser } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the built page. */
    dashboardAssets: string;
    /** Whether there is a browser: `describe.runIf(inject('browser'))`. */
    browser: boolean;
  }
}

let assets = '';

/** Builds the page into a folder of its own: tests run beside others that use dist/. @returns the folder */
export async function buildPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fedmesh-dashboard-'));
  const configFile = fileURLToPath(new URL('../../controller/dashboard/web/vite.config.ts', import.meta.url));
  await build({ configFile, build: { outDir: folder, emptyOutDir: true } });
  return folder;
}

/** Vitest calls this once before the first test file of the project. */
export async function setup(project: TestProject): Promise<void> {
  await installBrowser().catch((error: Error) => {
    process.stderr.write(`\nThe browser cannot be installed: ${error.message}\n`);
  });
  const why = await browserObstacle();
  if (why !== undefined && process.env.CI) throw new Error(`no browser: ${why}`);
  if (why !== undefined) process.stderr.write(`\nTests in a browser are skipped: ${why}.\n\n`);
  project.provide('browser', why === undefined);
  assets = await buildPage();
  project.provide('dashboardAssets', assets);
}

export async function teardown(): Promise<void> {
  if (assets !== '') await rm(assets, { recursive: true, force: true });
}
