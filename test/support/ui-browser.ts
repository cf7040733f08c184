/** A page in a headless Chromium, and pictures of it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from './chromium.ts';

/** Where the tests' pictures are kept; git ignores it. */
const pictures = join(import.meta.dirname, '../../.rekindle/screenshots');

export interface UiBrowser {
  readonly page: Page;
  /** Keeps a picture of the page under this name. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Brings a browser with one page. */
export async function openBrowser(): Promise<UiBrowser> {
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  // On a busy machine a page takes its time.
  page.setDefaultTimeout(60_000);
  mkdirSync(pictures, { recursive: true });
  const picture = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  return { page, picture, close: () => browser.close() };
}
