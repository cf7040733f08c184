import { randomUUID } from 'node:crypto';
import type { DriverContext, Progress } from '../../src/drivers/driver.ts';
import { velero } from '../../src/drivers/velero.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import type { BackupInventory, PinnedBackup } from '../../src/model/backup.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { TierName } from '../../src/model/tiers.ts';
import { refText } from '../../src/model/verdict.ts';
import { readInventory } from '../../src/velero/inventory.ts';
import type { RestoreHandle } from '../../src/velero/restore.ts';
import { contextOf, planOf, type StepOf } from './driver-context.ts';
import type { StoredObject, VeleroStandIn } from './velero-stand-in.ts';

/** The cluster and the engine that a test file works with. */
export interface Bench {
  readonly kube: KubeClient;
  readonly engine: VeleroStandIn;
}

/** One recovery of a small site: its names are new for each test. */
export interface Site {
  readonly namespace: string;
  readonly recovery: string;
  readonly firstWriteAt: string;
  readonly backup: PinnedBackup;
  readonly inventory: () => Promise<BackupInventory>;
}

/** An object of a site, as it lies in its Backup. */
export const inShop = (
  site: string,
  resource: string,
  apiVersion: string,
  kind: string,
  name: string,
  more: object = {},
): StoredObject => ({
  resource,
  object: { apiVersion, kind, metadata: { name, namespace: site }, ...more },
});

export const config = (site: string, name: string): StoredObject =>
  inShop(site, 'configmaps', 'v1', 'ConfigMap', name, { data: { from: 'the backup' } });

export const claim = (site: string, name: string): StoredObject =>
  inShop(site, 'persistentvolumeclaims', 'v1', 'PersistentVolumeClaim', name, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });

/** A velero step of a test's plan. */
export const step = (spec: JsonObject, tier: TierName = 'namespaces', name = 'basics'): StepOf => ({
  tier,
  name,
  driver: 'velero',
  spec,
});

/** Puts a Backup with these objects, and the Namespace of a site that is new for each call, before the engine. */
export async function aSite(
  { kube, engine }: Bench,
  objects: (namespace: string) => readonly StoredObject[],
): Promise<Site> {
  const namespace = `shop-${randomUUID().slice(0, 8)}`;
  const shop: StoredObject = {
    resource: 'namespaces',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  };
  await engine.backup(namespace, [shop, ...objects(namespace)]);
  const backup = {
    namespace: engine.namespace,
    name: namespace,
    storageLocation: 'default',
    startTimestamp: '2026-11-20T00:00:00Z',
    phase: 'Completed',
  };
  const contents = readInventory(kube, backup, AbortSignal.timeout(20_000));
  return {
    namespace,
    recovery: `shop-${randomUUID().slice(0, 8)}`,
    firstWriteAt: new Date(Date.now() - 1000).toISOString(),
    backup,
    inventory: () => contents,
  };
}

/** The context of a plan's first step, or of the one that is named. */
export function contextFor(
  { kube, engine }: Bench,
  site: Site,
  steps: readonly StepOf[],
  more: Partial<{ step: string; generation: number; attempt: number; plan: Partial<Plan> }> = {},
): DriverContext {
  const plan = planOf([site.namespace], steps, {
    velero: { namespace: engine.namespace, backup: site.backup.name },
    ...more.plan,
  });
  return contextOf({ kube, step: steps[0]?.name ?? '', ...site, ...more, plan });
}

/** Looks until the engine has ended the Restore. */
export async function ended(ctx: DriverContext, handle: Parameters<typeof velero.observe>[1]): Promise<Progress> {
  for (let look = 0; look < 100; look += 1) {
    const progress = await velero.observe(ctx, handle);
    if (progress.state !== 'running') return progress;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the Restore did not end in 100 looks');
}

export async function restored(ctx: DriverContext): Promise<Progress> {
  return ended(ctx, await velero.start(ctx, velero.spec.parse(ctx.step.spec)));
}

/** What the gate would judge, sorted. */
export async function gated(ctx: DriverContext, handle: RestoreHandle): Promise<string[]> {
  const refs: string[] = [];
  for await (const ref of velero.objects(ctx, handle)) refs.push(refText(ref));
  return refs.toSorted();
}
