import type { DriverContext, Finding } from '../drivers/driver.ts';
import type { BackupInventory, BackupItem, PinnedBackup } from '../model/backup.ts';
import { locationKind } from './api.ts';
import { DownloadError } from './download.ts';
import { type Filter, filterOf, judgedBy, resolveNames, takes } from './filters.ts';
import { namesKind } from './kinds.ts';
import { ownedResources } from './never.ts';
import { lostOwners } from './owners.ts';
import { landing } from './mapping.ts';
import { storageFindings } from './preflight-storage.ts';
import { wayFindings } from './preflight-way.ts';
import { locationState, type Look, serverState } from './server.ts';
import type { VeleroSpec } from './spec.ts';

/** What stands in the way of one Velero step. Reads only. Messages that several steps share are the same text. */
export async function preflight(ctx: DriverContext, spec: VeleroSpec): Promise<Finding[]> {
  if (!ctx.backup)
    return [
      block('NoBackup', `step ${ctx.step.name} restores with Velero, but the plan names no Backup: write spec.velero`),
    ];
  const engine = await engineFindings(ctx, ctx.backup.namespace, ctx.backup.storageLocation);
  if (engine.length > 0) return engine;
  const items = await itemsOrFinding(ctx);
  if ('finding' in items) return [items.finding];
  return itemFindings(ctx, spec, ctx.backup, items.items);
}

/** The Backup's contents; a finding where they cannot be read from here. */
async function itemsOrFinding(ctx: DriverContext): Promise<BackupInventory | { readonly finding: Finding }> {
  try {
    return await ctx.inventory();
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { finding: block('BackupUnreadable', error.message) };
  }
}

async function itemFindings(
  ctx: DriverContext,
  spec: VeleroSpec,
  pinned: PinnedBackup,
  items: readonly BackupItem[],
): Promise<Finding[]> {
  const backup = pinned.name;
  const filter = filterOf(ctx.tier, spec, ctx.plan);
  const findings = resolveNames([...filter.includedResources, ...filter.excludedResources], items).ambiguous.map(
    ({ written, means }) =>
      block(
        'AmbiguousResource',
        `step ${ctx.step.name}: ${written} means ${means.join(' and ')} in Backup ${backup}; write the one that is meant in full`,
      ),
  );
  findings.push(...ownerFindings(backup, items), ...ownedFindings(ctx, filter, items));
  const wanted = items.filter((item) => takes(filter, item));
  if (wanted.length === 0 && judgedBy(filter, items).length === 0)
    findings.push(
      block(
        'NothingToRestore',
        `step ${ctx.step.name}: nothing in Backup ${backup} fits its filter (namespaces ${filter.includedNamespaces.join(', ')}; kinds ${filter.includedResources.join(', ') || 'all'}); correct the filter or take the step out`,
      ),
    );
  return [
    ...findings,
    ...(await wayFindings(ctx, spec, pinned, filter, wanted)),
    ...(await namespaceFindings(ctx, spec, wanted)),
    ...(await storageFindings(ctx, spec, items, wanted)),
  ];
}

function block(reason: string, message: string): Finding {
  return { severity: 'block', reason, message };
}

async function engineFindings(ctx: DriverContext, namespace: string, storageLocation: string): Promise<Finding[]> {
  // The epoch: what is not running by now is a finding, planning has already been patient.
  const since = new Date(0);
  const server = asFinding(await serverState(ctx.kube, namespace, since, { signal: ctx.signal }));
  if (server) return [server];
  const location = await ctx.kube.get({ ...locationKind, namespace, name: storageLocation }, { signal: ctx.signal });
  if (!location)
    return [block('LocationMissing', `BackupStorageLocation ${namespace}/${storageLocation} is gone; create it again`)];
  const state = asFinding(locationState(location, since));
  return state ? [state] : [];
}

function asFinding(look: Look): Finding | undefined {
  if (look.state === 'blocked') return look.finding;
  return look.state === 'waiting' ? block('NotReady', look.reason) : undefined;
}

/** Nothing brings these back: said early, since a manifests step or a person may do it. */
function ownerFindings(backup: string, items: readonly BackupItem[]): Finding[] {
  return lostOwners(items).map(({ owner, owned }) => ({
    severity: 'warn',
    reason: 'OwnerNotInBackup',
    message: `Backup ${backup} holds ${owned[0] ?? ''}${owned.length > 1 ? ` and ${owned.length - 1} more` : ''} of ${owner}, but not ${owner} itself; a Backup taken within five minutes of installing a kind lacks its objects`,
  }));
}

/** A named kind of pods or jobs would also bring back those that a controller makes anew: orphans beside the new ones. */
function ownedFindings(ctx: DriverContext, filter: Filter, items: readonly BackupItem[]): Finding[] {
  if (filter.takesOwnedPods) return [];
  return filter.includedResources.flatMap((name) => {
    const owned = items.filter(
      (item) =>
        item.controller &&
        namesKind(name, item) &&
        ownedResources.some((resource) => resource === item.resource) &&
        ctx.plan.namespaces.includes(item.namespace ?? ''),
    );
    const [first] = owned;
    if (!first) return [];
    return [
      block(
        'OwnedObjects',
        `step ${ctx.step.name} names ${name}, and ${owned.length} of them in the Backup belong to controllers (${first.name} to ${first.controller?.kind ?? ''} ${first.controller?.name ?? ''}), which make them anew; take ${name} out, or set includeOwnedPods: true where the data of file-system backups or hooks need the very pods`,
      ),
    ];
  });
}

/** Velero waits ten minutes for a namespace that is being deleted, and then fails. The plan's own are looked at for all steps together. */
async function namespaceFindings(
  ctx: DriverContext,
  spec: VeleroSpec,
  wanted: readonly BackupItem[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const mapping = spec.namespaceMapping ?? {};
  for (const name of new Set(wanted.flatMap((item) => landing(mapping, item).namespace ?? []))) {
    if (ctx.plan.namespaces.includes(name)) continue;
    const namespace = await ctx.kube.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal: ctx.signal });
    if (namespace?.metadata.deletionTimestamp)
      findings.push(
        block(
          'NamespaceTerminating',
          `Namespace ${name} is being deleted; wait until it is gone (its conditions say what holds it), then look again`,
        ),
      );
  }
  return findings;
}
