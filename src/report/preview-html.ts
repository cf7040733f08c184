/** A preview as one HTML page that stands alone: nothing is loaded, nothing runs, every text is escaped. Pure. */
import { fates, type Preview, type PreviewObject } from '../model/preview.ts';
import type { FindingReport } from '../model/report.ts';
import { phaseOf, tierNames } from '../model/tiers.ts';
import { escaped, htmlPage } from './html-page.ts';
import { fateMeaning, findingsText, kindsText, quiescedText, verdictMeaning } from './preview-text.ts';
import { count, grouped } from './text.ts';

/** Rows of one list; a page of a hundred thousand helps nobody. */
const mostRows = 5000;

/** The whole page. */
export function previewHtml(preview: Preview): string {
  const parts = [head(preview), findings(preview), steps(preview), quiesced(preview), objects(preview), foot(preview)];
  return htmlPage(`Preview of ${preview.plan}: ${preview.verdict}`, parts);
}

function head(preview: Preview): string {
  const { plan, site, cluster, backup, verdict, planSha256, lookedAt } = preview;
  const rows: [string, string][] = [
    ['Plan', `${plan} of site ${site}, sha256 ${planSha256}`],
    ['Cluster', `${cluster.context} at ${cluster.server}`],
    [
      'Backup',
      backup
        ? `${backup.namespace}/${backup.name} in ${backup.storageLocation}, begun ${backup.startTimestamp}, ${backup.phase}`
        : 'none',
    ],
    ['Looked at', lookedAt],
  ];
  return `<h1>Preview of ${escaped(plan)} <span class="badge ${verdict}">${verdict}</span></h1>
<p>${escaped(verdictMeaning[verdict])} (${escaped(findingsText(preview))}).</p>
<table>${rows.map(([name, value]) => `<tr><th>${name}</th><td><code>${escaped(value)}</code></td></tr>`).join('')}</table>`;
}

function findings(preview: Preview): string {
  if (preview.findings.length === 0) return '<h2>Findings</h2>\n<p>None.</p>';
  return `<h2>Findings</h2>
<table><tr><th></th><th>Reason</th><th>Step</th><th>What it is, and what to do</th></tr>
${preview.findings.map(findingRow).join('\n')}</table>`;
}

function findingRow({ severity, reason, message, step }: FindingReport): string {
  return `<tr><td><span class="badge ${severity}">${severity}</span></td><td><code>${escaped(reason)}</code></td><td>${escaped(step ?? '')}</td><td>${escaped(message)}</td></tr>`;
}

function steps(preview: Preview): string {
  const rows = tierNames.flatMap((tier, index) => {
    const own = preview.steps.filter((step) => step.tier === tier);
    const place = `<tr><th colspan="4">${index + 1} ${tier} <span class="quiet">phase ${phaseOf(tier)}${own.length === 0 ? ', no steps' : ''}</span></th></tr>`;
    return [
      place,
      ...own.map(
        (step) =>
          `<tr><td>${escaped(step.name)}</td><td class="quiet">${escaped(step.driver)}</td><td class="number">${grouped(step.objects)}</td><td>${escaped(kindsText(step.kinds))}</td></tr>`,
      ),
    ];
  });
  return `<h2>What each step would bring</h2>\n<table>${rows.join('\n')}</table>`;
}

function quiesced({ quiesce }: Preview): string {
  if (!quiesce) return '';
  const rows = quiesce.slice(0, mostRows).map((one) => {
    const cells = [one.kind, one.namespace, one.name, quiescedText(one)];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<h2>Quiesced for the time of the run: ${grouped(quiesce.length)}</h2>\n<table>${rows.join('\n')}</table>${more(quiesce.length)}`;
}

function objects(preview: Preview): string {
  const lists = fates
    .map((fate) => [fate, preview.objects.filter((object) => object.fate === fate)] as const)
    .filter(([, list]) => list.length > 0)
    .map(([fate, list]) => {
      const open = fate === 'leftOver' || fate === 'inTheWay' ? ' open' : '';
      return `<details${open}><summary>${grouped(list.length)}: ${escaped(fateMeaning[fate])}</summary>
<table><tr><th>Kind</th><th>Namespace</th><th>Name</th><th>Step</th><th>Why</th></tr>
${list.slice(0, mostRows).map(objectRow).join('\n')}</table>${more(list.length)}</details>`;
    });
  return `<h2>Every object of the Backup: ${grouped(preview.objects.length)}</h2>\n${lists.join('\n') || '<p>None was read.</p>'}`;
}

function objectRow({ kind, namespace, name, steps: by, why }: PreviewObject): string {
  const cells = [kind, namespace ?? '', name, by.join(', '), why ?? ''];
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
}

function more(rows: number): string {
  return rows > mostRows ? `<p>and ${count(rows - mostRows, 'more object')}: the JSON form lists all.</p>` : '';
}

function foot(preview: Preview): string {
  return `<p class="quiet">Written while looking: ${escaped(preview.written)}.</p>`;
}
