import type { Loaded } from '../activities/planning.ts';
import type { StageName } from '../src/drivers/driver.ts';
import type { PinnedBackup } from '../src/model/backup.ts';
import type { Json } from '../src/model/json.ts';
import { type Plan, stepsOf } from '../src/model/plan.ts';
import type {
  AcceptedErrors,
  CheckReport,
  CleanUpReport,
  Completeness,
  Decision,
  FindingReport,
  RunReport,
  QuiesceReport,
  WorkerCrash,
} from '../src/model/report.ts';
import type { RecoverRequest } from '../src/model/request.ts';
import type { RunState, StepState } from '../src/model/run.ts';
import { type TierName, tierNames } from '../src/model/tiers.ts';
import type { Stretch } from '../src/model/times.ts';
import type { JudgedObject } from '../src/model/verdict.ts';
import type { RunRef } from '../src/recovery/session.ts';

/** One step's part of the record. */
export interface StepRecord {
  readonly name: string;
  readonly tier: TierName;
  readonly driver: string;
  state: StepState;
  generation: number;
  attempt: number;
  /** Engine attempts over all generations. */
  attempts: number;
  handle?: Json;
  engineMs: number;
  gateMs: number;
  settleMs: number;
  objects: number;
  checks: readonly CheckReport[];
  evidence: readonly string[];
  notes: readonly string[];
  exceptions: readonly string[];
  /** A person has accepted the engine's errors of this generation. */
  accepted?: AcceptedErrors;
  /** Its budget where a person has lengthened it, ms. */
  timeoutMs?: number;
  /** A person has let the run go on without it. */
  skipped?: AcceptedErrors;
  /** Claims that were set aside for it, a line each. */
  asides?: readonly string[];
  /** It was begun in an earlier run of the recovery, ISO 8601. */
  begunBefore?: string;
  /** Its gate held in an earlier run of the recovery, ISO 8601. */
  doneBefore?: string;
  /** What was accepted of the engine's errors, by the plan or by a person; one line each. */
  borne?: readonly string[];
  debts: readonly JudgedObject[];
  reason?: string;
  reasonAt?: string;
  startedAt?: string;
  restoredAt?: string;
  healthyAt?: string;
}

/** One tier's part of the record. */
export interface TierRecord {
  startedAt?: string;
  healthyAt?: string;
}

/** The state of a run as plain JSON: it is carried over when the run continues as new. */
export interface RunRecord {
  state: RunState;
  readonly startedAt: string;
  /** When this run itself began; later than `startedAt` where it resumes an earlier one. */
  readonly begunAt?: string;
  /** Set while the run is paused. */
  paused?: { readonly since: string; readonly by: string; readonly reason: string };
  request: RecoverRequest;
  recovery: string;
  plan: Plan;
  planSha256: string;
  stages: Readonly<Record<string, readonly StageName[]>>;
  searchAttributes: boolean;
  /** Where the site was lost, and whether somebody said so. */
  disasterAt: string;
  disasterAtIs: 'given' | 'the start';
  run?: RunRef;
  /** Set before the lock is asked for: it is given back also when only half of it was got. */
  sought?: RunRef;
  backup?: PinnedBackup;
  resumedFrom?: string;
  /** The runs of this recovery before this one. */
  earlierRuns?: readonly RunReport[];
  /** Crashes before this index are of earlier runs. */
  ownCrashesFrom?: number;
  /** What a run that did not recover left where. */
  leftBehind?: readonly string[];
  readonly tiers: Record<TierName, TierRecord>;
  readonly steps: Record<string, StepRecord>;
  readonly decisions: Decision[];
  /** The ledger's number of this run's first decision: those of earlier runs keep theirs. */
  firstDecision: number;
  readonly crashes: WorkerCrash[];
  readonly stretches: Stretch[];
  readonly exceptions: string[];
  readonly findings: FindingReport[];
  /** What was stopped; absent until then. */
  quiesced?: readonly QuiesceReport[];
  verify: readonly CheckReport[];
  completeness?: Completeness;
  phaseOneGateAt?: string;
  approvedAt?: string;
  verifiedAt?: string;
  /** A drill's: the DNS records that were not written, one line for each object. */
  dns?: readonly string[];
  /** A drill's: when it was done with restoring and judging. */
  conductedAt?: string;
  /** A drill's: until when it stands for people to look at, and how long it did. */
  standsUntil?: string;
  stoodSeconds?: number;
  cleanUp?: CleanUpReport;
  /** Time spent held or awaiting since all gates of phase one were last seen together, ms. */
  waitedMs: number;
}

/** A record at the beginning. What an earlier run of the recovery left is taken up with the lock. */
export function recordOf(
  loaded: Loaded,
  startedAt: string,
  state: RunState,
  crashes: readonly WorkerCrash[],
): RunRecord {
  const { request, plan, resumed } = loaded;
  const steps: Record<string, StepRecord> = {};
  for (const { tier, step } of stepsOf(plan)) {
    const at = { generation: 1, attempt: 1 };
    steps[step.name] = { name: step.name, tier, driver: step.driver, state: 'pending', ...at, ...untouched() };
  }
  const tiers = Object.fromEntries(tierNames.map((tier) => [tier, {}])) as Record<TierName, TierRecord>;
  const first = resumed?.run.startedAt ?? startedAt;
  return {
    state,
    startedAt: first,
    begunAt: startedAt,
    request,
    recovery: loaded.recovery,
    plan,
    planSha256: loaded.planSha256,
    stages: loaded.stages,
    searchAttributes: loaded.searchAttributes,
    disasterAt: resumed?.run.disasterAt ?? request.disasterAt ?? startedAt,
    disasterAtIs: resumed?.run.disasterAtIs ?? (request.disasterAt ? 'given' : 'the start'),
    ...(resumed ? { resumedFrom: `${resumed.run.workflow.workflowId}/${resumed.run.workflow.runId}` } : {}),
    tiers,
    steps,
    decisions: [],
    firstDecision: 0,
    crashes: [...crashes],
    // Between the runs nobody worked: the interruption is what it cost.
    stretches: resumed ? [{ on: 'crash', from: first, to: startedAt }] : [],
    exceptions: [],
    findings: [],
    verify: [],
    waitedMs: 0,
  };
}

function untouched() {
  return {
    attempts: 0,
    engineMs: 0,
    gateMs: 0,
    settleMs: 0,
    objects: 0,
    checks: [],
    evidence: [],
    notes: [],
    exceptions: [],
    debts: [],
  };
}
