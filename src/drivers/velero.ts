import { observeRestore, restoredObjects } from '../velero/observe.ts';
import { filterOf, takes } from '../velero/filters.ts';
import { preflight } from '../velero/preflight.ts';
import { type RestoreHandle, startRestore } from '../velero/restore.ts';
import { refuses, VeleroSpec } from '../velero/spec.ts';
import { tierNames } from '../model/tiers.ts';
import type { RestoreDriver } from './driver.ts';

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
  start: (ctx, spec) => startRestore(ctx, spec),
  observe: (ctx, handle) => observeRestore(ctx, VeleroSpec.parse(ctx.step.spec), handle),
  objects: (ctx, handle) => restoredObjects(ctx, VeleroSpec.parse(ctx.step.spec), handle),
  takes: (tier, spec, plan, item) => takes(filterOf(tier, spec, plan), item),
} as const satisfies RestoreDriver<VeleroSpec, RestoreHandle>;
