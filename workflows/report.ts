import { workflowInfo } from '@temporalio/workflow';
import { stepsOf } from '../src/model/plan.ts';
import type { CheckReport, DataReport, DebtReport, Report, RunReport, StepReport } from '../src/model/report.ts';
import type { Outcome } from '../src/model/run.ts';
import { phaseOf, tierNames } from '../src/model/tiers.ts';
import { secondsBetween, splitTime, toSeconds } from '../src/model/times.ts';
import { siteDrillOf } from './clean-up.ts';
import type { RunRecord, StepRecord } from './record.ts';
import { completenessOf, milestones, storesOf, stretchesOf, tierTimes, worstRpo } from './report-times.ts';

/** Bytes that a report may have: it is a workflow's result. */
const limit = 256 * 1024;

function stepReport(step: StepRecord): StepReport {
  return {
    name: step.name,
    driver: step.driver,
    state: step.state === 'pending' ? 'not-run' : step.state,
    generation: step.generation,
    attempts: step.attempts,
    engineSeconds: toSeconds(step.engineMs),
    gateSeconds: toSeconds(step.gateMs),
    settleSeconds: toSeconds(step.settleMs),
    objects: step.objects,
    checks: step.checks,
    evidence: step.evidence,
    notes: step.notes,
    ...(step.startedAt ? { startedAt: step.startedAt } : {}),
    ...(step.restoredAt ? { restoredAt: step.restoredAt } : {}),
    ...(step.healthyAt ? { healthyAt: step.healthyAt } : {}),
  };
}

/** What the plan's own data assertions say of each store. A drill adds checksums of what it had seeded. */
function dataOf(record: RunRecord): DataReport[] {
  const data: DataReport[] = [];
  const add = (store: string, check: CheckReport | undefined, expect: unknown) => {
    data.push({
      store,
      expected: JSON.stringify(expect ?? null),
      restored: check?.observed ?? 'not asked',
      equal: check?.verdict === 'Healthy',
    });
  };
  for (const { step } of stepsOf(record.plan))
    for (const check of step.checks)
      if (check.asserts === 'data')
        add(
          step.name,
          record.steps[step.name]?.checks.find((seen) => seen.name === check.name),
          check.spec['expect'],
        );
  for (const check of record.plan.verify)
    if (check.asserts === 'data')
      add(
        check.name,
        record.verify.find((seen) => seen.name === check.name),
        check.spec['expect'],
      );
  return data;
}

function debtsOf(record: RunRecord): DebtReport[] {
  const steps = Object.values(record.steps);
  const debts = steps.flatMap((step) => step.debts);
  return debts.slice(0, 50).map((debt) => ({ ...debt, settledAt: record.verifiedAt ?? null, dueIn: 'verify' }));
}

/** How a run that came to its end ended: only what was asked for, proven and complete is plain success. */
export function outcomeOf(record: RunRecord): { readonly outcome: Outcome; readonly because?: string } {
  const data = dataOf(record);
  if (!data.some((line) => line.equal))
    return { outcome: 'inconclusive', because: 'no check asserted any data: nothing shows that the data came back' };
  const reasons = exceptionsOf(record);
  const [first] = reasons;
  if (first === undefined) return { outcome: 'recovered' };
  return {
    outcome: 'recovered-with-exceptions',
    because: reasons.length > 1 ? `${first}; and ${reasons.length - 1} more` : first,
  };
}

function exceptionsOf(record: RunRecord): string[] {
  const missing = record.completeness?.missing.length ?? 0;
  const cut = record.completeness?.missingCut ?? 0;
  return [
    ...record.exceptions,
    ...(record.backup?.accepted ? [`backup ${record.backup.name} was accepted though ${record.backup.accepted}`] : []),
    ...Object.values(record.steps).flatMap((step) =>
      [...skippedLine(step), ...(step.asides ?? []), ...(step.borne ?? []), ...step.exceptions].map(
        (line) => `${step.name}: ${line}`,
      ),
    ),
    ...(missing > 0 ? [`${missing + cut} objects of the backup are not accounted for`] : []),
  ];
}

function skippedLine({ skipped }: StepRecord): string[] {
  return skipped ? [`skipped by ${skipped.by} (stated): ${skipped.reason}`] : [];
}

/** Every run of the recovery, this one last. */
function runsOf(record: RunRecord, outcome: Outcome, endedAt: string): readonly RunReport[] {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const startedAt = record.begunAt ?? record.startedAt;
  return [...(record.earlierRuns ?? []), { workflowId, runId: firstExecutionRunId, startedAt, endedAt, outcome }];
}

/** When a tier's gates first held, where that was in an earlier run. */
function healthyBefore(steps: readonly StepRecord[]): string | undefined {
  const times = steps.flatMap((step) => (step.doneBefore ? [step.doneBefore] : []));
  return steps.length > 0 && times.length === steps.length ? times.toSorted().at(-1) : undefined;
}

function objectivesOf(record: RunRecord, rtoSeconds: number | null, rpoSeconds: number | null): Report['objectives'] {
  const { rtoMs, rpoMs } = record.plan.objectives;
  const rto = rtoMs === undefined ? undefined : toSeconds(rtoMs);
  const rpo = rpoMs === undefined ? undefined : toSeconds(rpoMs);
  const judged: boolean[] = [];
  if (rto !== undefined) judged.push(rtoSeconds !== null && rtoSeconds <= rto);
  if (rpo !== undefined && rpoSeconds !== null) judged.push(rpoSeconds <= rpo);
  return {
    ...(rto === undefined ? {} : { rtoSeconds: rto }),
    ...(rpo === undefined ? {} : { rpoSeconds: rpo }),
    met: judged.length === 0 ? null : judged.every(Boolean),
  };
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Cuts the long lists of a report that is too large, and says by how much. */
function fit(report: Report): Report {
  if (bytesOf(JSON.stringify(report)) <= limit) return report;
  const { completeness } = report;
  const kept = completeness.missing.slice(0, 100);
  const missingCut = completeness.missingCut + completeness.missing.length - kept.length;
  const tiers = report.tiers.map((tier) => ({
    ...tier,
    steps: tier.steps.map((step) => ({
      ...step,
      evidence: step.evidence.slice(0, 3),
      notes: [...step.notes.slice(0, 3), 'cut: the report was too long'],
    })),
  }));
  return { ...report, tiers, completeness: { ...completeness, missing: kept, missingCut } };
}

/** The record of a run as the world will read it. */
export function reportOf(record: RunRecord, outcome: Outcome, because: string | undefined, endedAt: string): Report {
  const { workflowId, runId, namespace } = workflowInfo();
  const { verifiedAt, backup } = record;
  const times = splitTime(record.startedAt, verifiedAt ?? record.conductedAt ?? endedAt, stretchesOf(record));
  const rtoSeconds = verifiedAt ? secondsBetween(record.disasterAt, verifiedAt) : null;
  const stores = storesOf(record);
  const rpoSeconds = worstRpo(record, stores);
  const steps = Object.values(record.steps);
  return fit({
    recovery: record.recovery,
    plan: record.plan.name,
    planSha256: record.planSha256,
    site: record.plan.site,
    cluster: { context: record.plan.cluster, uid: record.run?.cluster.uid ?? '' },
    outcome,
    ...(because ? { because } : {}),
    ...(record.request.reason ? { requestedReason: record.request.reason } : {}),
    workflow: { namespace, workflowId, runId },
    ...(record.resumedFrom ? { resumedFrom: record.resumedFrom } : {}),
    runs: runsOf(record, outcome, endedAt),
    ...(record.leftBehind?.length ? { leftBehind: record.leftBehind } : {}),
    ...(backup ? { backup } : {}),
    startedAt: record.startedAt,
    disasterAt: record.disasterAt,
    disasterAtIs: record.disasterAtIs,
    ...(verifiedAt ? { verifiedAt } : {}),
    endedAt,
    rtoSeconds,
    rpoSeconds,
    objectives: objectivesOf(record, rtoSeconds, rpoSeconds),
    tiers: tierNames.map((name) => ({
      name,
      phase: phaseOf(name),
      startedAt: record.tiers[name].startedAt ?? null,
      healthyAt: healthyBefore(steps.filter((step) => step.tier === name)) ?? record.tiers[name].healthyAt ?? null,
      steps: steps.filter((step) => step.tier === name).map(stepReport),
      ...tierTimes(record, name, endedAt),
    })),
    workerCrashes: record.crashes.length,
    crashes: record.crashes,
    times,
    criticalPathSeconds: times.criticalPath,
    overheadSeconds: times.overhead,
    verify: record.verify,
    completeness: completenessOf(record),
    data: dataOf(record),
    decisions: record.decisions,
    exceptions: exceptionsOf(record),
    debts: debtsOf(record),
    findings: record.findings,
    ...(record.quiesced ? { quiesce: record.quiesced } : {}),
    ...(stores.length > 0 ? { stores } : {}),
    ...milestones(record),
    ...siteDrillOf(record),
  });
}
