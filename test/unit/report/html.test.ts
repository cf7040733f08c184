import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.ts';
import { reportHtml } from '../../../src/report/html.ts';
import { aLongReport } from '../../support/a-long-report.ts';
import { aReport } from '../../support/a-report.ts';

/** What one reads: no markup, no style. */
function textOf(page: string): string {
  return page
    .replace(/<style>[^]*?<\/style>/, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

describe('the report as a page', () => {
  it('stands alone: it loads nothing and runs nothing', () => {
    const page = reportHtml(aLongReport());

    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(
      /<(script|img|link|iframe|object|embed|use)\b|\b(src|href|srcset)=|url\(|@import|\bon\w+=/i,
    );
  });

  it('says what kept it from plain success before all figures', () => {
    const text = textOf(reportHtml(aLongReport()));
    const order = ['The site is not back', 'Exceptions', '2 errors were accepted by ana', 'Objectives', 'Timeline'];

    expect(order.map((words) => text.indexOf(words))).toEqual(
      order.map((words) => text.indexOf(words)).toSorted((a, b) => a - b),
    );
    expect(text).toContain('Databases are 69 % of the critical path');
  });

  it('says of an objective that was not reached that it was not met, and nothing of one that nobody knows', () => {
    const text = textOf(reportHtml(aReport({ rtoSeconds: null, rpoSeconds: null })));

    expect(text).toContain('RTO: lost until verified 30 min 00 s not reached no ');
    expect(text).toContain('RPO: age of the data 24 h 00 min not known – ');
    expect(text).toContain('The objectives were not met.');
  });

  it('holds what an auditor asks for', () => {
    const text = textOf(reportHtml(aReport()));

    for (const words of [
      'ab'.repeat(32), // of the plan
      'kube-system UID d2a8',
      'velero/nightly-20261120 in default, begun 2026-11-20T03:00:00Z, Completed',
      'ana (stated) ana@laptop looked at it',
      'databases/orders rows-are-back (data) Healthy matched | &quot;at least 1&quot;',
      'shop-data/catalog volumes 2026-11-20 03:00:20 UTC the snapshot',
      'Between the oldest and the newest store lie 20.0 s.',
    ])
      expect(text).toContain(words);
  });

  it('shows what newer runs add: what is left, what was stopped, what was voided, earlier runs of the recovery', () => {
    const run = { workflowId: 'w1', runId: 'r1', startedAt: 'a', endedAt: null, outcome: 'interrupted' };
    const more = {
      leftBehind: ['Restore velero/<x>: still there'],
      quiesce: [{ kind: 'CronJob', namespace: 'shop', name: 'mail', state: 'left quiesced', why: 'gone' }],
      runs: [run, { ...run, workflowId: 'w2' }],
      siteDrill: {
        cluster: 'west',
        approval: 'not asked',
        dns: [],
        cleanUp: {
          clean: false,
          left: [{ kind: 'PersistentVolume', name: 'pv-1', why: 'finalizer' }],
          leftCut: 0,
          seconds: 3,
          notes: [],
        },
      },
      decisions: [{ ...aReport().decisions[0], voided: 'ana is not listed' }],
    };

    const page = reportHtml({ ...aReport(), ...more } as Report);

    expect(page).toContain('<li>Restore velero/&lt;x&gt;: still there</li>');
    expect(textOf(page)).toContain('CronJob shop/mail left quiesced gone');
    expect(textOf(page)).toContain('w2 a – interrupted');
    expect(textOf(page)).toContain('1 object is left PersistentVolume pv-1: finalizer');
    expect(textOf(page)).toContain('approve voided: ana is not listed');
  });

  it('compares with earlier runs, and says where there are none', () => {
    expect(textOf(reportHtml(aReport()))).toContain('No earlier run of this plan is known.');
    expect(textOf(reportHtml(aLongReport()))).toContain('databases 8 min 00 s 100 % slower 4 min 00 s');
  });

  it('escapes whatever the run, a person or a cluster has said', () => {
    const evil = '"><script>alert(1)</script><b x=\'';
    const page = reportHtml(
      aReport({
        site: evil,
        because: evil,
        requestedReason: evil,
        exceptions: [evil],
        tiers: aReport().tiers.map((tier) => ({
          ...tier,
          steps: tier.steps.map((step) => ({ ...step, name: evil, notes: [evil], evidence: [evil] })),
        })),
        decisions: [{ at: aReport().startedAt, kind: 'approve', by: evil, reason: evil, identity: evil }],
      }),
    );

    expect(page).not.toContain('<script');
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  });
});

describe('the timeline', () => {
  const widths = (page: string): readonly number[] =>
    [...page.matchAll(/<rect class="(?:engine|gate)" x="([\d.]+)%" width="([\d.]+)%"/g)].map(
      ([, x, width]) => Number(x) + Number(width),
    );

  it('marks the steps on the critical path and no others', () => {
    const page = reportHtml(aLongReport());

    expect(page).toContain('<g class="critical"><text x="10" y="46"><tspan class="name">◆ basics</tspan>');
    expect(page).toContain('<tspan class="name">database-2</tspan>');
    expect(page).not.toContain('◆ database-2<');
    expect(page).toContain('<g class="failed"><text x="10" y="78"><tspan class="name">◆ audit-log</tspan>');
  });

  it('keeps every bar inside the picture, also of steps that took no time', () => {
    const ends = widths(reportHtml(aLongReport()));

    expect(ends.length).toBeGreaterThan(60);
    expect(Math.max(...ends)).toBeLessThanOrEqual(100.001);
    expect(reportHtml(aLongReport())).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('cuts a long name in the middle and keeps it whole where one points', () => {
    const page = reportHtml(aLongReport());

    expect(page).toContain('<tspan class="name">analytics-warehouse-w…as-it-may-be</tspan>');
    expect(page).toContain('<title>databases/analytics-warehouse-with-a-name-that-somebody');
  });

  it('is a sentence where the run ended before the first tier', () => {
    const tiers = aReport().tiers.map((tier) => ({ ...tier, startedAt: null, healthyAt: null, steps: [] }));
    const { phaseOneGateAt: _gate, phaseTwoAt: _two, verifiedAt: _never, ...report } = aReport({ tiers });

    expect(textOf(reportHtml(report))).toContain('Timeline No tier was begun.');
  });

  it('says of steps without times that none were recorded, as older reports have them', () => {
    const tiers = aReport().tiers.map((tier) => ({
      ...tier,
      steps: tier.steps.map(({ startedAt: _a, restoredAt: _b, healthyAt: _c, ...step }) => step),
    }));

    expect(textOf(reportHtml(aReport({ tiers })))).toContain('orders its times were not recorded');
  });
});
