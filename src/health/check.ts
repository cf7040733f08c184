import type { z } from 'zod';
import type { Need } from '../kube/needs.ts';
import type { KubeClient } from '../kube/types.ts';
import type { JsonObject } from '../model/json.ts';
import type { CheckType, Plan } from '../model/plan.ts';
import type { Verdict } from '../model/verdict.ts';

/** What a check may use. `signal` ends with the attempt's time limit. */
export interface CheckContext {
  readonly kube: KubeClient;
  readonly plan: Plan;
  /** Where objects are looked for when the spec names no namespace: the plan's first. */
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** That limit, for engines that can be told to give up by themselves. */
  readonly attemptTimeoutMs?: number;
}

/** A check: one file in `src/health/checks`, one line in the registry. Reads only. */
export interface HealthCheck<Spec extends JsonObject = JsonObject> {
  /** The key in a plan. */
  readonly type: CheckType;
  /** Strict; its output is what the plan carries. */
  readonly spec: z.ZodType<Spec>;
  /** True when the spec says what data it expects: then `asserts: data` is allowed. Pure. */
  expectsData?(spec: Spec): boolean;
  /** Its answer comes from objects of the cluster alone: it is looked at as soon as one of them changes, whatever its pace. */
  readonly objectsOnly?: true;
  /** What the login must be allowed for it beyond reading what the plan restores; `home` is `CheckContext.namespace`. Pure; absent = nothing. */
  needs?(spec: Spec, home: string): readonly Need[];
  /** One look. Never throws for what a cluster may answer: that is a verdict too. `message` never holds an exec's output. */
  observe(ctx: CheckContext, spec: Spec): Promise<Verdict>;
}
