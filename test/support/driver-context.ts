/** A driver's context for tests: one step of a small plan, on a real cluster, without a run around it. */
import type { DriverContext } from '../../src/drivers/driver.ts';
import { drivers } from '../../src/drivers/registry.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import type { BackupInventory, PinnedBackup } from '../../src/model/backup.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { DriverName, Plan, Step } from '../../src/model/plan.ts';
import { stepsOf } from '../../src/model/plan.ts';
import type { TierName } from '../../src/model/tiers.ts';
import { objectName, stepLabels } from '../../src/recovery/names.ts';

/** What a test says of a step; the rest is as a plan's defaults make it. */
export interface StepOf {
  readonly tier: TierName;
  readonly name: string;
  readonly driver: DriverName;
  readonly spec: JsonObject;
}

/** A plan of these steps over these namespaces. */
export function planOf(namespaces: readonly string[], steps: readonly StepOf[], more: Partial<Plan> = {}): Plan {
  const of = (tier: TierName): Step[] =>
    steps
      .filter((step) => step.tier === tier)
      .map(({ name, driver, spec }) => ({ name, driver, spec, dependsOn: [], timeoutMs: 60_000, checks: [] }));
  return {
    name: 'test',
    site: 'test',
    cluster: 'test',
    namespaces,
    objectives: {},
    approval: { beforePhaseTwo: false },
    accept: [],
    ignore: [],
    verdicts: [],
    stableForMs: 0,
    degradedForMs: 300_000,
    parallelism: 4,
    tiers: {
      namespaces: of('namespaces'),
      crds: of('crds'),
      operators: of('operators'),
      storage: of('storage'),
      databases: of('databases'),
      queues: of('queues'),
      applications: of('applications'),
      ingress: of('ingress'),
    },
    verify: [],
    ...more,
  };
}

/** What the context of one step needs beside the plan. */
export interface ContextOf {
  readonly kube: KubeClient;
  readonly plan: Plan;
  readonly step: string;
  readonly recovery: string;
  readonly generation?: number;
  readonly attempt?: number;
  readonly backup?: PinnedBackup;
  readonly inventory?: () => Promise<BackupInventory>;
  readonly firstWriteAt: string;
  readonly plansFolder?: string;
}

/** The context of one step of a plan, with the names and labels that a run gives it. */
export function contextOf(of: ContextOf): DriverContext {
  const found = [...stepsOf(of.plan)].find(({ step }) => step.name === of.step);
  if (!found) throw new Error(`the test's plan has no step ${of.step}`);
  const { tier, step } = found;
  const { kube, plan, recovery, generation = 1, attempt = 1, firstWriteAt, plansFolder = '/nowhere' } = of;
  const id = { recovery, tier, step: step.name, generation, attempt };
  return {
    kube,
    plan,
    step,
    tier,
    recovery,
    generation,
    attempt,
    objectName: objectName(id),
    labels: stepLabels(id),
    annotations: { 'rekindle.dev/workflow-id': 'test' },
    ...(of.backup ? { backup: of.backup } : {}),
    inventory: of.inventory ?? (() => Promise.resolve({ items: [] })),
    restoredBy(item) {
      for (const { tier: where, step: candidate } of stepsOf(plan))
        if (drivers[candidate.driver].takes?.(where, candidate.spec, plan, item)) return candidate.name;
      return undefined;
    },
    firstWriteAt,
    plansFolder,
    signal: AbortSignal.timeout(60_000),
    log: { info: () => undefined, warn: () => undefined },
  };
}
