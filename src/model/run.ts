import type { TierName } from './tiers.ts';

/** Where a run is. `held` and `paused` stand beside the state they interrupt; `standing` and `cleaning-up` are a drill's. */
export const runStates = [
  'planning',
  'preflight',
  'phase-one',
  'phase-one-gate',
  'awaiting-approval',
  'phase-two',
  'verifying',
  'standing',
  'cleaning-up',
  'ending',
  'held',
  'paused',
] as const;
export type RunState = (typeof runStates)[number];

/** Whether a run is done with restoring: what a pause or an approval were for is over. */
export function isOver(state: RunState): boolean {
  return state === 'standing' || state === 'cleaning-up' || state === 'ending';
}

/** How a run ended. Only the first is plain success. */
export const outcomes = ['recovered', 'recovered-with-exceptions', 'inconclusive', 'aborted', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** Where a step is. */
export const stepStates = ['pending', 'restoring', 'gating', 'done', 'failed', 'skipped', 'not-run'] as const;
export type StepState = (typeof stepStates)[number];

/** The task queue that the workers poll. */
export const taskQueue = 'rekindle';

/** The workflow type that a person types in the Temporal UI. */
export const recoverSiteType = 'recoverSite';

/** The workflow type that rehearses a plan on another cluster. */
export const drillSiteType = 'drillSite';

/** Names of the Updates, as the Temporal UI lists them. */
export const updateNames = {
  approve: 'approve',
  retryStep: 'retryStep',
  acceptErrors: 'acceptErrors',
  skipStep: 'skipStep',
  pause: 'pause',
  resume: 'resume',
  abort: 'abort',
  cleanUp: 'cleanUp',
} as const;

/** The reason of a hold whose errors a person may accept. */
export const acceptableReason = 'PartiallyFailed';

/** The reason of a hold whose objects may be set aside. */
export const existingReason = 'ExistingObject';

/** Name of the query that answers with a `RunView`. */
export const viewQueryName = 'view';

/** Name of the signal by which a waiting activity says a changed reason. */
export const reasonSignalName = 'reason';

/** Search attributes, all of type Keyword. */
export const searchAttributeNames = {
  site: 'RekindleSite',
  plan: 'RekindlePlan',
  state: 'RekindleState',
  tier: 'RekindleTier',
} as const;

/** What a waiting activity puts into its heartbeat: `status` reads it by describe. */
export interface Waiting {
  /** Identity of the worker; the same one after a timeout was stalled, another one crashed. */
  readonly worker: string;
  readonly at: string;
  readonly tier?: TierName;
  readonly step?: string;
  /** What is waited for: `restore`, `gate`, a check's name, `planning`. */
  readonly waitsFor: string;
  /** Why not yet. */
  readonly reason: string;
  /** The worker is shutting down and hands over: no crash. */
  readonly handsOver?: boolean;
}

/** Answer of the query `view`: the whole run on one page. */
export interface RunView {
  readonly recovery?: string;
  readonly plan?: string;
  readonly site?: string;
  readonly cluster?: string;
  readonly state: RunState;
  /** What `held` or `paused` interrupts. */
  readonly within?: RunState;
  readonly startedAt: string;
  readonly tiers: readonly TierView[];
  /** Why the run is held, one sentence each, with what to do. */
  readonly holds: readonly Hold[];
  readonly awaitingApprovalSince?: string;
  /** Approvals so far, oldest first; they stay when the wait is over. */
  readonly approvals?: readonly ApprovalView[];
  /** How many people must approve, when more than one. */
  readonly approvalsNeeded?: number;
  /** Who may approve, by name; absent where anybody may. */
  readonly approvers?: readonly string[];
  /** When the wait for approvals ends, and what happens then. */
  readonly approveBy?: string;
  readonly thenAtApproveBy?: 'abort' | 'approve';
  /** Set while the run is paused. */
  readonly paused?: { readonly since: string; readonly by: string; readonly reason: string };
  readonly outcome?: Outcome;
  /** A drill's: the plan's own cluster. */
  readonly drillOf?: string;
  /** The run rehearses nothing, and only removes what this drill has left. */
  readonly cleansUpOnly?: boolean;
  /** A drill's: until when it stands for people to look at. */
  readonly standsUntil?: string;
}

/** One approval that was given; `voided` says why it does not count. */
export interface ApprovalView {
  readonly by: string;
  readonly at: string;
  readonly voided?: string;
  /** It counts only once it is known who called, which is still looked at. */
  readonly pending?: true;
  /** Id of the Update that gave it. */
  readonly update?: string;
}

export interface TierView {
  readonly name: TierName;
  readonly state: 'pending' | 'running' | 'done' | 'held' | 'empty';
  readonly startedAt?: string;
  readonly healthyAt?: string;
  readonly steps: readonly StepView[];
}

export interface StepView {
  readonly name: string;
  readonly driver: string;
  readonly state: StepState;
  readonly generation: number;
  readonly reason?: string;
  readonly reasonAt?: string;
}

/** Something that waits for a decision. */
export interface Hold {
  /** The step's name, or `preflight`. */
  readonly step: string;
  readonly tier?: TierName;
  readonly since: string;
  /** CamelCase: `ExistingObject`, `BackupMissing`. */
  readonly reason: string;
  readonly message: string;
  /** When the run gives up waiting and ends as failed. */
  readonly decideBy?: string;
}
