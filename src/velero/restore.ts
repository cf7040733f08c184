import { createHash } from 'node:crypto';
import { type DriverContext, DriverError } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/types.ts';
import type { PinnedBackup } from '../model/backup.ts';
import type { Json } from '../model/json.ts';
import { backupKind, restoreKind } from './api.ts';
import { textAt } from './fields.ts';
import { filterOf, resolveNames, restoreSpec } from './filters.ts';
import type { VeleroSpec } from './spec.ts';

/** Where a step's Restore is: all that a history keeps of it. */
export type RestoreHandle = { readonly restore: { readonly namespace: string; readonly name: string } };

/** On a Restore of ours: the hash of the spec that it was made with. Velero changes the spec itself. */
const specHashAnnotation = 'rekindle.dev/spec-sha256';

/** Starting twice is starting once: looks by name, adopts what is ours, creates what is not there. */
export async function startRestore(ctx: DriverContext, spec: VeleroSpec): Promise<RestoreHandle> {
  const wanted = await wantedRestore(ctx, spec);
  const { name, namespace = '' } = wanted.metadata;
  const handle = { restore: { namespace, name } };
  for (let look = 0; look < 3; look += 1) {
    const found = await ctx.kube.get({ ...restoreKind, namespace, name }, { signal: ctx.signal });
    if (found) {
      adopt(found, wanted);
      return handle;
    }
    if (look === 0) await checkBackup(ctx, backupOf(ctx));
    if (await created(ctx, wanted)) return handle;
  }
  throw new DriverError(
    'Conflict',
    `Restore ${namespace}/${name} is made and removed by somebody else again and again; find out who does it`,
  );
}

function backupOf(ctx: DriverContext): PinnedBackup {
  if (!ctx.backup)
    throw new DriverError(
      'EngineRefused',
      `step ${ctx.step.name} restores with Velero, but the plan names no Backup: write spec.velero`,
    );
  return ctx.backup;
}

/** The Restore as it should be. Throws where a name in its filter is ambiguous. */
async function wantedRestore(ctx: DriverContext, spec: VeleroSpec): Promise<KubeObject> {
  const backup = backupOf(ctx);
  const { items } = await ctx.inventory();
  const filter = filterOf(ctx.tier, spec, ctx.plan);
  const [ambiguity] = resolveNames([...filter.includedResources, ...filter.excludedResources], items).ambiguous;
  if (ambiguity)
    throw new DriverError(
      'EngineRefused',
      `${ambiguity.written} means ${ambiguity.means.join(' and ')} in Backup ${backup.name}: write the one that is meant in full`,
    );
  const body = restoreSpec(filter, spec, backup.name, items);
  return {
    ...restoreKind,
    metadata: {
      name: ctx.objectName,
      namespace: backup.namespace,
      labels: { ...ctx.labels },
      annotations: { ...ctx.annotations, [specHashAnnotation]: hashOf(body) },
    },
    spec: body,
  };
}

function hashOf(value: Json): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: Json | undefined): Json {
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}

/** Ours: every label of this recovery, step and generation, and the hash of the same spec. */
function adopt(found: KubeObject, wanted: KubeObject): void {
  const { name, namespace = '', labels = {}, annotations = {} } = found.metadata;
  const strange = Object.entries(wanted.metadata.labels ?? {}).find(([key, value]) => labels[key] !== value);
  if (strange)
    throw new DriverError(
      'Conflict',
      `Restore ${namespace}/${name} is there already, but not of this step (its label ${strange[0]} is ${labels[strange[0]] ?? 'missing'}, not ${strange[1]}); remove it if it is not needed, then retry the step`,
    );
  if (annotations[specHashAnnotation] !== wanted.metadata.annotations?.[specHashAnnotation])
    throw new DriverError(
      'Conflict',
      `Restore ${namespace}/${name} of this step was made with another filter; retry the step with mode again, which makes a new one`,
    );
}

/** Sync makes a Backup anew: name, location and start time say whether it is still the pinned one. */
async function checkBackup(ctx: DriverContext, pinned: PinnedBackup): Promise<void> {
  const backup = await ctx.kube.get(
    { ...backupKind, namespace: pinned.namespace, name: pinned.name },
    { signal: ctx.signal },
  );
  if (!backup)
    throw new DriverError(
      'EngineRefused',
      `Backup ${pinned.namespace}/${pinned.name}, which this recovery restores from, is gone; bring it back (Velero syncs it from ${pinned.storageLocation}), then retry the step`,
    );
  const location = textAt(backup, 'spec', 'storageLocation');
  const startTimestamp = textAt(backup, 'status', 'startTimestamp');
  if (location !== pinned.storageLocation || startTimestamp !== pinned.startTimestamp)
    throw new DriverError(
      'Conflict',
      `Backup ${pinned.namespace}/${pinned.name} is another one now (in ${location ?? '?'}, begun ${startTimestamp ?? '?'}) than this recovery began with (in ${pinned.storageLocation}, begun ${pinned.startTimestamp}); nothing is restored from it`,
    );
}

/** False where somebody was faster: then it is looked at again. */
async function created(ctx: DriverContext, wanted: KubeObject): Promise<boolean> {
  try {
    await ctx.kube.create(wanted, { signal: ctx.signal });
    return true;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.code === 409) return false;
    if (error.code === 403)
      throw new DriverError(
        'PermissionDenied',
        `creating Restore ${wanted.metadata.namespace ?? ''}/${wanted.metadata.name} is not permitted: ${error.message}`,
      );
    if (error.code === 422 || error.code === 400)
      throw new DriverError(
        'EngineRefused',
        `the API server refuses Restore ${wanted.metadata.name}: ${error.message}`,
      );
    throw error;
  }
}
