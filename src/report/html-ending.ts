/**
 * What a run has left and how it was interrupted, as parts of the page. A report names these only where there is
 * something to tell, and one of an older version never does. Pure.
 */
import type { Report } from '../model/report.ts';
import { escaped, htmlTable } from './html-page.ts';
import { siteDrillLines } from './site-drill.ts';

/** In order; empty ones are left out by the page. */
export function endingParts(report: Report): readonly string[] {
  const drill = siteDrillLines(report).map((line) => line.trim());
  const { leftBehind = [], runs = [], quiesce = [] } = report;
  return [
    section('Left behind', leftBehind.length > 0, () => list(leftBehind)),
    section('Quiesced', quiesce.length > 0, () =>
      htmlTable(
        ['object', 'at the end', 'why'],
        quiesce.map(({ kind, namespace, name, state, why }) => [`${kind} ${namespace}/${name}`, state, why ?? '']),
      ),
    ),
    section('Runs of this recovery', runs.length > 1, () =>
      htmlTable(
        ['workflow', 'started', 'ended, or last seen', 'outcome'],
        runs.map((run) => [run.workflowId, run.startedAt, run.endedAt ?? '–', run.outcome]),
      ),
    ),
    section('Drill', drill.length > 0, () => list(drill)),
  ];
}

function section(title: string, isThere: boolean, body: () => string): string {
  return isThere ? `<h2>${title}</h2>\n${body()}` : '';
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul>`;
}
