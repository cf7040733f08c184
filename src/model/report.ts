import type { PinnedBackup } from './backup.ts';
import type { Outcome, StepState } from './run.ts';
import type { Phase, TierName } from './tiers.ts';
import type { JudgedObject, ObjectRef, VerdictName } from './verdict.ts';

/** The record of a run: its result, what `rekindle report` prints, what an auditor reads. Times are ISO 8601 UTC with milliseconds. */
export interface Report {
  readonly recovery: string;
  readonly plan: string;
  readonly planSha256: string;
  readonly site: string;
  readonly cluster: { readonly context: string; readonly uid: string };
  readonly outcome: Outcome;
  /** One sentence: why it is not plain `recovered`. */
  readonly because?: string;
  readonly requestedReason?: string;
  readonly workflow: { readonly namespace: string; readonly workflowId: string; readonly runId: string };
  readonly resumedFrom?: string;
  /** Every run of this recovery, oldest first; one unless it was resumed. */
  readonly runs?: readonly RunReport[];
  /** After an abort or a failure: what was left where, a line each. */
  readonly leftBehind?: readonly string[];
  readonly backup?: PinnedBackup;
  readonly startedAt: string;
  readonly disasterAt: string;
  readonly disasterAtIs: 'given' | 'the start';
  readonly verifiedAt?: string;
  readonly endedAt: string;
  /** disasterAt → verified; null when the site was not verified. */
  readonly rtoSeconds: number | null;
  /** The worst store's. */
  readonly rpoSeconds: number | null;
  readonly objectives: { readonly rtoSeconds?: number; readonly rpoSeconds?: number; readonly met: boolean | null };
  readonly tiers: readonly TierReport[];
  /** How many worker processes died under the run, and each of them. */
  readonly workerCrashes: number;
  readonly crashes: readonly WorkerCrash[];
  readonly times: Times;
  /** The same as in `times`, at the top for those who compare runs. */
  readonly criticalPathSeconds: number;
  readonly overheadSeconds: number;
  readonly verify: readonly CheckReport[];
  readonly completeness: Completeness;
  /** A line for each verified store; the drill's own comparison adds checksums. */
  readonly data: readonly DataReport[];
  readonly decisions: readonly Decision[];
  readonly exceptions: readonly string[];
  readonly debts: readonly DebtReport[];
  readonly findings: readonly FindingReport[];
  /** What the plan has stopped for the time of the recovery; absent where it stops nothing. */
  readonly quiesce?: readonly QuiesceReport[];
  /** Each restored store's own point in time; absent where nobody knows more than when the Backup began. */
  readonly stores?: readonly StoreReport[];
  /** When somebody was waited for, merged. */
  readonly deciding?: readonly Span[];
  /** When all gates of phase one were first seen to hold together, and when phase two was let in. */
  readonly phaseOneGateAt?: string;
  readonly phaseTwoAt?: string;
  /** Earlier runs of the same plan, newest first: added by whoever prints the report, never by the run. */
  readonly earlier?: readonly EarlierRun[];
  /** Absent in a recovery. */
  readonly siteDrill?: SiteDrillReport;
}

/** One object that was stopped, and what became of it at the end. */
export interface QuiesceReport {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `was already`: stopped by somebody else, so it stays so. `not there`: gone, or never brought. */
  readonly state: 'put back' | 'left quiesced' | 'was already' | 'not there';
  readonly why?: string;
}

/** What only a drill has to tell. */
export interface SiteDrillReport {
  /** The plan's own cluster, which the drill did not touch. */
  readonly cluster: string;
  /** Whether phase two waited for the approval that the plan asks for. */
  readonly approval: 'asked' | 'not asked' | 'not in the plan';
  /** What a recovery would have written to the DNS, and the drill did not; one line for each object. */
  readonly dns: readonly string[];
  /** How long it stood for people to look at. */
  readonly stoodSeconds?: number;
  /** Absent: the drill ended before it had made anything. */
  readonly cleanUp?: CleanUpReport;
}

/** What became of what a drill had made. */
export interface CleanUpReport {
  /** True only where a last look, after everything, found nothing. */
  readonly clean: boolean;
  readonly left: readonly LeftOver[];
  /** How many more are left than are listed. */
  readonly leftCut: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** Something of a drill that is still there. */
export interface LeftOver {
  readonly kind: string;
  /** `namespace/name`, or the name of what is cluster-scoped. */
  readonly name: string;
  readonly why: string;
}

/** One run of a recovery. */
export interface RunReport {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAt: string;
  /** The last that is known of it; null while it runs. */
  readonly endedAt: string | null;
  /** `interrupted`: it was terminated or lost, so that it could not say how it ended. */
  readonly outcome: Outcome | 'interrupted';
}

/** A stretch of time; ISO 8601. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** What says when a store's data was as it is restored. */
export const dataTimes = ['the snapshot', 'the file-system backup', "the Backup's start"] as const;

/** One restored store and how old its data was. */
export interface StoreReport {
  /** The claim in the Backup, `namespace/name`. */
  readonly store: string;
  /** The step that brings it; absent where no step takes it. */
  readonly step?: string;
  readonly dataAt: string;
  readonly dataAtIs: (typeof dataTimes)[number];
  /** disasterAt − dataAt. */
  readonly rpoSeconds: number;
}

/** What is compared of an earlier run of the plan. */
export interface EarlierRun {
  readonly recovery: string;
  readonly startedAt: string;
  readonly outcome: Outcome;
  readonly rtoSeconds: number | null;
  /** Seconds until each tier that ran was healthy. */
  readonly tiers: { readonly [T in TierName]?: number };
}

export interface TierReport {
  readonly name: TierName;
  readonly phase: Phase;
  readonly startedAt: string | null;
  /** When the tier's own gate first held; never moved by later gates or debts. */
  readonly healthyAt: string | null;
  readonly steps: readonly StepReport[];
  /** What the time between the two was spent on; of a tier that did not become healthy, until the run's end. */
  readonly times?: Times;
}

export interface StepReport {
  readonly name: string;
  readonly driver: string;
  readonly state: StepState;
  readonly generation: number;
  /** Of the engine: a dead Restore that was replaced counts. */
  readonly attempts: number;
  readonly engineSeconds: number;
  readonly gateSeconds: number;
  readonly settleSeconds: number;
  /** How many objects the gate judged. */
  readonly objects: number;
  readonly checks: readonly CheckReport[];
  readonly evidence: readonly string[];
  readonly notes: readonly string[];
  /** When it was first begun. */
  readonly startedAt?: string;
  /** When the engine's last work for it had ended. */
  readonly restoredAt?: string;
  /** When its own gate had held. */
  readonly healthyAt?: string;
}

export interface CheckReport {
  readonly name: string;
  readonly verdict: VerdictName;
  /** What was seen; never a secret: an exec's output is only matched or not. */
  readonly observed: string;
  readonly asserts?: 'data';
}

export interface WorkerCrash {
  readonly worker: string;
  /** The last heartbeat of the dead worker. */
  readonly lastSeen: string;
  readonly resumedAt: string;
  readonly seconds: number;
  readonly tier?: TierName;
  readonly step?: string;
}

/** Seconds; they add up to start → verified (or the end). */
export interface Times {
  /** The engines and the health of what they restored, along the longest chain. */
  readonly criticalPath: number;
  /** Gates holding for `stableFor`. */
  readonly settle: number;
  /** People deciding. */
  readonly decision: number;
  readonly crash: number;
  /** Ours: everything else. */
  readonly overhead: number;
}

export interface Completeness {
  /** False when the run ended before every object was accounted for: then the counts say nothing. */
  readonly judged: boolean;
  readonly backedUp: number;
  readonly created: number;
  /** There before and accepted; derived; platform. */
  readonly accepted: number;
  readonly derived: number;
  readonly platform: number;
  readonly excluded: number;
  readonly ignored: number;
  readonly missing: readonly (ObjectRef & { readonly why: string })[];
  /** How many more are missing than are listed. */
  readonly missingCut: number;
  /** What the Backup says of each claim's own point in time; in the report it stands as `stores`. */
  readonly stores?: readonly Omit<StoreReport, 'rpoSeconds'>[];
}

/** The accounting of a run that ended before it. */
export const noCompleteness: Completeness = {
  judged: false,
  backedUp: 0,
  created: 0,
  accepted: 0,
  derived: 0,
  platform: 0,
  excluded: 0,
  ignored: 0,
  missing: [],
  missingCut: 0,
};

export interface DataReport {
  readonly store: string;
  readonly expected: string;
  readonly restored: string;
  readonly equal: boolean;
}

export interface Decision {
  readonly at: string;
  readonly kind:
    'approve' | 'retryStep' | 'acceptErrors' | 'skipStep' | 'pause' | 'resume' | 'abort' | 'cancel' | 'cleanUp';
  readonly step?: string;
  readonly mode?: string;
  /** A claim of the caller: shown as stated. */
  readonly by: string;
  readonly reason: string;
  /** What the Temporal server recorded of the caller. */
  readonly identity?: string;
  /** The step's new budget, as `40m`. */
  readonly timeout?: string;
  /** Of an abort: whether it also removed work that was not done. */
  readonly undo?: boolean;
  /** Why it does not count. */
  readonly voided?: string;
}

/** Who accepted an engine's errors, and why. */
export interface AcceptedErrors {
  /** A claim of the caller: shown as stated. */
  readonly by: string;
  readonly reason: string;
}

export interface DebtReport extends JudgedObject {
  readonly settledAt: string | null;
  readonly dueIn: TierName | 'verify';
}

/** Something that was seen before the first act. `block` holds the run, `warn` is in the report's exceptions. */
export interface FindingReport {
  readonly severity: 'block' | 'warn' | 'info';
  /** CamelCase, stable: `BackupMissing`, `ExistingObject`. */
  readonly reason: string;
  /** One sentence: what is, and what to do. */
  readonly message: string;
  /** The one step that it is about. */
  readonly step?: string;
  /** The one object that it is about, `Kind namespace/name`. */
  readonly object?: string;
}
