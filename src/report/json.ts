import type { Report } from '../model/report.ts';

/** The report as JSON, for programs and archives: two spaces, a line feed at the end. */
export function reportJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
