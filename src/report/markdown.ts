/** The report as Markdown: what one shows an auditor. Exceptions come first. Pure. */
import type { Report, StepReport, TierReport } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { dominantTier, skewText, timeParts, totalOf } from './analysis.ts';
import {
  checkRows,
  comparedRows,
  completenessRows,
  countedFromText,
  decisionText,
  exceptionLines,
  metSentence,
  objectiveRows,
  provenanceRows,
} from './facts.ts';
import { quiescedRows, quiescedText } from './quiesced.ts';
import { siteDrillLines } from './site-drill.ts';
import { capital, count, grouped, outcomeMeaning, percent, secondsBetween, secondsText, sentence } from './text.ts';

/** The whole document. */
export function reportMarkdown(report: Report): string {
  const sections = [
    heading(report),
    exceptionsSection(report),
    objectives(report),
    timesSection(report),
    comparisonSection(report),
    storesSection(report),
    tiersSection(report),
    checksSection(report),
    dataSection(report),
    siteDrillSection(report),
    decisionsSection(report),
    quiesceSection(report),
    leftSection(report),
    crashesSection(report),
    completenessSection(report),
    runsSection(report),
    provenance(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** One row of a table; a `|` or a line feed in a cell would break it. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function heading(report: Report): string {
  const because = report.because === undefined ? '' : `\n\n${sentence(report.because)}`;
  const reason = report.requestedReason === undefined ? '' : `\n\nRequested because: ${report.requestedReason}`;
  return `# ${report.site}: ${report.outcome}\n\nRecovery \`${report.recovery}\` by plan \`${report.plan}\` into cluster \`${report.cluster.context}\`. **${capital(report.outcome)}**: ${outcomeMeaning[report.outcome]}.${because}${reason}`;
}

function objectives(report: Report): string {
  const rows = objectiveRows(report).map(({ name, wanted, achieved, met }) => [name, wanted, achieved, metText(met)]);
  const met = metSentence(report).replace(' not met', ' **not** met');
  return `## Objectives\n\n${table(['objective', 'wanted', 'achieved', ''], rows)}\n\n${met} ${countedFromText(report)}`;
}

function metText(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'met' : '**missed**';
}

function timesSection(report: Report): string {
  const parts = timeParts(report);
  const total = totalOf(parts);
  const rows = parts.map(({ name, seconds, share }) => [name, secondsText(seconds), total > 0 ? percent(share) : '–']);
  const dominant = dominantTier(report);
  const whole = table(['part', 'time', 'share'], [...rows, ['**together**', secondsText(total), '100 %']]);
  return `## Where the time went\n\n${whole}${dominant === undefined ? '' : `\n\n${dominant}.`}`;
}

function comparisonSection(report: Report): string {
  if ((report.earlier ?? []).length === 0) return '';
  const { head, rows } = comparedRows(report);
  return `## Compared with earlier runs\n\n${table(head, rows)}`;
}

function storesSection({ stores = [] }: Report): string {
  if (stores.length === 0) return '';
  const rows = stores.map(({ store, step, dataAt, dataAtIs, rpoSeconds }) => [
    store,
    step ?? 'no step takes it',
    dataAt,
    dataAtIs,
    secondsText(rpoSeconds),
  ]);
  const skew = skewText(stores);
  const list = table(['store', 'restored by', 'its data is of', 'by', 'RPO'], rows);
  return `## Age of the data\n\n${list}${skew === undefined ? '' : `\n\n${skew}`}`;
}

function tiersSection(report: Report): string {
  const rows = report.tiers.map((tier, index) => [
    String(index + 1),
    tier.name,
    tier.phase,
    tier.startedAt ?? '–',
    tier.healthyAt ?? '–',
    tierTook(tier),
    stepsText(tier),
  ]);
  const steps = report.tiers.flatMap((tier) => tier.steps.map((step) => stepRow(tier, step)));
  const head = table(['', 'tier', 'phase', 'started', 'healthy', 'took', 'steps'], rows);
  if (steps.length === 0) return `## Tiers\n\n${head}`;
  return `## Tiers\n\n${head}\n\n### Steps\n\n${table(['step', 'driver', 'state', 'generation', 'attempts', 'engine', 'gate', 'settling', 'objects', 'evidence'], steps)}`;
}

function tierTook(tier: TierReport): string {
  if (tier.startedAt === null) return '–';
  return tier.healthyAt === null ? 'not healthy' : secondsText(secondsBetween(tier.startedAt, tier.healthyAt));
}

function stepsText(tier: TierReport): string {
  if (tier.steps.length === 0) return 'none';
  const done = tier.steps.filter(({ state }) => state === 'done').length;
  return done === tier.steps.length ? count(done, 'step') : `${done} of ${count(tier.steps.length, 'step')}`;
}

function stepRow(tier: TierReport, step: StepReport): string[] {
  const numbers = [
    String(step.generation),
    String(step.attempts),
    secondsText(step.engineSeconds),
    secondsText(step.gateSeconds),
    secondsText(step.settleSeconds),
    grouped(step.objects),
  ];
  const evidence = [...step.evidence.map((one) => `\`${one}\``), ...step.notes].join('; ');
  return [`${tier.name}/${step.name}`, step.driver, step.state, ...numbers, evidence];
}

function checksSection(report: Report): string {
  const rows = checkRows(report);
  if (rows.length === 0) return '## Checks\n\nThe plan has no checks: gates alone decided.';
  return `## Checks\n\n${table(['where', 'check', 'verdict', 'what was seen'], rows)}`;
}

function dataSection(report: Report): string {
  if (report.data.length === 0) return '## Data\n\nNo store was compared.';
  const rows = report.data.map(({ store, expected, restored, equal }) => [
    store,
    expected,
    restored,
    equal ? 'equal' : '**differs**',
  ]);
  return `## Data\n\n${table(['store', 'expected', 'restored', ''], rows)}`;
}

function decisionsSection(report: Report): string {
  if (report.decisions.length === 0) return '## Decisions\n\nNobody had to decide anything.';
  const rows = report.decisions.map((decision) => [
    decision.at,
    decisionText(decision),
    `${decision.by} (stated)`,
    decision.identity ?? '–',
    decision.reason,
  ]);
  return `## Decisions\n\n${table(['at', 'what', 'by', 'as Temporal recorded it', 'why'], rows)}`;
}

/** What a run that did not recover the site has left where. */
function leftSection({ leftBehind = [] }: Report): string {
  if (leftBehind.length === 0) return '';
  return `## Left behind\n\n${leftBehind.map((line) => `- ${line}`).join('\n')}`;
}

/** The runs of a recovery that was resumed. */
function runsSection({ runs = [] }: Report): string {
  if (runs.length < 2) return '';
  const rows = runs.map(({ workflowId, runId, startedAt, endedAt, outcome }, index) => [
    String(index + 1),
    `\`${workflowId}\``,
    `\`${runId}\``,
    startedAt,
    endedAt ?? '–',
    outcome,
  ]);
  return `## Runs of this recovery\n\n${table(['', 'workflow', 'run', 'started', 'ended, or last seen', 'outcome'], rows)}\n\nSteps, decisions, crashes and times above are those of all its runs.`;
}

function quiesceSection(report: Report): string {
  const text = quiescedText(report);
  if (text === undefined) return '';
  const rows = quiescedRows(report);
  const list = rows.length === 0 ? '' : `\n\n${table(['object', 'at the end', 'why'], rows)}`;
  return `## Quiesced\n\n${sentence(text)}${list}`;
}

function exceptionsSection(report: Report): string {
  const lines = exceptionLines(report).map(
    (line) => `- ${line.replaceAll('\n', ' ').replace(/: not settled$/, ': **not settled**')}`,
  );
  return `## Exceptions\n\n${lines.length === 0 ? 'None.' : lines.join('\n')}`;
}

function crashesSection(report: Report): string {
  if (report.workerCrashes === 0) return '';
  const rows = report.crashes.map((crash) => [
    crash.worker,
    [crash.tier, crash.step].filter((part) => part !== undefined).join('/') || '–',
    crash.lastSeen,
    crash.resumedAt,
    secondsText(crash.seconds),
  ]);
  return `## Worker crashes: ${report.workerCrashes}\n\n${table(['worker', 'during', 'last seen', 'work went on', 'after'], rows)}`;
}

function completenessSection({ completeness }: Report): string {
  if (!completeness.judged)
    return '## Completeness\n\nNot judged: the run ended before every object of the backup was accounted for.';
  const { missing, missingCut } = completeness;
  const lines = missing.map((one) => `- ${refText(one)}: ${one.why}`);
  const cut = missingCut > 0 ? [`- and ${grouped(missingCut)} more`] : [];
  const list = lines.length === 0 ? '' : `\n\nMissing:\n\n${[...lines, ...cut].join('\n')}`;
  return `## Completeness\n\n${table(
    ['', 'objects'],
    completenessRows(completeness).map(([name, number]) => [
      name === 'missing' ? '**missing**' : name,
      grouped(number),
    ]),
  )}${list}`;
}

function provenance(report: Report): string {
  const lines = provenanceRows(report).map(([name, value]) => `- ${name}: \`${value}\``);
  return `## Provenance\n\n${lines.join('\n')}`;
}

function siteDrillSection(report: Report): string {
  const lines = siteDrillLines(report);
  return lines.length === 0 ? '' : `## Drill\n\n${lines.map((line) => `- ${line.trim()}`).join('\n')}`;
}
