import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import { aLongReport } from '../support/a-long-report.ts';
import { aReport } from '../support/a-report.ts';
import { launchBrowser } from '../support/chromium.ts';

/** Where the tests' pictures are kept; git ignores it. */
const pictures = join(import.meta.dirname, '../../.rekindle/screenshots');

const reports = { 'small-report': aReport(), 'long-report': aLongReport() };

/** A4 between the margins of the page's own style, 14 mm each, in CSS pixels. */
const paperWidth = Math.floor(((210 - 2 * 14) / 25.4) * 96);

const media = [
  { name: 'desk', width: 1280, media: 'screen' },
  { name: 'phone', width: 375, media: 'screen' },
  { name: 'paper', width: paperWidth, media: 'print' },
] as const;

/** What of a page would have to be scrolled to sideways: how far the page itself, what reaches over its edge or is cut. */
interface Sideways {
  readonly more: number;
  readonly over: readonly string[];
  readonly cut: readonly string[];
}

// Text, for it runs in the page: this program knows no document.
const sidewaysScript = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const all = [...document.querySelectorAll('body *')];
  const words = (element) => element.tagName + ' ' + element.className + ' ' + element.textContent.slice(0, 60);
  const isOver = (element) => {
    const { right, width } = element.getBoundingClientRect();
    return width > 0 && right > clientWidth + 1;
  };
  const isCut = (element) =>
    element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible';
  return { more: scrollWidth - clientWidth, over: all.filter(isOver).map(words), cut: all.filter(isCut).map(words) };
})()`;

/** One of the timeline's pictures: the size that it really has, and how many of its bars are seen inside it. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly bars: number;
  readonly seen: number;
}

const timelineScript = `[...document.querySelectorAll('figure svg[role="img"]')].map((svg) => {
  const { width, height, left, right } = svg.getBoundingClientRect();
  const bars = [...svg.querySelectorAll('g rect')];
  const isSeen = (bar) => {
    const place = bar.getBoundingClientRect();
    return place.width > 0 && place.height > 0 && place.left >= left - 1 && place.right <= right + 1;
  };
  return { width, height, bars: bars.length, seen: bars.filter(isSeen).length };
})`;

describe('the report as a page, in a browser', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    folder = await mkdtemp(join(tmpdir(), 'rekindle-report-'));
    mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(
    Object.entries(reports).flatMap(([name, report]) => media.map((how) => ({ name, report, on: how.name, how }))),
  )('$name is read on $on without scrolling sideways, timeline and all', async ({ name, report, how }) => {
    const file = join(folder, `${name}.html`);
    await writeFile(file, reportHtml(report));
    const page = await browser.newPage({ viewport: { width: how.width, height: 900 } });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('requestfailed', (request) => said.push(request.url()));
    await page.emulateMedia({ media: how.media, colorScheme: 'light' });

    await page.goto(pathToFileURL(file).href);
    await page.screenshot({ path: join(pictures, `${name}-${how.name}.png`), fullPage: true });

    expect(await page.evaluate<Sideways>(sidewaysScript)).toEqual({ more: 0, over: [], cut: [] });
    const timeline = await page.evaluate<readonly Picture[]>(timelineScript);
    expect(timeline.length).toBeGreaterThan(2);
    for (const { width, height, bars, seen } of timeline) {
      expect(width).toBeGreaterThan(how.width * 0.8);
      expect(height).toBeGreaterThan(30);
      expect(seen).toBe(bars);
    }
    expect(await page.getByRole('heading', { name: 'Timeline' }).isVisible()).toBe(true);
    // Its own rules forbid it to load or to run anything: nothing was tried.
    expect(said).toEqual([]);
    await page.close();
  });

  it('comes out of a printer on pages of paper, with its text', async () => {
    const page = await browser.newPage();
    await page.setContent(reportHtml(aLongReport()));

    const pdf = await page.pdf({ path: join(pictures, 'long-report.pdf'), format: 'A4', preferCSSPageSize: true });

    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.length).toBeLessThan(20);
    await page.close();
  });
});
