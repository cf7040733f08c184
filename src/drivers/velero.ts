import { existingClaims } from '../velero/existing-claims.ts';
import { observeRestore, restoredObjects } from '../velero/observe.ts';
import { type Filter, filterOf, takes } from '../velero/filters.ts';
import { preflight } from '../velero/preflight.ts';
import { judgedAlone, type JudgedHandle, type RestoreHandle, startRestore } from '../velero/restore.ts';
import { stopRestores } from '../velero/stop.ts';
import { refuses, VeleroSpec } from '../velero/spec.ts';
import { acts, type Need } from '../kube/needs.ts';
import type { Plan } from '../model/plan.ts';
import { type TierName, tierNames } from '../model/tiers.ts';
import type { ObjectRef } from '../model/verdict.ts';
import type { Progress, RestoreDriver } from './driver.ts';

/**
 * Restores objects and volumes out of one Velero Backup. A step is one Restore in each generation; it is done when every
 * object that its filter takes is accounted for, whatever Velero's phase says.
 */
export const velero = {
  name: 'velero',
  tiers: tierNames,
  spec: VeleroSpec,
  stages: ['restore'],
  refuses,
  preflight,
  start: async (ctx, spec) => (await judgedAlone(ctx, spec)) ?? startRestore(ctx, spec),
  observe: (ctx, handle) =>
    'judgedOnly' in handle
      ? Promise.resolve(judged(handle))
      : observeRestore(ctx, VeleroSpec.parse(ctx.step.spec), handle),
  objects: (ctx, handle) =>
    'judgedOnly' in handle ? none() : restoredObjects(ctx, VeleroSpec.parse(ctx.step.spec), handle),
  existingClaims: (ctx, handle) =>
    'judgedOnly' in handle ? Promise.resolve([]) : existingClaims(ctx, VeleroSpec.parse(ctx.step.spec), handle),
  stop: stopRestores,
  needs: modifierNeeds,
  takes: (tier, spec, plan, item) => takes(filterFor(tier, spec, plan), item),
} as const satisfies RestoreDriver<VeleroSpec, RestoreHandle | JudgedHandle>;

function judged({ judgedOnly }: JudgedHandle): Progress {
  return {
    state: 'succeeded',
    evidence: [`a drill writes no DNS: ${judgedOnly} objects with DNS records were judged and not restored`],
    notes: [],
  };
}

async function* none(): AsyncGenerator<ObjectRef> {
  // A step that restores nothing has nothing to judge.
}

/** Mappings and rules stand in a ConfigMap beside the Restore. */
function modifierNeeds({ storageClassMapping, imageMapping, resourceModifiers }: VeleroSpec, plan: Plan): Need[] {
  const changes = [storageClassMapping, imageMapping, resourceModifiers, plan.drillOf];
  return plan.velero && changes.some((change) => change !== undefined)
    ? acts('', 'configmaps', ['get', 'create'], plan.velero.namespace)
    : [];
}

/** Filters of the steps that were asked for, by their spec: a Backup has many objects, each is asked about. */
const filters = new WeakMap<VeleroSpec, { readonly tier: TierName; readonly plan: Plan; readonly filter: Filter }>();

function filterFor(tier: TierName, spec: VeleroSpec, plan: Plan): Filter {
  const known = filters.get(spec);
  if (known?.tier === tier && known.plan === plan) return known.filter;
  const filter = filterOf(tier, spec, plan);
  filters.set(spec, { tier, plan, filter });
  return filter;
}
