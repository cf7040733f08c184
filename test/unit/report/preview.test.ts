import { describe, expect, it } from 'vitest';
import { type Preview, verdictOf } from '../../../src/model/preview.ts';
import { escaped } from '../../../src/report/html-page.ts';
import { previewHtml } from '../../../src/report/preview-html.ts';
import { previewJson } from '../../../src/report/preview-json.ts';
import { previewLines } from '../../../src/report/preview-terminal.ts';
import { plain } from '../../../src/report/view.ts';

const nasty = '<script>alert("x")</script>';
/** Would clear a terminal. */
const escape = `${String.fromCharCode(27)}[2J`;

const preview: Preview = {
  plan: 'bookstore',
  planSha256: 'ab12',
  site: 'bookstore',
  cluster: { context: 'dr-east', server: 'https://dr-east.test:6443' },
  lookedAt: '2026-11-21T10:00:00.000Z',
  backup: {
    namespace: 'velero',
    name: 'nightly',
    storageLocation: 'default',
    startTimestamp: '2026-11-21T04:00:00Z',
    phase: 'Completed',
  },
  verdict: 'blocked',
  findings: [
    {
      severity: 'block',
      reason: 'KindMissing',
      message: `3 Widget objects of the Backup (step ${nasty}) are of lost.test/v1, which the cluster does not serve; add a crds step`,
      step: 'web',
    },
    { severity: 'warn', reason: 'RpoMissed', message: `the Backup is old${escape}` },
    { severity: 'info', reason: 'LocationWritable', message: 'the location may be written' },
  ],
  steps: [
    { tier: 'namespaces', name: 'basics', driver: 'velero', kinds: { ConfigMap: 1200, Secret: 1 }, objects: 1201 },
    { tier: 'applications', name: 'web', driver: 'velero', kinds: { Deployment: 1 }, objects: 1 },
  ],
  fates: {
    restored: 1202,
    inTheWay: 0,
    there: 0,
    usual: 0,
    platform: 0,
    derived: 0,
    excluded: 1,
    ignored: 0,
    leftOver: 1,
  },
  objects: [
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', fate: 'restored', steps: ['web'] },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      namespace: 'shop',
      name: nasty,
      fate: 'leftOver',
      steps: [],
      why: 'no step of the plan restores it',
    },
    { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1', fate: 'excluded', steps: [], why: 'made anew' },
  ],
  written: 'one DownloadRequest',
};

describe('a preview', () => {
  it('on a terminal: the verdict, what is in the way, the steps in their tiers, what is open', () => {
    const lines = previewLines(preview, { paint: plain, columns: 100 });

    expect(lines[0]).toBe(
      'blocked  bookstore on dr-east: the run would be held until what blocks it is settled (1 in the way, 1 warning)',
    );
    expect(lines).toContain('warn   RpoMissed: the Backup is old [2J');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}basics +1201 objects +1200 ConfigMap, 1 Secret$/));
    expect(lines).toContainEqual(expect.stringMatching(/^2 crds +no steps$/));
    expect(lines.join('\n')).toContain('CronJob shop/');
    expect(lines.filter((line) => line.includes('excluded') || line.includes('Pod'))).toEqual([]);
    expect(lines.at(-1)).toBe('written while looking: one DownloadRequest');
    for (const line of lines.slice(3, 6)) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('as JSON: all of it', () => {
    expect(JSON.parse(previewJson(preview))).toEqual(preview);
  });

  it('as a page that stands alone: every object, every text escaped, nothing loaded, nothing run', () => {
    const page = previewHtml(preview);

    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/<(link|img|iframe|object|form)\b|\b(src|href|on\w+)=|url\(|@import/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    for (const text of ['KindMissing', 'RpoMissed', 'web-1', 'made anew', 'sha256 ab12']) expect(page).toContain(text);
  });

  it('tells what would be quiesced, and when, where the plan quiesces', () => {
    const job = { kind: 'CronJob', namespace: 'shop', name: nasty, how: 'as it comes back', step: 'web' } as const;
    const off = { kind: 'Schedule', namespace: 'velero', name: 'nightly', how: 'was already' } as const;
    const lines = previewLines({ ...preview, quiesce: [job, off] }, { paint: plain, columns: 100 });
    const page = previewHtml({ ...preview, quiesce: [job, off] });

    expect(lines).toContain('quiesced for the time of the run: 2 objects');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}CronJob shop\/.* as it comes back, by step web$/));
    expect(lines).toContainEqual(expect.stringMatching(/Schedule velero\/nightly +is stopped already: left alone/));
    expect(page).toContain('Quiesced for the time of the run: 2');
    expect(page).not.toContain('<script');
    expect(previewLines({ ...preview, quiesce: [] }, { paint: plain, columns: 100 })).toContain(
      'quiesced for the time of the run: nothing was found',
    );
    expect(previewLines(preview, { paint: plain, columns: 100 }).join('\n')).not.toContain('quiesced');
  });

  it('cuts a list that nobody reads, and says so', () => {
    const [first] = preview.objects;
    if (first === undefined) throw new Error('the preview has objects');
    const many = Array.from({ length: 5001 }, (_, index) => ({ ...first, name: `web-${index}` }));
    const page = previewHtml({ ...preview, objects: many });

    expect(page).toContain('web-4999');
    expect(page).not.toContain('web-5000');
    expect(page).toContain('and 1 more object: the JSON form lists all.');
  });

  it('without a Backup and without findings is short', () => {
    const { backup: _backup, ...rest } = preview;
    const bare = { ...rest, findings: [], objects: [], verdict: 'clear' as const };

    expect(previewHtml(bare)).toContain('<p>None was read.</p>');
    expect(previewLines(bare, { paint: plain, columns: 80 }).slice(0, 2)).toEqual([
      'clear  bookstore on dr-east: nothing stands in the way (0 in the way, 0 warnings)',
      'from no Backup, looked at 2026-11-21T10:00:00.000Z',
    ]);
  });

  it.each([
    [[], 'clear'],
    [['info'], 'clear'],
    [['info', 'warn'], 'warnings'],
    [['warn', 'block', 'info'], 'blocked'],
  ] as const)('with findings %j is %s', (severities, verdict) => {
    expect(verdictOf(severities.map((severity) => ({ severity })))).toBe(verdict);
  });

  it('escapes what could end a text or an attribute', () => {
    expect(escaped(`a&b<c>d"e'f`)).toBe('a&amp;b&lt;c&gt;d&quot;e&#39;f');
  });
});
