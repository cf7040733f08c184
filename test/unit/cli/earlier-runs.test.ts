import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withEarlier } from '../../../src/cli/earlier-runs.ts';
import { reportJson } from '../../../src/report/json.ts';
import { aReport } from '../../support/a-report.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-earlier-'));
  await mkdir(join(folder, 'reports'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T04:00:00.000Z`;

async function keep(name: string, changes: Parameters<typeof aReport>[0]): Promise<void> {
  await writeFile(join(folder, 'reports', `${name}.json`), reportJson(aReport({ recovery: name, ...changes })));
}

describe('earlier runs out of the reports that are kept', () => {
  it('are the newest five of the same plan that came before', async () => {
    for (const number of [3, 1, 2, 6, 5, 4]) await keep(`toy-${number}`, { plan: 'toy', startedAt: day(number) });
    await keep('other', { plan: 'other', startedAt: day(7) });
    await keep('later', { plan: 'toy', startedAt: day(20) });
    await writeFile(join(folder, 'reports', 'broken.json'), '{');
    await writeFile(join(folder, 'reports', 'toy-6.html'), '<p>');

    const { earlier } = await withEarlier(aReport({ plan: 'toy', startedAt: day(10) }), folder);

    expect(earlier?.map(({ recovery }) => recovery)).toEqual(['toy-6', 'toy-5', 'toy-4', 'toy-3', 'toy-2']);
    expect(earlier?.[0]).toEqual({
      recovery: 'toy-6',
      startedAt: day(6),
      outcome: 'recovered',
      rtoSeconds: 80,
      tiers: expect.objectContaining({ databases: 9 }),
    });
  });

  it('are never the run itself, and leave a report as it is where there are none', async () => {
    const report = aReport({ plan: 'toy', startedAt: day(10) });
    await keep(report.recovery, { plan: 'toy', startedAt: day(1) });

    expect(await withEarlier(report, folder)).toEqual(report);
    expect(await withEarlier(report, join(folder, 'nowhere'))).toEqual(report);
  });
});
