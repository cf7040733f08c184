import { type DriverContext, DriverError } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/types.ts';
import type { PinnedBackup } from '../model/backup.ts';
import type { JsonObject } from '../model/json.ts';
import { backupKind, restoreKind } from './api.ts';
import { textAt } from './fields.ts';
import { drillRules, withoutDns } from './drill-rules.ts';
import { type Filter, filterOf, judgedBy, resolveNames, restoreSpec, takes } from './filters.ts';
import { modifierRules, modifiersText } from './modifiers.ts';
import { ownRules } from './own-modifiers.ts';
import { ensureOurs, hashOf, specHashAnnotation } from './own-object.ts';
import type { VeleroSpec } from './spec.ts';

/** Where a step's Restore is: all that a history keeps of it. */
export type RestoreHandle = { readonly restore: { readonly namespace: string; readonly name: string } };

/** In a drill, of a step that restores nothing but DNS records: how many there are. No Restore is made. */
export type JudgedHandle = { readonly judgedOnly: number };

/** Of a drill's step that would restore nothing but DNS records; undefined of any other. */
export async function judgedAlone(ctx: DriverContext, spec: VeleroSpec): Promise<JudgedHandle | undefined> {
  if (!ctx.drill) return undefined;
  const filter = await usableFilter(ctx, spec, backupOf(ctx));
  const { items } = await ctx.inventory();
  const judgedOnly = judgedBy(filter, items).length;
  return judgedOnly > 0 && !items.some((item) => takes(filter, item)) ? { judgedOnly } : undefined;
}

/** Starting twice is starting once: looks by name, adopts what is ours, creates what is not there. */
export async function startRestore(ctx: DriverContext, spec: VeleroSpec): Promise<RestoreHandle> {
  const backup = backupOf(ctx);
  const filter = await usableFilter(ctx, spec, backup);
  const { items } = await ctx.inventory();
  const wanted = items.filter((item) => takes(filter, item));
  const written = restoreSpec(filter, spec, backup.name, items);
  const body = ctx.drill ? withoutDns(written) : written;
  const rules = [
    ...modifierRules(spec, wanted),
    ...ownRules({ recovery: ctx.recovery, plan: ctx.plan, wanted }),
    ...(ctx.drill ? drillRules(ctx.recovery, wanted) : []),
  ];
  const restore = wantedRestore(ctx, { ...body }, backup, rules);
  const unchanged = (): Promise<void> => checkBackup(ctx, backup);
  const modifiers = rules.length > 0 && (await ensureOurs(ctx, wantedModifiers(ctx, backup, rules), unchanged));
  const made = await ensureOurs(ctx, restore, unchanged);
  if (modifiers) await goesWith(ctx, modifiers, made);
  return { restore: { namespace: backup.namespace, name: ctx.objectName } };
}

function backupOf(ctx: DriverContext): PinnedBackup {
  if (!ctx.backup)
    throw new DriverError(
      'EngineRefused',
      `step ${ctx.step.name} restores with Velero, but the plan names no Backup: write spec.velero`,
    );
  return ctx.backup;
}

/** Throws where a name in the step's filter is ambiguous. */
async function usableFilter(ctx: DriverContext, spec: VeleroSpec, backup: PinnedBackup): Promise<Filter> {
  const { items } = await ctx.inventory();
  const filter = filterOf(ctx.tier, spec, ctx.plan);
  const [ambiguity] = resolveNames([...filter.includedResources, ...filter.excludedResources], items).ambiguous;
  if (ambiguity)
    throw new DriverError(
      'EngineRefused',
      `${ambiguity.written} means ${ambiguity.means.join(' and ')} in Backup ${backup.name}: write the one that is meant in full`,
    );
  return filter;
}

/** The Restore as it should be; rules that it needs are in the ConfigMap of its own name. */
function wantedRestore(
  ctx: DriverContext,
  body: JsonObject,
  backup: PinnedBackup,
  rules: readonly JsonObject[],
): KubeObject {
  const modifier = { resourceModifier: { kind: 'ConfigMap', name: ctx.objectName } };
  const hash = rules.length > 0 ? hashOf({ ...body, ...modifier, rules }) : hashOf(body);
  return {
    ...restoreKind,
    metadata: metadataOf(ctx, backup, hash),
    spec: rules.length > 0 ? { ...body, ...modifier } : body,
  };
}

/** Velero reads it when it begins with the Restore: so it is made first. */
function wantedModifiers(ctx: DriverContext, backup: PinnedBackup, rules: readonly JsonObject[]): KubeObject {
  const data = { 'modifiers.yaml': modifiersText(rules) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(ctx, backup, hashOf(data)), data };
}

/** The ConfigMap is of use to its Restore alone: who removes that removes both. A cluster that does not let us only keeps it. */
async function goesWith(ctx: DriverContext, modifiers: KubeObject, restore: KubeObject): Promise<void> {
  const { name, namespace = '', uid = '' } = restore.metadata;
  if (modifiers.metadata.ownerReferences?.some((owner) => owner.uid === uid)) return;
  const body = { metadata: { ownerReferences: [{ ...restoreKind, name, uid }] } };
  try {
    await ctx.kube.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }, 'merge', body, {
      signal: ctx.signal,
    });
  } catch (error) {
    if (!(error instanceof KubeError) || (error.code !== 403 && error.code !== 404)) throw error;
    ctx.log.warn('The rules of a Restore stay when it goes', {
      configMap: `${namespace}/${name}`,
      error: error.message,
    });
  }
}

function metadataOf(ctx: DriverContext, backup: PinnedBackup, hash: string): KubeObject['metadata'] {
  return {
    name: ctx.objectName,
    namespace: backup.namespace,
    labels: { ...ctx.labels },
    annotations: { ...ctx.annotations, [specHashAnnotation]: hash },
  };
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
