/** A preview for a terminal: what stands in the way first, then what would come back in which step. Pure. */
import type { Preview, PreviewObject } from '../model/preview.ts';
import { fates } from '../model/preview.ts';
import type { FindingReport } from '../model/report.ts';
import { phaseOf, tierNames } from '../model/tiers.ts';
import { refText } from '../model/verdict.ts';
import { columns } from './columns.ts';
import { fateMeaning, findingsText, kindsText, quiescedText, verdictMeaning } from './preview-text.ts';
import { count, grouped, printable } from './text.ts';
import type { Paint } from './view.ts';

/** How many objects of one fate are named. */
const named = 10;

export interface PreviewOptions {
  readonly paint: Paint;
  readonly columns: number;
}

/** Lines without a frame. */
export function previewLines(preview: Preview, { paint, columns: width }: PreviewOptions): string[] {
  return [
    ...headLines(preview, paint),
    '',
    ...preview.findings.flatMap((finding) => findingLines(finding, paint, width)),
    ...(preview.findings.length > 0 ? [''] : []),
    ...stepLines(preview, paint),
    ...quiesceLines(preview, paint),
    ...fateLines(preview, paint),
    '',
    paint.dim(`written while looking: ${preview.written}`),
  ];
}

function headLines(preview: Preview, paint: Paint): string[] {
  const { plan, cluster, backup, verdict, lookedAt } = preview;
  const colour = { clear: paint.green, warnings: paint.yellow, blocked: paint.red }[verdict];
  const from = backup
    ? `Backup ${backup.namespace}/${backup.name} of ${backup.startTimestamp} (${backup.phase})`
    : 'no Backup';
  return [
    `${colour(paint.bold(verdict))}  ${plan} on ${cluster.context}: ${verdictMeaning[verdict]} (${findingsText(preview)})`,
    `from ${from}, looked at ${lookedAt}`,
  ];
}

function findingLines({ severity, reason, message, step }: FindingReport, paint: Paint, width: number): string[] {
  const colour = { block: paint.red, warn: paint.yellow, info: paint.dim }[severity];
  const [first = '', ...rest] = wrapped(
    printable(`${reason}${step === undefined ? '' : ` (step ${step})`}: ${message}`),
    Math.max(width - 7, 40),
  );
  return [`${colour(severity.padEnd(5))}  ${first}`, ...rest.map((line) => `       ${line}`)];
}

/** Breaks at blanks; a word that is too long stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function stepLines({ steps }: Preview, paint: Paint): string[] {
  const rows = tierNames.flatMap((tier, index) => {
    const own = steps.filter((step) => step.tier === tier);
    return [
      [paint.bold(`${index + 1} ${tier}`), '', paint.dim(own.length === 0 ? 'no steps' : `phase ${phaseOf(tier)}`)],
      ...own.map(({ name, objects, kinds }) => [`  ${name}`, count(objects, 'object'), kindsText(kinds)]),
    ];
  });
  return columns(rows);
}

function quiesceLines({ quiesce }: Preview, paint: Paint): string[] {
  if (!quiesce) return [];
  const rows = quiesce.slice(0, named).map((one) => [`  ${printable(refText(one))}`, quiescedText(one)]);
  return [
    '',
    paint.bold(
      `quiesced for the time of the run: ${quiesce.length === 0 ? 'nothing was found' : count(quiesce.length, 'object')}`,
    ),
    ...columns(rows),
    ...(quiesce.length > named ? [`  and ${grouped(quiesce.length - named)} more (-o json lists them)`] : []),
  ];
}

function fateLines({ objects, fates: counts }: Preview, paint: Paint): string[] {
  if (objects.length === 0) return [];
  const rows = fates
    .filter((fate) => counts[fate] > 0)
    .map((fate) => [`  ${grouped(counts[fate])}`, fateMeaning[fate]]);
  const open = objects.filter(({ fate }) => fate === 'leftOver' || fate === 'inTheWay');
  return [
    '',
    paint.bold(`the Backup's ${grouped(objects.length)} objects`),
    ...columns(rows),
    ...open.slice(0, named).map((object) => `  ${objectText(object)}`),
    ...(open.length > named ? [`  and ${grouped(open.length - named)} more (-o json lists them)`] : []),
  ];
}

function objectText(object: PreviewObject): string {
  return printable(`${refText(object)}: ${object.why ?? fateMeaning[object.fate]}`);
}
