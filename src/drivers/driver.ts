import type { z } from 'zod';
import type { Need } from '../kube/needs.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { BackupInventory, BackupItem, PinnedBackup } from '../model/backup.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { AcceptedErrors } from '../model/report.ts';
import type { DriverName, Plan, Step } from '../model/plan.ts';
import type { FindingReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import type { ObjectRef } from '../model/verdict.ts';

export type StageName = 'restore' | 'stop' | 'start';

/** Something that preflight saw. `block` holds the run. */
export type Finding = FindingReport;

/** What a driver may use. Everything here belongs to one step of one recovery at one generation. */
export interface DriverContext {
  readonly kube: KubeClient;
  readonly plan: Plan;
  readonly step: Step;
  readonly tier: TierName;
  readonly recovery: string;
  readonly generation: number;
  /** The engine's attempt within the generation (a dead Restore replaced), from 1. */
  readonly attempt: number;
  /** `<recovery>-<tier>-<step>-g<generation>[-a<attempt>]`, ≤ 63, hash-suffixed when cut. */
  readonly objectName: string;
  /** A drill: nothing may act outside its cluster, and everything carries its label. */
  readonly drill?: boolean;
  /** Recovery, tier, step, generation: go on every object that the driver makes. */
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  readonly backup?: PinnedBackup;
  /** A person has accepted what the engine could not restore. */
  readonly acceptedErrors?: AcceptedErrors;
  /** What the pinned Backup holds. */
  inventory(): Promise<BackupInventory>;
  /** Which step of the plan restores an item of the Backup; undefined when none does. */
  restoredBy(item: BackupItem): string | undefined;
  /** Which step of this tier or an earlier one makes an object of that kind and name from its own files. In a look ahead alone. */
  broughtBy?(kind: string, name: string): string | undefined;
  /** Server time of the recovery's first write: what is older was there before us. ISO 8601. */
  readonly firstWriteAt: string;
  /** Folder that a plan's relative paths start from. */
  readonly plansFolder: string;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Static message plus fields, as the Temporal logger takes them. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** What `observe` says of the engine's work. */
export type Progress =
  | {
      readonly state: 'running';
      /** Why not yet, one sentence. */
      readonly reason: string;
      /** Waits for the engine to begin: a budget of its own. */
      readonly queued?: boolean;
      /** ISO 8601, once the engine has begun: the step's timeout counts from here. */
      readonly startedAt?: string;
    }
  | {
      readonly state: 'succeeded';
      /** What proves it, one line each: `Restore velero/x Completed, 13 items`. */
      readonly evidence: readonly string[];
      readonly notes: readonly string[];
      /** Errors of the engine that were accepted, one line each with who and why; they are the report's exceptions. */
      readonly exceptions?: readonly string[];
      readonly startedAt?: string;
      readonly completedAt?: string;
    }
  | {
      readonly state: 'failed';
      /** CamelCase: `ExistingObject`, `PartiallyFailed`, `NothingRestored`. */
      readonly reason: string;
      readonly message: string;
      /** What a retry should do unless told: a new generation, or judge again. */
      readonly retry: 'again' | 'wait';
    }
  /** The engine died under it: the workflow starts the next attempt of the same generation by itself. */
  | { readonly state: 'lost'; readonly reason: string; readonly message: string };

/** How a step's work is stopped. */
export interface StopOptions {
  /** Also removes work of the step that had not come to its end; never data, nor what was restored. */
  readonly undo: boolean;
}

/** What became of a step's work that was stopped. */
export interface Stopped {
  /** A line for each thing that was stopped, or goes on. */
  readonly left: readonly string[];
  /** The step had ended well, and something of it was stopped all the same: a resumed run must start it again. */
  readonly startsAgain?: boolean;
}

/** A restore engine: one file in this folder, one line in the registry. No driver imports another, nor Temporal. */
export interface RestoreDriver<Spec extends JsonObject = JsonObject, Handle extends Json = Json> {
  /** The key in a plan. */
  readonly name: DriverName;
  /** Where a step of this driver may stand. */
  readonly tiers: readonly TierName[];
  /** Strict; its output is what the plan carries. */
  readonly spec: z.ZodType<Spec>;
  /** A reason why this spec makes no sense in this tier, for `validate`; undefined when it does. Pure. */
  refuses?(tier: TierName, spec: Spec): string | undefined;
  readonly stages: readonly StageName[];
  /** Reads only. */
  preflight(ctx: DriverContext, spec: Spec): Promise<Finding[]>;
  /** Idempotent (look, adopt, create), returns at once. Handle ≤ 4 KiB. Throws DriverError(`Conflict`) for somebody else's object. */
  start(ctx: DriverContext, spec: Spec, stage: StageName, prior: Handle | undefined): Promise<Handle>;
  /** Reads only; judged by a pure function. */
  observe(ctx: DriverContext, handle: Handle): Promise<Progress>;
  /** What the gate judges: the union over all generations. Never enters a history. */
  objects(ctx: DriverContext, handle: Handle): AsyncIterable<ObjectRef>;
  /** What this step's spec takes out of the Backup, for accounting and completeness. Pure; absent = nothing. */
  takes?(tier: TierName, spec: Spec, plan: Plan, item: BackupItem): boolean;
  /** What this step makes that is not out of the Backup, for a look ahead: kinds, classes. Reads only; absent = nothing. */
  brings?(ctx: DriverContext, spec: Spec): Promise<readonly KubeObject[]>;
  /** What the login must be allowed for this step beyond what every run needs. Pure; absent = nothing. */
  needs?(spec: Spec, plan: Plan): readonly Need[];
  /** Claims that the step wants and that were there before it: what `setAside` is for. Reads only; absent = nothing. */
  existingClaims?(ctx: DriverContext, handle: Handle): Promise<readonly ObjectRef[]>;
  /**
   * Stops what the engine still does for the step, of any generation; what was restored stays. Finds it by name and labels: an
   * abort may come before a start has given its handle. Safe to repeat.
   */
  stop?(ctx: DriverContext, spec: Spec, how: StopOptions): Promise<Stopped>;
}

/** A driver's refusal, with a failure type of `src/model/failure.ts`. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly type: 'Conflict' | 'EngineRefused' | 'PermissionDenied';

  constructor(type: DriverError['type'], message: string) {
    super(message);
    this.type = type;
  }
}
