import type { DriverContext } from '../drivers/driver.ts';
import { valueAt } from '../kube/read.ts';
import { refText } from '../model/verdict.ts';
import type { Accounted, OwnRestore } from './accounting.ts';
import { backupKind, restoreNameLabel } from './api.ts';
import { readFileBackups } from './file-backups.ts';
import { listVolumes } from './restore-facts.ts';
import { claimTarget, podTarget, targetOf, unfilled, type Volume, volumeText } from './volumes.ts';

/** On a claim whose data the data mover took. 1.18.3, pkg/apis/velero/v1/labels_annotations.go. */
const dataUploadAnnotation = 'velero.io/data-upload-name';

/**
 * What restored claims and pods still lack, one text each. A Restore that died in its work leaves them empty, and the
 * next one finds them there and says Completed: so each must have a volume of this recovery whose last word is Completed.
 * `isAccepted`: whose own failure is borne.
 */
export async function missingData(
  ctx: DriverContext,
  namespace: string,
  accounted: readonly Accounted[],
  restores: readonly OwnRestore[],
  isAccepted: (volume: Volume) => boolean,
): Promise<readonly string[]> {
  const made = accounted.filter(({ account }) => account === 'created' || account === 'earlier');
  const wanted = new Map([...(await filesOf(ctx, made)), ...(await movedClaims(ctx, made))]);
  if (wanted.size === 0) return [];
  const names = new Set(restores.map(({ name }) => name));
  const volumes = (await listVolumes(ctx.kube, namespace, ctx.signal)).filter(({ metadata }) =>
    names.has(metadata.labels?.[restoreNameLabel] ?? ''),
  );
  const bad = unfilled(volumes).filter((volume) => wanted.has(targetOf(volume)) && !isAccepted(volume));
  const known = new Set(volumes.map(targetOf));
  const never = [...wanted].filter(([target]) => !known.has(target)).map(([, text]) => `nothing has filled ${text}`);
  return [...bad.map(volumeText), ...never];
}

/** Volumes of restored pods that were backed up file by file, by target. */
async function filesOf(
  ctx: DriverContext,
  made: readonly Accounted[],
): Promise<readonly (readonly [target: string, text: string])[]> {
  const pods = made.filter(({ item }) => item.resource === 'pods');
  if (pods.length === 0 || !ctx.backup) return [];
  const files = await readFileBackups(ctx.kube, ctx.backup, ctx.signal);
  return files.flatMap(({ namespace, pod, volume }) => {
    const found = pods.find(({ item }) => item.namespace === namespace && item.name === pod);
    if (!found) return [];
    return [[podTarget(found.at.namespace ?? '', pod, volume), `volume ${volume} of ${refText(found.at)}`] as const];
  });
}

/** Restored claims whose data the data mover holds, by target. */
async function movedClaims(
  ctx: DriverContext,
  made: readonly Accounted[],
): Promise<readonly (readonly [target: string, text: string])[]> {
  const claims = made.filter(
    ({ item }) => item.resource === 'persistentvolumeclaims' && item.annotations[dataUploadAnnotation] !== undefined,
  );
  if (claims.length === 0 || !ctx.backup) return [];
  const { namespace, name } = ctx.backup;
  const backup = await ctx.kube.get({ ...backupKind, namespace, name }, { signal: ctx.signal });
  if (valueAt(backup, 'spec', 'snapshotMoveData') !== true) return [];
  return claims.map(({ at }) => [claimTarget(at.namespace ?? '', at.name), refText(at)] as const);
}
