/** What the forms of the report say in the same words: rows and sentences without markup. Pure. */
import type { CheckReport, Completeness, Decision, Report } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { compared } from './analysis.ts';
import { secondsText } from './text.ts';

/** An objective against what was achieved; `met` is undefined where nothing was wanted, or where nobody knows what was achieved. */
export interface ObjectiveRow {
  readonly name: string;
  readonly wanted: string;
  readonly achieved: string;
  readonly met: boolean | undefined;
}

/** RTO and RPO. */
export function objectiveRows(report: Report): readonly ObjectiveRow[] {
  const { rtoSeconds, rpoSeconds } = report.objectives;
  return [
    // As the run itself judges: a site that was never verified has missed its RTO; an age that nobody knows has missed nothing.
    objectiveRow('RTO: lost until verified', report.rtoSeconds, rtoSeconds, { words: 'not reached', met: false }),
    objectiveRow('RPO: age of the data', report.rpoSeconds, rpoSeconds, { words: 'not known', met: undefined }),
  ];
}

function objectiveRow(
  name: string,
  achieved: number | null,
  wanted: number | undefined,
  without: { readonly words: string; readonly met: false | undefined },
): ObjectiveRow {
  const shown = { name, achieved: achieved === null ? without.words : secondsText(achieved) };
  if (wanted === undefined) return { ...shown, wanted: 'none', met: undefined };
  return { ...shown, wanted: secondsText(wanted), met: achieved === null ? without.met : achieved <= wanted };
}

/** Whether the objectives were met, in a sentence. */
export function metSentence({ objectives }: Report): string {
  if (objectives.met === null) return 'Whether the objectives were met cannot be said.';
  return objectives.met ? 'The objectives were met.' : 'The objectives were not met.';
}

/** From when RTO and RPO are counted. */
export function countedFromText(report: Report): string {
  return report.disasterAtIs === 'given'
    ? `Counted from the time of the disaster as it was given, ${report.disasterAt}.`
    : `Counted from the start of the run, ${report.disasterAt}, since no time of the disaster was given.`;
}

/** Everything that keeps a recovery from being plain success, or was warned of. */
export function exceptionLines(report: Report): readonly string[] {
  return [
    ...report.exceptions,
    ...report.debts.map(
      (debt) =>
        `debt: ${refText(debt)} was ${debt.verdict} (${debt.reason}), due in ${debt.dueIn}: ${debt.settledAt === null ? 'not settled' : `settled ${debt.settledAt}`}`,
    ),
    ...report.findings
      .filter(({ severity }) => severity !== 'info')
      .map((finding) => `${noticedBy(finding)}: ${finding.reason}: ${finding.message}`),
  ];
}

/** What a run notices of itself, apart from what its preflight has seen. */
const ofTheRun: readonly string[] = ['NamesTrusted', 'NoSearchAttributes', 'PlanFileChanged'];

function noticedBy({ reason }: Report['findings'][number]): string {
  return ofTheRun.includes(reason) ? 'the run' : 'preflight';
}

/** Every check with where it stands. */
export function checkRows(report: Report): readonly (readonly string[])[] {
  const row = (where: string, check: CheckReport): readonly string[] => [
    where,
    check.asserts === 'data' ? `${check.name} (data)` : check.name,
    check.verdict,
    check.observed,
  ];
  return [
    ...report.tiers.flatMap((tier) =>
      tier.steps.flatMap((step) => step.checks.map((check) => row(`${tier.name}/${step.name}`, check))),
    ),
    ...report.verify.map((check) => row('the whole site', check)),
  ];
}

/** What newer runs add to a decision. */
interface MoreDecided {
  readonly timeout?: string;
  readonly undo?: boolean;
  readonly voided?: string;
}

/** What was decided, in words; a decision that does not count says so. */
export function decisionText({ kind, step, mode, timeout, undo, voided }: Decision & MoreDecided): string {
  const words = [
    kind,
    step,
    mode,
    timeout === undefined ? undefined : `timeout ${timeout}`,
    undo === true ? 'with undo' : undefined,
    voided === undefined ? undefined : `voided: ${voided}`,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

/** Head and rows of the comparison with earlier runs: this run, how it compares, then the others, newest first. */
export function comparedRows(report: Report): { readonly head: readonly string[]; readonly rows: readonly string[][] } {
  const text = (seconds: number | null): string => (seconds === null ? '–' : secondsText(seconds));
  const earlier = report.earlier ?? [];
  return {
    head: [
      '',
      'this run',
      'against the median',
      ...earlier.map(({ startedAt }) => startedAt.slice(0, 16).replace('T', ' ')),
    ],
    rows: [
      ...compared(report).map(({ what, now, before, verdict }) => [what, text(now), verdict, ...before.map(text)]),
      ['outcome', report.outcome, '', ...earlier.map(({ outcome }) => outcome)],
    ],
  };
}

/** What became of the Backup's objects, in numbers. */
export function completenessRows(completeness: Completeness): readonly (readonly [name: string, objects: number])[] {
  const { backedUp, created, accepted, derived, platform, excluded, ignored, missing, missingCut } = completeness;
  return [
    ['objects in the backup', backedUp],
    ['created by this recovery', created],
    ['there before, and accepted', accepted],
    ['made anew by a restored owner', derived],
    ["the platform's own", platform],
    ['excluded by rule', excluded],
    ['ignored by the plan', ignored],
    ['missing', missing.length + missingCut],
  ];
}

/** What identifies plan, cluster, Backup and run: what an auditor asks for. */
export function provenanceRows(report: Report): readonly (readonly [name: string, value: string])[] {
  const { backup, workflow, cluster } = report;
  const accepted = backup?.accepted === undefined ? '' : `, accepted although ${backup.accepted}`;
  return [
    ['recovery', report.recovery],
    ['plan', `${report.plan}, sha256 ${report.planSha256}`],
    ['cluster', `${cluster.context}, kube-system UID ${cluster.uid === '' ? 'not known' : cluster.uid}`],
    [
      'Backup',
      backup === undefined
        ? 'none'
        : `${backup.namespace}/${backup.name} in ${backup.storageLocation}, begun ${backup.startTimestamp}, ${backup.phase}${accepted}`,
    ],
    ['workflow', `${workflow.workflowId}, run ${workflow.runId}, Temporal namespace ${workflow.namespace}`],
    ...(report.resumedFrom === undefined ? [] : ([['goes on with', report.resumedFrom]] as const)),
    ['started', report.startedAt],
    ['verified', report.verifiedAt ?? 'never'],
    ['ended', report.endedAt],
  ];
}
