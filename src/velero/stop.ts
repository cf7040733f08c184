import type { DriverContext, Stopped } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import { valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { labelKeys } from '../model/labels.ts';
import { restoreKind, restoreNameLabel } from './api.ts';
import { textAt } from './fields.ts';
import { listVolumes } from './restore-facts.ts';
import { isOpen, type Volume, volumeText } from './volumes.ts';

/** Phases in which Velero has done nothing of a Restore yet. 1.18.3, pkg/apis/velero/v1/restore_types.go. */
const notBegun = ['', 'New'];

/** Phases after which Velero does nothing more. */
const ended = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];

/**
 * Stops what Velero still does for a step, as far as it can be told to: moves of data are cancelled, a Restore that was not
 * begun is taken back. One that is under way goes on: Velero knows no way to stop it. The Restores are found by their labels,
 * of every generation and attempt: an abort may come before anybody was told the name of the last one. Safe to repeat.
 */
export async function stopRestores(ctx: DriverContext): Promise<Stopped> {
  const { kube, signal, backup } = ctx;
  if (!backup) return { left: [] };
  const { namespace } = backup;
  const { recovery, tier, step } = labelKeys;
  const labelSelector = `${recovery}=${ctx.recovery},${tier}=${ctx.tier},${step}=${ctx.step.name}`;
  const { items: restores } = await kube.list(restoreKind, { namespace, labelSelector, signal });
  const names = restores.map(({ metadata }) => metadata.name);
  const left: string[] = [];
  for (const restore of restores) left.push(await stopOne(ctx, restore));
  // A Restore that somebody has removed leaves its moves behind.
  const own = new Set([...names, ctx.objectName]);
  const volumes = await listVolumes(kube, namespace, signal);
  for (const volume of volumes)
    if (isOpen(volume) && own.has(volume.metadata.labels?.[restoreNameLabel] ?? ''))
      left.push(await cancel(ctx, volume));
  return { left: left.filter((line) => line !== '') };
}

async function stopOne({ kube, signal }: DriverContext, restore: KubeObject): Promise<string> {
  const { namespace = '', name, uid, resourceVersion } = restore.metadata;
  const phase = textAt(restore, 'status', 'phase') ?? '';
  if (ended.includes(phase)) return '';
  const goesOn = `Restore ${namespace}/${name} is under way, and Velero knows no way to stop it: it goes on to its end`;
  if (!notBegun.includes(phase)) return goesOn;
  const asSeen = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  try {
    await kube.remove({ ...restoreKind, namespace, name }, { signal, ...asSeen });
    return `Restore ${namespace}/${name} was not begun yet and was taken back`;
  } catch (error) {
    // Velero has begun it between the look and the act.
    if (error instanceof KubeError && error.code === 409) return goesOn;
    return refusedText(error, `Restore ${namespace}/${name} is not begun yet and will be`);
  }
}

async function cancel({ kube, signal }: DriverContext, volume: Volume): Promise<string> {
  const { apiVersion, kind, metadata } = volume;
  const ref = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace ?? '' };
  const what = volumeText({ ...volume, apiVersion, kind });
  try {
    const after = await kube.patch(ref, 'merge', { spec: { cancel: true } }, { signal });
    // A version that does not know the field drops it.
    const isHeard = valueAt(after, 'spec', 'cancel') === true;
    return isHeard
      ? `${what}; it was told to stop, and what it had filled is not whole`
      : `${what}; this Velero cannot stop it, and it goes on`;
  } catch (error) {
    return refusedText(error, `${what} and goes on`);
  }
}

/** What may not be stopped is told, and does not keep the rest from being stopped. */
function refusedText(error: unknown, what: string): string {
  if (!(error instanceof KubeError) || error.code !== 403) throw error;
  return `${what}: it may not be stopped from here: ${error.message}`;
}
