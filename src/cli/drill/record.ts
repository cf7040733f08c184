/** What a drill leaves behind: the run's report, with the comparison of the data and what the drill itself did. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataReport, Report } from '../../model/report.ts';
import { reportJson } from '../../report/json.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import { count, secondsText } from '../../report/text.ts';
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

/** Writes `<recovery>.json` and `<recovery>.md`. Returns their paths. */
export async function keepReport(report: DrillReport, stateDir: string): Promise<readonly [string, string]> {
  const folder = join(stateDir, 'reports');
  await mkdir(folder, { recursive: true });
  const json = join(folder, `${report.recovery}.json`);
  const markdown = join(folder, `${report.recovery}.md`);
  await writeFile(json, reportJson(report));
  await writeFile(markdown, `${reportMarkdown(report)}\n${drillSection(report)}`);
  return [json, markdown];
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
