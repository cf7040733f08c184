/** What a person types into the Temporal UI's form: exactly one JSON object, with `plan` or `resume`. */
export interface RecoverRequest {
  /** Name of a file in the worker's plans folder, without `.yaml`. */
  readonly plan?: string;
  /** An earlier recovery's id: go on with it. */
  readonly resume?: string;
  /** Restore from this Backup instead of the plan's. */
  readonly backup?: string;
  /** What a failed step does: `hold` (default) waits for a decision, `abort` ends the run. */
  readonly onFailure?: 'hold' | 'abort';
  /**
   * What happens where the plan asks for an approval: `wait` (default) for a person, `approve` by itself, `abort` the run.
   * Required of an unattended run (`onFailure: abort`) whose plan sets no time limit.
   */
  readonly onApproval?: 'wait' | 'approve' | 'abort';
  readonly reason?: string;
  /** ISO 8601: when the site was lost; RTO and RPO count from it. Default: the start. */
  readonly disasterAt?: string;
  /** Take over a Lease whose holder cannot be asked about. */
  readonly takeOver?: boolean;
  /** The cluster's name again: restore though workloads are there. */
  readonly intoLiveSite?: string;
  /** Name of an expired or partially failed Backup to go on with. */
  readonly acceptBackup?: string;
  /** Only look: validate the plan, say what it would do now and what is in the way, and end. Nothing is written. */
  readonly planOnly?: boolean;
  /** Set by a drill's own request, never by a recovery's. */
  readonly drill?: DrillWishes;
}

/** What a drill's request may say beside a recovery's. */
export interface DrillWishes {
  /** Instead of the plan's `drill.keepFor`, ms; 0: not at all. */
  readonly keepForMs?: number;
  /** Rehearse nothing: only remove what an earlier drill has left. */
  readonly cleanUp?: {
    /** That drill's recovery id, or its site. */
    readonly of: string;
    /** A claim of the caller: shown as stated. */
    readonly by?: string;
  };
}

/** What a person types to start `drillSite`: exactly one JSON object with `plan`. */
export interface DrillRequest {
  readonly plan: string;
  readonly backup?: string;
  readonly reason?: string;
  /** A duration, `2h`; `0s` for not at all. */
  readonly keepFor?: string;
  /** What a failed step does; here `abort` unless told, for nobody may be there to decide. */
  readonly onFailure?: 'hold' | 'abort';
  /** `wait` for the approval that the plan asks for; else a drill does not ask for it. */
  readonly onApproval?: 'wait';
}

/**
 * What a person types to start `drillSite` for the clean-up alone, where a drill's own run can do it no more: it was
 * terminated, or lost with Temporal's database.
 */
export interface CleanUpRequest {
  /** The drill's recovery id, or its site. */
  readonly cleanUp: string;
  /** A claim of the caller: shown as stated. */
  readonly by?: string;
  readonly reason?: string;
  /** Take over a Lease whose holder cannot be asked about. */
  readonly takeOver?: boolean;
}

/** Argument of the Update `cleanUp`: a drill that stands for people to look at need not stand longer. */
export interface CleanUpInput {
  readonly by: string;
  readonly reason: string;
}

/** Argument of the Update `approve`. */
export interface ApproveInput {
  readonly by: string;
  readonly reason: string;
}

/** Argument of the Update `retryStep`. `step` is a step's name, or `preflight`. */
export interface RetryStepInput {
  readonly step: string;
  readonly by: string;
  readonly reason: string;
  /**
   * `again` restores with a new generation; `wait` judges the same one again; `setAside` first takes claims out of the way that
   * were there before, keeping their volumes.
   */
  readonly mode?: 'again' | 'wait' | 'setAside';
  /** Only with `setAside`, which needs it: the step's name once more. */
  readonly confirm?: string;
  /** A longer budget for the step from now on, as `40m`. */
  readonly timeout?: string;
  /** Only for `preflight`. */
  readonly acceptBackup?: string;
}

/** Argument of the Update `acceptErrors`: what the engine's errors cost is known and borne. */
export interface AcceptErrorsInput {
  readonly step: string;
  readonly by: string;
  readonly reason: string;
}

/** Argument of the Update `skipStep`: the run goes on without a held step. */
export interface SkipStepInput {
  readonly step: string;
  readonly by: string;
  readonly reason: string;
  /** The step's name once more: required where data would be missing (storage, databases, queues). */
  readonly confirm?: string;
}

/** Argument of the Updates `pause` and `resume`. */
export interface PauseInput {
  readonly by: string;
  readonly reason: string;
}

/** Argument of the Update `abort`. */
export interface AbortInput {
  readonly by: string;
  readonly reason: string;
  /** Remove work that is not done, where it would only be stopped otherwise: Jobs. What was restored stays in any case. */
  readonly undo?: boolean;
}
