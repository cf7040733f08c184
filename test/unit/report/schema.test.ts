import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Report } from '../../../src/model/report.ts';
import { reportJson } from '../../../src/report/json.ts';
import { reportJsonSchemaText, type reportSchema } from '../../../src/report/schema.ts';
import { aLongReport } from '../../support/a-long-report.ts';
import { aReport } from '../../support/a-report.ts';
import { faultsOfReport, reportSchemaFile } from '../../support/report-schema.ts';

const histories = new URL('../../workflow/histories/recoverSite/', import.meta.url);

/** The same type, that may be written to. */
type Writable<T> = T extends readonly (infer E)[]
  ? Writable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;

/** Does not compile where the schema asks for what the type does not promise. */
const asPublished = (report: Writable<Report>): z.infer<typeof reportSchema> => report;

/** The reports that recorded runs closed with. One that only looked has none. */
function recordedReports(): readonly (readonly [file: string, report: unknown])[] {
  const files = readdirSync(histories).filter((file) => !file.startsWith('only-looked@'));
  return files.map((file) => {
    const text = readFileSync(new URL(file, histories), 'utf8');
    const payloads = [...text.matchAll(/"data": ?"([A-Za-z0-9+/=]{200,})"/g)].map(([, data = '']): unknown =>
      JSON.parse(Buffer.from(data, 'base64').toString('utf8')),
    );
    return [file, payloads.findLast((value) => typeof value === 'object' && value !== null && 'outcome' in value)];
  });
}

describe('the published schema of a report', () => {
  it('is made from the code: `npm run schema` writes it', () => {
    expect(readFileSync(reportSchemaFile, 'utf8')).toBe(reportJsonSchemaText());
  });

  it.each([
    ['a small one', aReport()],
    ['a large one', aLongReport()],
    ['what is printed', JSON.parse(reportJson(aReport())) as unknown],
  ])('takes %s', (_, report) => {
    expect(faultsOfReport(report)).toEqual([]);
  });

  it.each(recordedReports())('takes the report of the recorded run %s', (_, report) => {
    expect(report).toBeDefined();
    expect(faultsOfReport(report)).toEqual([]);
  });

  it('asks for nothing that the type does not promise', () => {
    expect(asPublished(structuredClone(aReport()) as Writable<Report>)).toEqual(aReport());
  });

  it('takes what later versions add, wherever they add it', () => {
    const report = aReport();
    const tiers = report.tiers.map((tier) => ({
      ...tier,
      steps: tier.steps.map((step) => ({ ...step, colour: 'red' })),
    }));
    const decisions = report.decisions.map((decision) => ({ ...decision, kind: 'skipStep', voided: 'not listed' }));

    expect(faultsOfReport({ ...report, tiers, decisions, runs: [{ runId: 'a' }], leftBehind: [] })).toEqual([]);
  });

  it.each([
    ['no outcome', { ...aReport(), outcome: undefined }],
    ['an outcome that is none', { ...aReport(), outcome: 'fine' }],
    ['a negative time', { ...aReport(), rtoSeconds: -1 }],
    ['a tier that is none', { ...aReport(), tiers: [{ ...aReport().tiers[0], name: 'middle' }] }],
    ['no list of tiers', { ...aReport(), tiers: {} }],
  ])('refuses %s', (_, report) => {
    expect(faultsOfReport(report)).not.toEqual([]);
  });
});
