/** What a drill leaves behind: the run's report, with the comparison of the data and what the drill itself did. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataReport, Report } from '../../model/report.ts';
import { escaped, htmlTable } from '../../report/html-page.ts';
import { reportHtml } from '../../report/html.ts';
import { reportJson } from '../../report/json.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import { count, secondsText } from '../../report/text.ts';
import { withEarlier } from '../earlier-runs.ts';
import type { Killed } from './killer.ts';
import type { PartTime } from './parts.ts';

export interface DrillReport extends Report {
  readonly drill: {
    readonly parts: readonly PartTime[];
    readonly killed: Killed | null;
  };
}

/** A store that is not equal makes the outcome `failed`, whatever the run thought of itself. */
export function drillReport(
  report: Report,
  data: readonly DataReport[],
  parts: readonly PartTime[],
  killed: Killed | undefined,
): DrillReport {
  return { ...report, ...judged(report, data), data: [...data], drill: { parts: [...parts], killed: killed ?? null } };
}

/** What the run said of its failure stays: it explains why the data is not there. */
function judged(report: Report, data: readonly DataReport[]): Partial<Report> {
  const wrong = data.filter(({ equal }) => !equal);
  if (wrong.length === 0) return {};
  const lost = `the data of ${count(wrong.length, 'store')} did not come back (${wrong.map(({ store }) => store).join(', ')})`;
  if (report.outcome === 'failed' || report.outcome === 'aborted')
    return { because: report.because === undefined ? lost : `${report.because}; ${lost}` };
  return { outcome: 'failed', because: `the run ended as ${report.outcome}, but ${lost}` };
}

/** Where a report was written. */
export interface KeptReport {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

/** Writes `<recovery>.json`, `.md` and `.html`, compared with the drills that are kept already. */
export async function keepReport(drilled: DrillReport, stateDir: string): Promise<KeptReport> {
  const folder = join(stateDir, 'reports');
  await mkdir(folder, { recursive: true });
  const report = { ...drilled, ...(await withEarlier(drilled, stateDir)) };
  const at = (ending: string): string => join(folder, `${report.recovery}.${ending}`);
  const kept = { json: at('json'), markdown: at('md'), html: at('html') };
  await writeFile(kept.json, reportJson(report));
  await writeFile(kept.markdown, `${reportMarkdown(report)}\n${drillSection(report)}`);
  await writeFile(kept.html, reportHtml(report, [drillHtml(report)]));
  return kept;
}

function drillHtml({ drill }: DrillReport): string {
  const rows = drill.parts.map(({ name, seconds }) => [name, secondsText(seconds)]);
  const killed = escaped(killedText(drill.killed).replaceAll('`', ''));
  return `<h2>The drill</h2>\n<p>${killed}</p>\n${htmlTable(['part', 'time'], rows)}`;
}

function drillSection({ drill }: DrillReport): string {
  const lines = drill.parts.map(({ name, seconds }) => `| ${name} | ${secondsText(seconds)} |`);
  return `## The drill\n\n${killedText(drill.killed)}\n\n| part | time |\n| --- | --- |\n${lines.join('\n')}\n`;
}

function killedText(killed: Killed | null): string {
  if (killed === null) return 'No worker was killed.';
  const place = [killed.tier, killed.step].filter((part) => part !== undefined).join('/');
  const after =
    killed.wentOn === undefined
      ? ''
      : `; \`${killed.wentOn.worker}\` went on after ${secondsText(killed.wentOn.seconds)}`;
  return `Worker \`${killed.worker}\` was killed at ${killed.at}, in the middle of ${place}${after}.`;
}
