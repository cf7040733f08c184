import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withEarlier } from '../../../src/cli/earlier-runs.ts';
import type { Report } from '../../../src/model/report.ts';
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

  it('are drills for a drill, and recoveries for a recovery', async () => {
    const siteDrill = { cluster: 'dr-east', approval: 'not asked', dns: [] } as const;
    await keep('toy-recovered', { plan: 'toy', startedAt: day(1) });
    await keep('toy-drilled', { plan: 'toy', startedAt: day(2), siteDrill });

    const recovery = await withEarlier(aReport({ plan: 'toy', startedAt: day(10) }), folder);
    const drill = await withEarlier(aReport({ plan: 'toy', startedAt: day(10), siteDrill }), folder);

    expect(recovery.earlier?.map((one) => one.recovery)).toEqual(['toy-recovered']);
    expect(drill.earlier?.map((one) => one.recovery)).toEqual(['toy-drilled']);
  });

  it('are never the run itself, and leave a report as it is where there are none', async () => {
    const report = aReport({ plan: 'toy', startedAt: day(10) });
    await keep(report.recovery, { plan: 'toy', startedAt: day(1) });

    expect(await withEarlier(report, folder)).toEqual(report);
    expect(await withEarlier(report, join(folder, 'nowhere'))).toEqual(report);
  });
});

/** A Temporal whose every run ended with a report; the list understands as much of the query as is asked. */
function temporalWith(reports: readonly Report[]): Client {
  const typeOf = ({ siteDrill }: Report) => (siteDrill === undefined ? 'recoverSite' : 'drillSite');
  return {
    workflow: {
      list: async function* ({ query }: { readonly query: string }) {
        for (const report of reports) {
          const { recovery, plan, startedAt } = report;
          if (query.includes(`WorkflowType = '${typeOf(report)}'`))
            yield {
              ...{ workflowId: recovery, runId: 'r', type: typeOf(report), status: { name: 'COMPLETED' } },
              ...{ memo: { recovery, plan }, startTime: new Date(startedAt) },
              typedSearchAttributes: { getAll: () => [] },
            };
        }
      },
      getHandle: (id: string) => ({ result: async () => reports.find(({ recovery }) => recovery === id) }),
    },
  } as unknown as Client;
}

describe('earlier runs out of Temporal', () => {
  const siteDrill = { cluster: 'dr-east', approval: 'not asked', dns: [] } as const;
  const all = [
    aReport({ recovery: 'toy-recovered', plan: 'toy', startedAt: day(1) }),
    aReport({ recovery: 'toy-drilled', plan: 'toy', startedAt: day(2), siteDrill }),
    aReport({ recovery: 'other-drilled', plan: 'other', startedAt: day(3), siteDrill }),
  ];

  it.each([
    ['recoveries', {}, ['toy-recovered']],
    ['drills', { siteDrill }, ['toy-drilled']],
  ])('are %s for one of them', async (_what, more, expected) => {
    const report = aReport({ plan: 'toy', startedAt: day(10), ...more });

    const { earlier } = await withEarlier(report, folder, temporalWith(all));

    expect(earlier?.map(({ recovery }) => recovery)).toEqual(expected);
  });
});
