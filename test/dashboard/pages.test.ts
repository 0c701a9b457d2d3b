import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import axe, { type Result } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launch, open } from './browser.ts';
import { FixtureServer } from './fixture-server.ts';

/** Address, and what is to be seen before anything is asserted. */
const PAGES: readonly (readonly [path: string, shown: string])[] = [
  ['/', 'What changed in the last hour'],
  ['/clusters', 'vulcan'],
  ['/clusters/vulcan', 'Since you opened the page'],
  ['/objects', 'What is amiss'],
  ['/objects?search=nothing-like-it', 'No object matches'],
  ['OBJECT', 'In the clusters'],
  ['/reachability', 'What is amiss'],
  ['/topology', 'Gateways'],
  ['/receipts', 'Unjoined clusters'],
  ['/nowhere', 'There is nothing at this address'],
];

it('the whole page, its charts too, is under 120 kB as it travels', () => {
  const folder = inject('dashboardAssets');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.map(({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name))).length);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
});

describe.runIf(inject('browser'))('each page', () => {
  let server: FixtureServer;
  let browser: Browser;
  let objectPath = '';

  beforeAll(async () => {
    server = new FixtureServer(inject('dashboardAssets'), 3_000);
    await server.start();
    browser = await launch();
    const { type, namespace, name } = server.federation.objects[5] ?? { type: '', name: '' };
    objectPath = `/objects/${type}/${namespace}/${name}`;
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it.each(['light', 'dark'] as const)(
    'can be used with a screen reader and read by all, in %s',
    async (colorScheme) => {
      const { page, complaints, close } = await open(browser, `${server.url}/`, { colorScheme });
      for (const [path, shown] of PAGES) {
        await page.goto(`${server.url}${path === 'OBJECT' ? objectPath : path}`);
        await page.getByText(shown).first().waitFor();
        await settled(page);
        expect({ path, found: await serious(page) }).toEqual({ path, found: [] });
      }
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it('fits a phone 360 px wide, without scrolling sideways', async () => {
    const { page, complaints, close } = await open(browser, `${server.url}/`, { width: 360, height: 740 });
    for (const [path, shown] of PAGES) {
      await page.goto(`${server.url}${path === 'OBJECT' ? objectPath : path}`);
      await page.getByText(shown).first().waitFor({ state: 'attached' });
      await settled(page);
      const beyond = await page.evaluate<string[]>(
        `[document.documentElement, document.querySelector('main')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.tagName)`,
      );
      expect({ path, beyond }).toEqual({ path, beyond: [] });
    }
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Receipts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Receipts' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('says in plain words when one has no right to it, and when the server fails', async () => {
    server.refused.set('topology', { status: 403, message: 'You may not list meshconfigs.', hint: 'Ask for it.' });
    server.refused.set('reachability', { status: 500, message: 'The store is not there.' });
    const { page, close } = await open(browser, `${server.url}/topology`);
    await page.getByText('You may not see this').waitFor();
    await page.getByText('Ask for it.').waitFor();
    await page.getByRole('link', { name: 'Reachability' }).click();
    await page.getByText('The server could not answer').waitFor();
    server.refused.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: /Matrix/ }).waitFor();
    await page.goto(`${server.url}/clusters/nobody`);
    await page.getByText('Not there', { exact: true }).waitFor();
    await close();
  });

  it('remembers the colours that one chose', async () => {
    const { page, close } = await open(browser, `${server.url}/`);
    await page.getByLabel('Theme').selectOption('dark');
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.evaluate<string>('document.documentElement.dataset.theme')).toBe('dark');
    await close();
  });
});

async function settled(page: Page): Promise<void> {
  await page.locator('.loading, .waiting').first().waitFor({ state: 'detached' });
}

/** What axe finds serious or critical; its script comes over the debugger, past the page's policy. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<Result[]>('axe.run().then(({ violations }) => violations)');
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
    );
}
