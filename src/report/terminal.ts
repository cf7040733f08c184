/** The report for a terminal: the outcome first, then what one asks next. Pure. */
import type { Report } from '../model/report.ts';
import type { Outcome } from '../model/run.ts';
import { refText } from '../model/verdict.ts';
import { compared, dominantTier, skewText } from './analysis.ts';
import { columns } from './columns.ts';
import { quiescedText } from './quiesced.ts';
import { siteDrillLines } from './site-drill.ts';
import { count, grouped, outcomeMeaning, secondsBetween, secondsText } from './text.ts';
import type { Paint } from './view.ts';

/** Lines without a frame. */
export function reportLines(report: Report, paint: Paint): string[] {
  return [
    `${outcomeColour(report.outcome, paint)(paint.bold(report.outcome))}  ${report.recovery}: ${outcomeMeaning[report.outcome]}`,
    ...(report.because === undefined ? [] : [report.because]),
    '',
    ...objectiveLines(report),
    '',
    ...columns(
      report.tiers.map((tier, index) => [
        `${index + 1} ${tier.name}`,
        tierText(report, index),
        stepText(report, index),
      ]),
      '  ',
    ),
    '',
    ...timeLines(report),
    ...closerLines(report),
    ...dataLines(report, paint),
    ...completenessLines(report),
    ...quiesceLines(report),
    ...siteDrillLines(report),
    ...listLines('exceptions', report.exceptions),
    ...listLines('left behind', report.leftBehind ?? []),
    ...runLines(report),
    ...listLines(
      'noticed',
      report.findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ reason, message }) => `${reason}: ${message}`),
    ),
  ];
}

function outcomeColour(outcome: Outcome, paint: Paint): (text: string) => string {
  if (outcome === 'recovered') return paint.green;
  return outcome === 'failed' || outcome === 'aborted' ? paint.red : paint.yellow;
}

function objectiveLines(report: Report): string[] {
  const line = (name: string, achieved: number | null, wanted: number | undefined): string[] => [
    name,
    achieved === null ? 'not reached' : secondsText(achieved),
    wanted === undefined ? 'no objective' : `objective ${secondsText(wanted)}`,
  ];
  return columns([
    line('RTO', report.rtoSeconds, report.objectives.rtoSeconds),
    line('RPO', report.rpoSeconds, report.objectives.rpoSeconds),
  ]);
}

function tierText(report: Report, index: number): string {
  const tier = report.tiers[index];
  if (tier === undefined || tier.startedAt === null) return 'not run';
  return tier.healthyAt === null
    ? 'not healthy'
    : `healthy after ${secondsText(secondsBetween(tier.startedAt, tier.healthyAt))}`;
}

function stepText(report: Report, index: number): string {
  const steps = report.tiers[index]?.steps ?? [];
  if (steps.length === 0) return 'no steps';
  return steps.map((step) => (step.state === 'done' ? step.name : `${step.name} (${step.state})`)).join(', ');
}

function timeLines({ times, workerCrashes, disasterAt, startedAt }: Report): string[] {
  const crashes = workerCrashes === 0 ? '' : ` (${count(workerCrashes, 'worker crash', 'worker crashes')})`;
  const before = secondsBetween(disasterAt, startedAt);
  return [
    `time: ${before > 0 ? `before the start ${secondsText(before)}, ` : ''}critical path ${secondsText(times.criticalPath)}, ` +
      `settling ${secondsText(times.settle)}, deciding ${secondsText(times.decision)}, ` +
      `crashes ${secondsText(times.crash)}${crashes}, overhead ${secondsText(times.overhead)}`,
  ];
}

/** What dominates, how it was before, and how far the stores are apart. */
function closerLines(report: Report): string[] {
  const dominant = dominantTier(report);
  const [rto] = compared(report);
  const earlier = count(report.earlier?.length ?? 0, 'earlier run');
  const skew = skewText(report.stores ?? []);
  return [
    ...(dominant === undefined ? [] : [dominant]),
    ...(rto === undefined || rto.verdict === '' ? [] : [`RTO ${rto.verdict}, against the median of ${earlier}`]),
    ...(skew === undefined ? [] : [skew]),
  ];
}

function dataLines(report: Report, paint: Paint): string[] {
  if (report.data.length === 0) return [];
  return [
    'data:',
    ...columns(
      report.data.map(({ store, expected, restored, equal }) => [
        store,
        equal ? paint.green('equal') : paint.red('differs'),
        equal ? restored : `expected ${expected}, restored ${restored}`,
      ]),
      '  ',
    ),
  ];
}

function completenessLines({ completeness }: Report): string[] {
  if (!completeness.judged) return ['objects: not accounted for, the run ended before'];
  const { backedUp, created, missing, missingCut } = completeness;
  const lost = missing.length + missingCut;
  const head = `objects: ${grouped(backedUp)} in the backup, ${grouped(created)} created, ${grouped(lost)} missing`;
  return [
    head,
    ...missing.slice(0, 10).map((one) => `  ${refText(one)}: ${one.why}`),
    ...(lost > 10 ? [`  and ${grouped(lost - 10)} more (-o json lists them)`] : []),
  ];
}

function runLines({ runs = [] }: Report): string[] {
  if (runs.length < 2) return [];
  return listLines(
    'runs of this recovery',
    runs.map(
      ({ workflowId, startedAt, endedAt, outcome }) => `${workflowId}: ${startedAt} to ${endedAt ?? '–'}, ${outcome}`,
    ),
  );
}

function quiesceLines(report: Report): string[] {
  const text = quiescedText(report);
  return text === undefined ? [] : [`quiesced: ${text}`];
}

function listLines(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}
