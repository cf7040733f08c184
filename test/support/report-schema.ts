/** Whether a report is as `docs/report.schema.json` says. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

/** The published schema, as a file. */
export const reportSchemaFile = new URL('../../docs/report.schema.json', import.meta.url);

const published = JSON.parse(readFileSync(reportSchemaFile, 'utf8')) as object;
const validate = new Ajv({ strictTypes: false, validateFormats: false }).compile(published);

/** What is wrong with it; empty where it fits. */
export function faultsOfReport(report: unknown): readonly unknown[] {
  return validate(JSON.parse(JSON.stringify(report))) ? [] : (validate.errors ?? []);
}
