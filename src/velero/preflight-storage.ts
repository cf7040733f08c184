import type { DriverContext, Finding } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import type { BackupItem } from '../model/backup.ts';
import { tierNames } from '../model/tiers.ts';
import type { VeleroSpec } from './spec.ts';

/** Something cluster-wide that volumes need. */
interface Thing {
  readonly kind: 'StorageClass' | 'CSIDriver' | 'CustomResourceDefinition';
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

/** Volumes need their classes, and snapshots the CSI drivers that made them. */
export async function storageFindings(
  ctx: DriverContext,
  spec: VeleroSpec,
  items: readonly BackupItem[],
  wanted: readonly BackupItem[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const thing of [...snapshotThings(wanted), ...classThings(spec, wanted)]) {
    if (isBrought(ctx, items, thing)) continue;
    const seen = await look(ctx, thing);
    if (seen === 'unseen') findings.push(unseen(thing));
    if (seen === 'gone') findings.push(gone(ctx, thing));
  }
  return findings;
}

function snapshotThings(wanted: readonly BackupItem[]): readonly Thing[] {
  const things: Thing[] = [];
  if (wanted.some((item) => item.resource === 'volumesnapshots.snapshot.storage.k8s.io'))
    things.push({
      kind: 'CustomResourceDefinition',
      name: 'volumesnapshotcontents.snapshot.storage.k8s.io',
      reason: 'SnapshotKindsMissing',
      message:
        'the Backup holds CSI snapshots, but the cluster does not serve snapshot.storage.k8s.io/v1; install the snapshot CRDs and the snapshot-controller',
    });
  for (const name of new Set(wanted.flatMap((item) => item.csiDriver ?? [])))
    things.push({
      kind: 'CSIDriver',
      name,
      reason: 'CsiDriverMissing',
      message: `the Backup holds snapshots of CSI driver ${name}, which the cluster does not have; install it with access to the same storage`,
    });
  return things;
}

function classThings(spec: VeleroSpec, wanted: readonly BackupItem[]): readonly Thing[] {
  const named = wanted.flatMap((item) => (item.resource === 'persistentvolumeclaims' ? (item.storageClass ?? []) : []));
  const classes = new Set(named.map((name) => spec.storageClassMapping?.[name] ?? name));
  return Array.from(classes, (name) => ({
    kind: 'StorageClass',
    name,
    reason: 'StorageClassMissing',
    message: `claims in the Backup use StorageClass ${name}, which the cluster does not have; create it`,
  }));
}

/** Whether a step of the plan brings it, out of the Backup or from its own files. */
function isBrought(ctx: DriverContext, items: readonly BackupItem[], { kind, name }: Thing): boolean {
  const found = items.find((item) => item.kind === kind && item.name === name);
  return (found !== undefined && ctx.restoredBy(found) !== undefined) || ctx.broughtBy?.(kind, name) !== undefined;
}

/** What may not be looked at is for the run to find out: the API server does not refuse a claim for it. */
async function look({ kube, signal }: DriverContext, { kind, name }: Thing): Promise<'there' | 'gone' | 'unseen'> {
  try {
    const found =
      kind === 'CustomResourceDefinition'
        ? await kube.resource({ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotContent' }, { signal })
        : await kube.get({ apiVersion: 'storage.k8s.io/v1', kind, name }, { signal });
    return found ? 'there' : 'gone';
  } catch (error) {
    if (error instanceof KubeError && error.code === 403) return 'unseen';
    throw error;
  }
}

function unseen({ kind, name }: Thing): Finding {
  const message = `whether the cluster has ${kind} ${name} is not known: this login may not look; volumes need it`;
  return { severity: 'warn', reason: 'NotLookedAt', message };
}

/** An operator may install such things by itself: nothing says so but that it comes before. */
function gone(ctx: DriverContext, { reason, message }: Thing): Finding {
  const isAfter = tierNames.indexOf(ctx.tier) > tierNames.indexOf('operators');
  const [operator] = isAfter ? ctx.plan.tiers.operators : [];
  if (!operator) return { severity: 'block', reason, message };
  const text = `${message}, unless an operator of tier operators does so (step ${operator.name}): then nothing is in the way`;
  return { severity: 'warn', reason, message: text };
}
