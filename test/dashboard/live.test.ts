import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launch, open } from './browser.ts';
import { FixtureServer, TOKEN } from './fixture-server.ts';

const MANY = 100_000;
const FEW = 2_000;

describe.runIf(inject('browser'))('on the page', () => {
  let server: FixtureServer;
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
    server = new FixtureServer(inject('dashboardAssets'), FEW);
    await server.start();
  });

  beforeEach(() => {
    server.guarded = false;
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('100,000 objects are scrolled through with only the rows in sight in the document', async () => {
    const large = new FixtureServer(inject('dashboardAssets'), MANY);
    await large.start();
    const { page, complaints, close } = await open(browser, `${large.url}/objects?sort=name`);
    const rows = page.locator('.grid-height [role=row]');
    await page.getByRole('link', { name: /billing-000001/ }).waitFor();
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(MANY + 1));
    expect(await rows.count()).toBeLessThan(50);

    await page.evaluate("document.querySelector('.grid-body').scrollTop = 1600000");
    await page.locator('[aria-rowindex="50002"] a').waitFor();
    expect(await rows.count()).toBeLessThan(50);

    const elements = await page.evaluate<number>("document.querySelectorAll('*').length");
    expect(elements).toBeLessThan(1_500);
    // Two pages of rows around each place, not the hundred thousand.
    expect(large.requests.filter((request) => request.startsWith('objects?')).length).toBeLessThan(12);
    expect(complaints).toEqual([]);
    await close();
    await large.stop();
  });

  it('everything is reached with the keyboard', async () => {
    const { page, close } = await open(browser, `${server.url}/`);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Skip to the content');
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /Objects/ })
      .focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Objects' }).waitFor();
    await page.locator('h1:focus').waitFor();

    const grid = page.getByRole('grid');
    await page.locator('.cell-name a').first().waitFor();
    await grid.focus();
    await page.keyboard.press('End');
    await page.locator(`[role=grid][aria-activedescendant=row-${FEW - 1}]:focus`).waitFor();
    await page.locator(`#row-${FEW - 1} a`).waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    const second = page.locator('#row-1 a');
    await second.waitFor();
    const name = (await second.textContent()) ?? '';
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Objects' }).waitFor();
    await close();
  });

  it('whoever opens a link with filters sees the same list', async () => {
    const first = await open(browser, `${server.url}/objects`);
    await first.page.getByRole('button', { name: /Failed/ }).click();
    await first.page.getByRole('searchbox', { name: /Search objects/ }).fill('billing');
    await first.page.waitForURL(/search=billing/);
    await first.page.locator('details.pick', { hasText: 'Type' }).locator('summary').click();
    await first.page.getByRole('checkbox', { name: 'FederatedSecret' }).check();
    await first.page.waitForURL(/type=federatedsecrets/);
    await first.page.getByText(/\d+ found/).waitFor();
    const url = first.page.url();
    await first.page.locator('.cell-kind', { hasNotText: 'Secret' }).first().waitFor({ state: 'detached' });
    const shown = await first.page.locator('.page-head').textContent();
    await first.close();

    const second = await open(browser, url);
    await second.page.getByText(/\d+ found/).waitFor();
    await second.page.locator('.cell-kind', { hasText: 'Secret' }).first().waitFor();
    expect(await second.page.locator('.page-head').textContent()).toBe(shown);
    expect(await second.page.getByRole('searchbox', { name: /Search objects/ }).inputValue()).toBe('billing');
    await second.close();
  });

  it('a change is shown as it happens', async () => {
    const { page, close } = await open(browser, `${server.url}/clusters`);
    await page.getByText('Live', { exact: true }).waitFor();
    const row = page.getByRole('row', { name: /earth/ });
    await row.getByText('Ready').waitFor();
    const { federation } = server;
    federation.clusters = federation.clusters.map((cluster) =>
      cluster.name === 'earth' ? { ...cluster, state: 'notReady', message: 'It does not answer.' } : cluster,
    );
    server.tell({ clusters: federation.clusters.filter(({ name }) => name === 'earth') });
    await row.getByText('Not ready').waitFor();
    await row.getByText('It does not answer.').waitFor();

    await page.goto(`${server.url}/objects?search=shop-000000`);
    await page.getByRole('row', { name: /shop-000000.*3\/3/ }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    federation.objects = federation.objects.map((object, index) =>
      index === 0 ? { ...object, state: 'failed', ok: 2 } : object,
    );
    server.tell({ objects: federation.objects.slice(0, 1) });
    await page.getByRole('row', { name: /Failed.*shop-000000.*2\/3/ }).waitFor();
    await close();
  });

  it('a server that goes is told at once, with what was known still in sight, and so is its return', async () => {
    const { page, close } = await open(browser, `${server.url}/clusters`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'vulcan' }).waitFor();
    await server.stop();
    try {
      await page.getByText('Offline', { exact: true }).waitFor();
      await page.getByText(/No updates since \d\d:\d\d:\d\d/).waitFor();
      expect(await page.getByRole('link', { name: 'vulcan' }).isVisible()).toBe(true);
    } finally {
      await server.start();
    }
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.getByText(/No updates since/).count()).toBe(0);
    await close();
  });

  it('figures that the server itself holds for old are shown as old', async () => {
    const { federation } = server;
    federation.freshness = { state: 'stale', since: new Date().toISOString(), why: 'its watch of the host broke.' };
    const { page, close } = await open(browser, `${server.url}/`);
    await page.getByText(/its watch of the host broke/).waitFor();
    await page.getByText('Stale', { exact: true }).waitFor();
    federation.freshness = { state: 'live' };
    await close();
  });

  it('whoever signs in sees the page, an ended session leads to signing in and back to the same page', async () => {
    server.guarded = true;
    const { page, close } = await open(browser, `${server.url}/objects?state=failed`);
    const field = page.getByLabel('A token of the host cluster');
    await field.fill('not-a-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The host cluster does not accept this token.').waitFor();
    await field.fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Objects' }).waitFor();
    expect(page.url()).toBe(`${server.url}/objects?state=failed`);
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(kept).toBe('[{},{},""]');

    await page.getByText('Live', { exact: true }).waitFor();
    server.endSessions();
    await page.getByText('Your session has ended.').waitFor();
    await field.fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Objects' }).waitFor();
    expect(page.url()).toBe(`${server.url}/objects?state=failed`);
    await close();
  });
});
