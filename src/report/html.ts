/** The report as one HTML page that stands alone, for a screen, a phone and paper. Exceptions come first. Pure. */
import type { Report } from '../model/report.ts';
import type { Outcome } from '../model/run.ts';
import { dominantTier, timeParts, totalOf } from './analysis.ts';
import { escaped, type Html, htmlPage, htmlTable, unbroken } from './html-page.ts';
import { endingParts } from './html-ending.ts';
import { evidenceParts } from './html-evidence.ts';
import { timeline, timelineStyle } from './html-timeline.ts';
import { countedFromText, exceptionLines, metSentence, objectiveRows } from './facts.ts';
import { outcomeMeaning, percent, secondsText, sentence } from './text.ts';

const style = `
  .recovered { background: var(--good); } .recovered-with-exceptions, .inconclusive { background: var(--odd); } .failed, .aborted { background: var(--bad); }
  .lead { font-size: 1.05em; } .missed { color: var(--bad); font-weight: 600; } .met { color: var(--good); }
  .exceptions { border-left: 4px solid var(--odd); padding: .1em 1em; margin: 1em 0; } .exceptions.none { border-color: var(--good); }
  .share { display: flex; height: 20px; border-radius: 4px; overflow: hidden; margin: .6em 0; } .share i { display: block; min-width: 1px; }
  .before { background: #57606a; } .criticalPath { background: #0a58ca; } .settle { background: #6ea8fe; } .decision { background: #d4a72c; } .crash { background: #b3261e; } .overhead { background: #a0a8b0; }
  i.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .5em; }
${timelineStyle}
  @media (max-width: 640px) {
    body { margin: 1em auto; } table.rows thead { display: none; } table.rows tr { display: block; border-bottom: 2px solid var(--line); padding: .3em 0; }
    table.rows td { display: grid; grid-template-columns: 7.5em 1fr; gap: .6em; border: 0; padding: .1em 0; } table.rows td::before { content: attr(data-label); color: var(--quiet); }
    table.rows td.empty { display: none; }
  }
  @media print {
    :root { color-scheme: light; --ink: #000; --paper: #fff; --quiet: #444; --line: #bbb; }
    body { font-size: 9.5pt; line-height: 1.35; max-width: none; margin: 0; padding: 0; } table { font-size: 8.5pt; } th, td { padding: .2em .4em; } h2 { margin-top: 1.4em; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; } thead { display: table-header-group; }
    .badge, .share i, i.key, svg rect { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    @page { margin: 14mm; }
  }
`;

/** The whole page; `more` is markup of its own for the end. */
export function reportHtml(report: Report, more: readonly string[] = []): string {
  const parts = [
    heading(report),
    exceptions(report),
    objectives(report),
    times(report),
    `<h2>Timeline</h2>\n${timeline(report)}`,
    ...endingParts(report),
    ...evidenceParts(report),
    ...more,
  ];
  return htmlPage(`${report.site}: ${report.outcome} (${report.recovery})`, parts, style);
}

const outcomeClass: { readonly [O in Outcome]: string } = {
  recovered: 'recovered',
  'recovered-with-exceptions': 'recovered-with-exceptions',
  inconclusive: 'inconclusive',
  aborted: 'aborted',
  failed: 'failed',
};

function heading(report: Report): string {
  const { site, outcome, recovery, plan, cluster, because, requestedReason } = report;
  const lines = [
    `<b>${escaped(sentence(outcomeMeaning[outcome]))}</b>${because === undefined ? '' : ` ${escaped(sentence(because))}`}`,
    `Recovery <code>${escaped(recovery)}</code> by plan <code>${escaped(plan)}</code> into cluster <code>${escaped(cluster.context)}</code>, begun ${escaped(report.startedAt)}, ended ${escaped(report.endedAt)}.`,
    ...(requestedReason === undefined ? [] : [`Requested because: ${escaped(requestedReason)}`]),
  ];
  return `<h1>${escaped(site)} <span class="badge ${outcomeClass[outcome]}">${escaped(outcome)}</span></h1>
${lines.map((line, index) => `<p${index === 0 ? ' class="lead"' : ''}>${line}</p>`).join('\n')}`;
}

function exceptions(report: Report): string {
  const lines = exceptionLines(report);
  if (lines.length === 0) return '<div class="exceptions none"><p>No exceptions.</p></div>';
  return `<div class="exceptions"><h2>Exceptions</h2><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')}</ul></div>`;
}

function objectives(report: Report): string {
  const rows = objectiveRows(report).map(({ name, wanted, achieved, met }) => [name, wanted, achieved, metCell(met)]);
  return `<h2>Objectives</h2>
${htmlTable(['objective', 'wanted', 'achieved', 'met'], rows)}
<p>${escaped(metSentence(report))} ${escaped(countedFromText(report))}</p>`;
}

function metCell(met: boolean | undefined): Html {
  if (met === undefined) return { html: '–' };
  return { html: met ? '<span class="met">yes</span>' : '<span class="missed">no</span>' };
}

function times(report: Report): string {
  const parts = timeParts(report);
  const bar = parts
    .filter(({ seconds }) => seconds > 0)
    .map(
      ({ key, name, share }) =>
        `<i class="${key}" style="width:${(share * 100).toFixed(2)}%" title="${escaped(`${name}: ${percent(share)}`)}"></i>`,
    );
  const rows = parts.map(({ key, name, seconds, share }) => [
    { html: `<span><i class="key ${key}"></i>${escaped(name.replaceAll('`', ''))}</span>` },
    unbroken(secondsText(seconds)),
    percent(share),
  ]);
  const total = ['together', secondsText(totalOf(parts)), '100 %'];
  const dominant = dominantTier(report);
  return `<h2>Where the time went</h2>
${dominant === undefined ? '' : `<p class="lead">${escaped(dominant)}.</p>`}
<div class="share" aria-hidden="true">${bar.join('')}</div>
${htmlTable(['part', 'time', 'share'], [...rows, total])}`;
}
