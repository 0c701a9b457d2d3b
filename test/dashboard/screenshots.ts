import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { installBrowser, launch, open } from './browser.ts';
import { FixtureServer } from './fixture-server.ts';
import { buildPage } from './setup.ts';

/** `npm run screenshots [FOLDER]`: each page in light and dark, wide and on a phone, to be looked at. */
const folder = process.argv[2] ?? join('dist', 'screenshots');

const OBJECT = '/objects/federateddeployments.types.kubefed.io';

const PAGES: Readonly<Record<string, string>> = {
  overview: '/',
  clusters: '/clusters',
  cluster: '/clusters/vulcan',
  objects: '/objects',
  'objects-failed': '/objects?state=failed&cluster=vulcan',
  'objects-none': '/objects?search=nothing-like-it',
  object: OBJECT,
  reachability: '/reachability',
  topology: '/topology',
  receipts: '/receipts',
  'no-rights': '/topology#no-rights',
  'sign-in': '/sign-in',
};

await installBrowser();
await mkdir(folder, { recursive: true });
const assets = await buildPage();
const server = new FixtureServer(assets, 5_000);
await server.start();
const failing = server.federation.objects.find(({ state, kind }) => state === 'failed' && kind === 'Deployment');
const browser = await launch();
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, width, height] of [
      ['wide', 1280, 800],
      ['phone', 360, 740],
    ] as const) {
      for (const [name, path] of Object.entries(PAGES)) {
        server.guarded = name === 'sign-in';
        if (name === 'no-rights')
          server.refused.set('topology', {
            status: 403,
            message: 'system:serviceaccount:ops:on-call may not list meshconfigs.',
            hint: 'Ask for the role fedmesh-viewer.',
          });
        else server.refused.clear();
        const at = path === OBJECT && failing ? `${path}/${failing.namespace}/${failing.name}` : path;
        const { page, close } = await open(browser, `${server.url}${at}`, { width, height, colorScheme });
        await isShown(page);
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
        if (size === 'wide') {
          // All of it, below the edge as well: the window grows to what is in the page.
          const tall = await page.evaluate<number>('document.querySelector("main")?.scrollHeight ?? 0');
          if (tall > height) {
            await page.setViewportSize({ width, height: tall + 60 });
            await page.screenshot({ path: join(folder, `${name}-whole-${colorScheme}.png`) });
          }
        }
        await close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
  await rm(assets, { recursive: true, force: true });
}
process.stdout.write(`${folder}\n`);

async function isShown(page: Page): Promise<void> {
  await page.locator('h1').waitFor();
  await page.locator('.loading, .waiting').first().waitFor({ state: 'detached' });
}
