/** The report as Markdown: what one shows an auditor. Pure. */
import type { CheckReport, Decision, Report, StepReport, TierReport } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { count, grouped, outcomeMeaning, secondsBetween, secondsText } from './text.ts';

/** The whole document. */
export function reportMarkdown(report: Report): string {
  const sections = [
    heading(report),
    objectives(report),
    timesSection(report),
    tiersSection(report),
    checksSection(report),
    dataSection(report),
    decisionsSection(report),
    exceptionsSection(report),
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

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function objectives(report: Report): string {
  const { rtoSeconds, rpoSeconds, met } = report.objectives;
  const rows = [
    objectiveRow('RTO: lost until verified', report.rtoSeconds, rtoSeconds),
    objectiveRow('RPO: age of the data', report.rpoSeconds, rpoSeconds),
  ];
  const verdicts = {
    true: 'The objectives were met.',
    false: 'The objectives were **not** met.',
    null: 'Whether the objectives were met cannot be said.',
  };
  const from =
    report.disasterAtIs === 'given'
      ? `the time of the disaster as it was given, ${report.disasterAt}`
      : `the start of the run, ${report.disasterAt}, since no time of the disaster was given`;
  return `## Objectives\n\n${table(['objective', 'wanted', 'achieved', ''], rows)}\n\n${verdicts[`${met}`]} Counted from ${from}.`;
}

function objectiveRow(name: string, achieved: number | null, wanted: number | undefined): string[] {
  return [
    name,
    wanted === undefined ? 'none' : secondsText(wanted),
    achieved === null ? 'not reached' : secondsText(achieved),
    metText(achieved, wanted),
  ];
}

function metText(achieved: number | null, wanted: number | undefined): string {
  if (wanted === undefined || achieved === null) return '';
  return achieved <= wanted ? 'met' : '**missed**';
}

function timesSection(report: Report): string {
  const { times } = report;
  const before = secondsBetween(report.disasterAt, report.startedAt);
  const parts: readonly (readonly [string, number])[] = [
    ...(before > 0 ? [['before the run was started', before] as const] : []),
    ['engines and health, along the longest chain', times.criticalPath],
    ['gates held for `stableFor`', times.settle],
    ['people deciding', times.decision],
    ['worker crashes', times.crash],
    ['overhead: everything else, ours', times.overhead],
  ];
  const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  const rows = parts.map(([name, seconds]) => [name, secondsText(seconds), percent(seconds, total)]);
  return `## Where the time went\n\n${table(['part', 'time', 'share'], [...rows, ['**together**', secondsText(total), '100 %']])}`;
}

function percent(part: number, whole: number): string {
  return whole <= 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`;
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
  const rows = [
    ...report.tiers.flatMap((tier) =>
      tier.steps.flatMap((step) => step.checks.map((check) => checkRow(`${tier.name}/${step.name}`, check))),
    ),
    ...report.verify.map((check) => checkRow('the whole site', check)),
  ];
  if (rows.length === 0) return '## Checks\n\nThe plan has no checks: gates alone decided.';
  return `## Checks\n\n${table(['where', 'check', 'verdict', 'what was seen'], rows)}`;
}

function checkRow(where: string, check: CheckReport): string[] {
  return [where, check.asserts === 'data' ? `${check.name} (data)` : check.name, check.verdict, check.observed];
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

function decisionText({ kind, step, mode, timeout, undo, voided }: Decision): string {
  const words = [
    kind,
    step,
    mode,
    timeout === undefined ? undefined : `timeout ${timeout}`,
    undo ? 'with undo' : undefined,
    voided === undefined ? undefined : `**voided**: ${voided}`,
  ];
  return words.filter((part) => part !== undefined).join(' ');
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

function exceptionsSection(report: Report): string {
  const lines = [
    ...report.exceptions.map((text) => `- ${text}`),
    ...report.debts.map(
      (debt) =>
        `- debt: ${refText(debt)} was ${debt.verdict} (${debt.reason}), due in ${debt.dueIn}: ${debt.settledAt === null ? '**not settled**' : `settled ${debt.settledAt}`}`,
    ),
    ...report.findings
      .filter(({ severity }) => severity !== 'info')
      .map((finding) => `- preflight: ${finding.reason}: ${finding.message}`),
  ];
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
  const { backedUp, created, accepted, derived, platform, excluded, ignored, missing, missingCut } = completeness;
  const numbers: readonly (readonly [string, number])[] = [
    ['objects in the backup', backedUp],
    ['created by this recovery', created],
    ['there before, and accepted', accepted],
    ['made anew by a restored owner', derived],
    ["the platform's own", platform],
    ['excluded by rule', excluded],
    ['ignored by the plan', ignored],
    ['**missing**', missing.length + missingCut],
  ];
  const lines = missing.map((one) => `- ${refText(one)}: ${one.why}`);
  const cut = missingCut > 0 ? [`- and ${grouped(missingCut)} more`] : [];
  const list = lines.length === 0 ? '' : `\n\nMissing:\n\n${[...lines, ...cut].join('\n')}`;
  return `## Completeness\n\n${table(
    ['', 'objects'],
    numbers.map(([name, number]) => [name, grouped(number)]),
  )}${list}`;
}

function provenance(report: Report): string {
  const { backup, workflow } = report;
  const lines = [
    `- plan \`${report.plan}\`, sha256 \`${report.planSha256}\``,
    `- cluster \`${report.cluster.context}\`, kube-system UID \`${report.cluster.uid}\``,
    ...(backup === undefined
      ? []
      : [
          `- Backup \`${backup.namespace}/${backup.name}\` in \`${backup.storageLocation}\`, begun ${backup.startTimestamp}, ${backup.phase}${backup.accepted === undefined ? '' : `, accepted although ${backup.accepted}`}`,
        ]),
    `- workflow \`${workflow.workflowId}\`, run \`${workflow.runId}\`, Temporal namespace \`${workflow.namespace}\``,
    ...(report.resumedFrom === undefined ? [] : [`- goes on with recovery \`${report.resumedFrom}\``]),
    `- started ${report.startedAt}, verified ${report.verifiedAt ?? 'never'}, ended ${report.endedAt}`,
  ];
  return `## Provenance\n\n${lines.join('\n')}`;
}
