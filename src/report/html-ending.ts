/**
 * What a run has left and how it was interrupted, as parts of the page. A report names these only where there is
 * something to tell, and one of an older version never does. Pure.
 */
import type { Report } from '../model/report.ts';
import { escaped, htmlTable } from './html-page.ts';

/** What newer runs add to a report. */
export interface Additions {
  readonly siteDrill?: {
    readonly cleanUp?: {
      readonly clean: boolean;
      readonly left: readonly { readonly kind: string; readonly name: string; readonly why: string }[];
    };
  };
}

/** In order; empty ones are left out by the page. */
export function endingParts(report: Report & Additions): readonly string[] {
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
    cleanUp(report),
  ];
}

function cleanUp({ siteDrill }: Additions): string {
  if (siteDrill?.cleanUp === undefined) return '';
  const { clean, left } = siteDrill.cleanUp;
  const said = clean ? '<p class="met">clean: a last look found nothing.</p>' : '<p class="missed">not clean.</p>';
  const still = left.length === 0 ? '' : `\n${list(left.map(({ kind, name, why }) => `${kind} ${name}: ${why}`))}`;
  return `<h2>Clean-up</h2>\n${said}${still}`;
}

function section(title: string, isThere: boolean, body: () => string): string {
  return isThere ? `<h2>${title}</h2>\n${body()}` : '';
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul>`;
}
