/** The parts of the page that an auditor reads: what was restored, seen, decided, and where it comes from. Pure. */
import type { Report, StepReport, TierReport } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { skewText } from './analysis.ts';
import { checkRows, comparedRows, completenessRows, decisionText, provenanceRows } from './facts.ts';
import { escaped, type Html, htmlTable, unbroken } from './html-page.ts';
import { count, grouped, secondsBetween, secondsText } from './text.ts';

/** In order; empty ones are left out by the page. */
export function evidenceParts(report: Report): readonly string[] {
  return [
    comparison(report),
    stores(report),
    steps(report),
    checks(report),
    data(report),
    decisions(report),
    crashes(report),
    completeness(report),
    provenance(report),
  ];
}

/** `2026-11-21 04:00:41 UTC`: to the second, as people read it. */
function clock(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const code = (text: string): Html => ({ html: `<code>${escaped(text)}</code>` });

function comparison(report: Report): string {
  if ((report.earlier ?? []).length === 0)
    return '<h2>Compared with earlier runs</h2>\n<p>No earlier run of this plan is known.</p>';
  const { head, rows } = comparedRows(report);
  return `<h2>Compared with earlier runs</h2>\n${htmlTable(head, rows)}`;
}

function stores(report: Report): string {
  const list = report.stores ?? [];
  if (list.length === 0) return '';
  const rows = list.map(({ store, step, dataAt, dataAtIs, rpoSeconds }) => [
    store,
    step ?? 'no step takes it',
    unbroken(clock(dataAt)),
    dataAtIs,
    unbroken(secondsText(rpoSeconds)),
  ]);
  const skew = skewText(list);
  return `<h2>Age of the data</h2>
${htmlTable(['store', 'restored by', 'its data is of', 'by', 'RPO'], rows)}${skew === undefined ? '' : `\n<p>${escaped(skew)}</p>`}`;
}

function steps(report: Report): string {
  const rows = report.tiers.flatMap((tier) => tier.steps.map((step) => stepRow(tier, step)));
  const empty = report.tiers.filter((tier) => tier.steps.length === 0).map(({ name }) => name);
  const without = empty.length === 0 ? '' : `\n<p class="quiet">Tiers without steps: ${empty.join(', ')}.</p>`;
  const head = ['step, and its evidence', 'driver', 'state', 'took', 'engine', 'gate', 'settling', 'objects'];
  return `<h2>Tiers and steps</h2>\n${rows.length === 0 ? '' : htmlTable(head, rows)}${without}`;
}

function stepRow(tier: TierReport, step: StepReport): readonly (string | Html)[] {
  const again = [
    ...(step.generation > 1 ? [`generation ${step.generation}`] : []),
    ...(step.attempts > step.generation ? [count(step.attempts, 'attempt')] : []),
  ].join(', ');
  const evidence = [...step.evidence.map((line) => code(line).html), ...step.notes.map(escaped)];
  const name = escaped(`${tier.name}/${step.name}`);
  const took =
    step.startedAt === undefined || step.healthyAt === undefined
      ? '–'
      : secondsText(Math.max(0, secondsBetween(step.startedAt, step.healthyAt)));
  return [
    { html: `<span>${[name, ...evidence.map((line) => `<small class="quiet">${line}</small>`)].join('<br>')}</span>` },
    step.driver,
    {
      html: `<span class="${step.state === 'failed' ? 'missed' : ''}">${escaped(again === '' ? step.state : `${step.state} (${again})`)}</span>`,
    },
    unbroken(took),
    unbroken(secondsText(step.engineSeconds)),
    unbroken(secondsText(step.gateSeconds)),
    unbroken(secondsText(step.settleSeconds)),
    grouped(step.objects),
  ];
}

function checks(report: Report): string {
  const rows = checkRows(report);
  if (rows.length === 0)
    return '<h2>Checks</h2>\n<p>The plan has no checks, or none was reached: gates alone decided.</p>';
  return `<h2>Checks</h2>\n${htmlTable(['where', 'check', 'verdict', 'what was seen'], rows)}`;
}

function data({ data: list }: Report): string {
  if (list.length === 0) return '<h2>Data</h2>\n<p>No store was compared.</p>';
  const rows = list.map(({ store, expected, restored, equal }) => [
    store,
    expected,
    restored,
    { html: equal ? '<span class="met">equal</span>' : '<span class="missed">differs</span>' },
  ]);
  return `<h2>Data</h2>\n${htmlTable(['store', 'expected', 'restored', 'compared'], rows)}`;
}

function decisions(report: Report): string {
  if (report.decisions.length === 0) return '<h2>Decisions</h2>\n<p>Nobody had to decide anything.</p>';
  const rows = report.decisions.map((decision) => [
    unbroken(clock(decision.at)),
    decisionText(decision),
    `${decision.by} (stated)`,
    decision.identity ?? 'not recorded',
    decision.reason,
  ]);
  return `<h2>Decisions</h2>\n${htmlTable(['at', 'what', 'by', 'as Temporal recorded it', 'why'], rows)}`;
}

function crashes(report: Report): string {
  if (report.workerCrashes === 0) return '';
  const rows = report.crashes.map((crash) => [
    crash.worker,
    [crash.tier, crash.step].filter((part) => part !== undefined).join('/') || '–',
    unbroken(clock(crash.lastSeen)),
    unbroken(clock(crash.resumedAt)),
    secondsText(crash.seconds),
  ]);
  return `<h2>Worker crashes: ${report.workerCrashes}</h2>
${htmlTable(['worker', 'during', 'last seen', 'work went on', 'after'], rows)}`;
}

function completeness({ completeness: whole }: Report): string {
  const title = '<h2>Completeness</h2>';
  if (!whole.judged)
    return `${title}\n<p>Not judged: the run ended before every object of the backup was accounted for.</p>`;
  const rows = completenessRows(whole).map(([name, number]) => [name, grouped(number)]);
  const lost = whole.missing.map((one) => `<li>${escaped(`${refText(one)}: ${one.why}`)}</li>`);
  const cut = whole.missingCut > 0 ? [`<li>and ${grouped(whole.missingCut)} more</li>`] : [];
  const list = lost.length === 0 ? '' : `\n<h3>Missing</h3>\n<ul>${[...lost, ...cut].join('\n')}</ul>`;
  return `${title}\n${htmlTable(['', 'objects'], rows)}${list}`;
}

function provenance(report: Report): string {
  const rows = provenanceRows(report).map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td><code>${escaped(value)}</code></td></tr>`,
  );
  return `<h2>Provenance</h2>\n<table>${rows.join('\n')}</table>`;
}
