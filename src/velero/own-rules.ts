import type { BackupItem } from '../model/backup.ts';
import type { JsonObject } from '../model/json.ts';
import type { Plan } from '../model/plan.ts';

/** One step's Restore, as whoever adds rules of our own to it sees it. */
export interface OwnRulesInput {
  readonly recovery: string;
  readonly plan: Plan;
  /** What the step takes out of the Backup. */
  readonly wanted: readonly BackupItem[];
}

/** Adds rules of Velero's resource modifiers, as the ConfigMap has them. Pure, and the same at each call: they are part of the Restore's hash. */
export type OwnRules = (input: OwnRulesInput) => readonly JsonObject[];
