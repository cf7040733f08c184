import type { DriverName } from '../model/plan.ts';
import type { RestoreDriver } from './driver.ts';
import { manifests } from './manifests.ts';
import { velero } from './velero.ts';

type Registry = { readonly [Name in DriverName]: RestoreDriver };

/** Every restore engine, by its key in a plan: one file in this folder, one line here. */
export const drivers: Registry = {
  velero,
  manifests,
} satisfies Registry;
