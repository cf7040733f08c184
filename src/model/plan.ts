import type { JsonObject } from './json.ts';
import type { QuiesceTarget } from './quiesce.ts';
import { tierNames, type TierName } from './tiers.ts';
import type { VerdictName } from './verdict.ts';

/** The restore engines of this version: the key that a step carries in a plan. */
export const driverNames = ['velero', 'manifests'] as const;
export type DriverName = (typeof driverNames)[number];

/** The checks of this version: the key that a check carries in a plan. */
export const checkTypes = [
  'resourceExists',
  'podStatus',
  'tcpSocket',
  'exec',
  'httpGet',
  'verdict',
  'quorum',
  'dnsResolves',
  'postgres',
  'mysql',
  'redis',
  'rabbitmq',
  'mongodb',
  'kafka',
  'dataChecksum',
] as const;
export type CheckType = (typeof checkTypes)[number];

/**
 * A validated plan with every default filled in: durations in milliseconds, the one driver or check key of an entry
 * lifted into `driver`/`type` and `spec`. Made by `src/plan`, carried by a run, never changed.
 */
export interface Plan {
  readonly name: string;
  readonly site: string;
  /** A context of the kubeconfig that the worker has. */
  readonly cluster: string;
  readonly namespaces: readonly string[];
  readonly objectives: { readonly rtoMs?: number; readonly rpoMs?: number };
  readonly velero?: VeleroSource;
  readonly approval: Approval;
  /** How long a hold may wait for a decision; then the run ends as failed. Absent: for ever. */
  readonly holds?: { readonly withinMs: number };
  readonly accept: readonly Acceptance[];
  readonly ignore: readonly IgnoreRule[];
  /** Rules of the plan's own for kinds that have none; they come before ours. */
  readonly verdicts: readonly OwnRule[];
  /** How long a gate must hold before it counts. */
  readonly stableForMs: number;
  /** How long something may be Degraded without a break before its gate gives up. */
  readonly degradedForMs: number;
  /** How many steps of a tier may run side by side. */
  readonly parallelism: number;
  /** All eight keys are there; a tier may be empty. */
  readonly tiers: { readonly [T in TierName]: readonly Step[] };
  readonly verify: readonly Check[];
  /** What is stopped while the site is restored, in this order, and put back in reverse. */
  readonly quiesce?: readonly QuiesceTarget[];
  /** Where the plan is rehearsed. */
  readonly drill?: DrillSettings;
  /** Set while a drill carries the plan out: the plan's own cluster, which `cluster` does not name then. */
  readonly drillOf?: string;
}

/** Where a person decides, who may, and how long that may take. */
export interface Approval {
  readonly beforePhaseTwo: boolean;
  /** Who may approve; absent: anybody who reaches Temporal. */
  readonly approvers?: readonly Approver[];
  /** How many different people must approve; absent: one. */
  readonly people?: number;
  /** Nothing vouches for who a caller is: names are believed as stated. */
  readonly trustStatedNames?: boolean;
  /** How long it may wait; absent: for ever. */
  readonly withinMs?: number;
  /** What then; absent: abort. */
  readonly then?: 'abort' | 'approve';
}

/** Somebody who may approve. */
export interface Approver {
  /** What stands in the Update's `by`. */
  readonly name: string;
  /** What the Temporal server records of this caller; absent: the name, or, with `trustStatedNames`, anything. */
  readonly identity?: string;
}

/** Where the Velero steps' data is. Exactly one of `backup` and `schedule`. */
export interface VeleroSource {
  readonly namespace: string;
  readonly backup?: string;
  readonly schedule?: string;
}

/** How a plan is rehearsed on another cluster. */
export interface DrillSettings {
  /** A context of the kubeconfig that the worker has; never the site's own cluster. */
  readonly cluster: string;
  /** How long the site stands for people to look at before it is cleaned up. */
  readonly keepForMs?: number;
  /** How long the clean-up may take until it says what is left. */
  readonly cleanUpMs: number;
}

/** A verdict that may pass a gate though it is not Healthy; shown as an exception. */
export interface Acceptance {
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly verdict: VerdictName;
  readonly reason: string;
}

/**
 * A plan's own rule for a kind: CEL expressions over the object, judged in this order; none of them true is Progressing.
 * Variables: `object` and, for short, its `metadata`, `spec` and `status` (empty when absent).
 */
export interface OwnRule {
  /** API group, `''` for core. */
  readonly group: string;
  readonly kind: string;
  readonly progressing?: string;
  readonly degraded?: string;
  readonly healthy: string;
}

/** Objects of the backup that need not come back. Without a name: the whole kind. */
export interface IgnoreRule {
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** One unit of restore work: one driver with its spec, then its checks. Names are unique in a plan. */
export interface Step {
  readonly name: string;
  readonly driver: DriverName;
  /** What stood under the driver's key, validated by that driver's schema. */
  readonly spec: JsonObject;
  /** Names of steps of the same tier. */
  readonly dependsOn: readonly string[];
  /** Budget of the engine, and again of the gate. */
  readonly timeoutMs: number;
  readonly checks: readonly Check[];
}

/** One check of a step or of `verify`. */
export interface Check {
  readonly name: string;
  readonly type: CheckType;
  /** What stood under the check's key, validated by that check's schema. */
  readonly spec: JsonObject;
  /** Set when the check asserts that data came back. */
  readonly asserts?: 'data';
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly everyMs: number;
}

/** All steps in tier order. */
export function* stepsOf(plan: Plan): Generator<{ readonly tier: TierName; readonly step: Step }> {
  for (const tier of tierNames) for (const step of plan.tiers[tier]) yield { tier, step };
}

/** The budget of a look at many gates together, ms: the longest step's, and every check's. */
export function togetherBudgetMs(plan: Plan): number {
  const steps = Array.from(stepsOf(plan), ({ step }) => step);
  const checks = [...steps.flatMap((step) => step.checks), ...plan.verify];
  const longest = Math.max(60_000, ...steps.map((step) => step.timeoutMs));
  return longest + checks.reduce((sum, check) => sum + check.timeoutMs, 0);
}
