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
  /** `again` restores with a new generation; `wait` judges the same one again. */
  readonly mode?: 'again' | 'wait';
  /** Only for `preflight`. */
  readonly acceptBackup?: string;
}

/** Argument of the Update `acceptErrors`: what the engine's errors cost is known and borne. */
export interface AcceptErrorsInput {
  readonly step: string;
  readonly by: string;
  readonly reason: string;
}

/** Argument of the Update `abort`. */
export interface AbortInput {
  readonly by: string;
  readonly reason: string;
}
