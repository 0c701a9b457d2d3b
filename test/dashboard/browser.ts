import { type Browser, chromium, type Page } from 'playwright-core';
import { installPackages, programPath } from '../netlab/packages.ts';

/** The browser, and letters for it to write with. */
const PACKAGES = { chromium: 'chromium fonts-dejavu-core' };

/** Generous: other programs may have the processor. */
const PATIENCE_MS = 30_000;

/** Gets Debian's browser where it is not there yet. */
export async function installBrowser(): Promise<void> {
  await installPackages(PACKAGES);
}

/** Why there can be no tests in a browser here, in words; undefined: there can be. */
export async function browserObstacle(): Promise<string | undefined> {
  return (await programPath('chromium')) === undefined
    ? 'chromium is not installed (apt-get install chromium)'
    : undefined;
}

export async function launch(): Promise<Browser> {
  const executablePath = await programPath('chromium');
  if (executablePath === undefined) throw new Error('chromium is not installed: apt-get install chromium');
  // As root there is no sandbox of its own; the pages are ours. /dev/shm is small in containers.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  return chromium.launch({ executablePath, args, timeout: PATIENCE_MS * 2 });
}

export interface Looks {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export interface Opened {
  readonly page: Page;
  /** What the page complained of, broken rules of its Content-Security-Policy among it, and what it asked of other servers. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function open(browser: Browser, url: string, looks: Looks = {}): Promise<Opened> {
  const { width = 1280, height = 800, colorScheme = 'light' } = looks;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // What the server refuses is told of by the page itself, and asserted where it is meant.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}
