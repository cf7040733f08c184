import type { DriverContext, Progress } from '../drivers/driver.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { BackupItem } from '../model/backup.ts';
import { labelKeys } from '../model/labels.ts';
import { type ObjectRef, refText } from '../model/verdict.ts';
import { type Accounted, type AccountingFacts, account, type OwnRestore, snapshotName } from './accounting.ts';
import { dataDownloadKind, podVolumeRestoreKind, restoreKind, restoreNameLabel } from './api.ts';
import { DownloadError, downloadJson } from './download.ts';
import { countAt, textAt } from './fields.ts';
import { filterOf, takes } from './filters.ts';
import { type Live, readLive } from './live.ts';
import type { RestoreHandle } from './restore.ts';
import { judgeRestore, type RestoreState } from './restore-state.ts';
import { groupTexts, parseResourceList, parseResults, type ResultTexts } from './results.ts';
import type { VeleroSpec } from './spec.ts';

/** One look at a step's Restore: Velero's word first, then what is really there. */
export async function observeRestore(ctx: DriverContext, spec: VeleroSpec, handle: RestoreHandle): Promise<Progress> {
  const restore = await ctx.kube.get({ ...restoreKind, ...handle.restore }, { signal: ctx.signal });
  const state = await engineState(ctx.kube, handle, restore, ctx.signal);
  if (state.state !== 'ended' || !restore) return state.state === 'ended' ? { state: 'lost', reason: 'RestoreGone', message: `Restore ${handle.restore.name} is gone` } : state;
  try {
    return await judgeItems(ctx, spec, handle, restore, state);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { state: 'running', reason: `Velero says Completed, but what it restored cannot be read: ${error.message}`, ...(state.startedAt ? { startedAt: state.startedAt } : {}) };
  }
}

async function engineState(kube: KubeClient, handle: RestoreHandle, restore: KubeObject | undefined, signal: AbortSignal): Promise<RestoreState> {
  const { namespace, name } = handle.restore;
  const phase = textAt(restore, 'status', 'phase') ?? '';
  const idle = phase === '' || phase === 'New';
  const selector = { namespace, labelSelector: `${restoreNameLabel}=${name}`, signal };
  const [dataDownloads, podVolumeRestores, others] = await Promise.all([
    idle ? [] : listServed(kube, dataDownloadKind, selector),
    idle ? [] : listServed(kube, podVolumeRestoreKind, selector),
    idle && restore ? listServed(kube, restoreKind, { namespace, signal }) : [],
  ]);
  const errors = phase === 'PartiallyFailed' ? await errorTexts(kube, handle, 'errors', signal) : [];
  return judgeRestore({ name: `${namespace}/${name}`, restore, dataDownloads, podVolumeRestores, others, errors, now: new Date() });
}

/** The kinds of data movement are not installed everywhere. */
async function listServed(kube: KubeClient, kind: { readonly apiVersion: string; readonly kind: string }, options: { readonly namespace: string; readonly labelSelector?: string; readonly signal: AbortSignal }): Promise<readonly KubeObject[]> {
  if (!(await kube.resource(kind, { signal: options.signal }))) return [];
  const { items } = await kube.list(kind, options);
  return items.map((item) => ({ ...item, ...kind }));
}

/** Texts of a Restore's errors or warnings; none where they cannot be read: they explain, they do not decide. */
async function errorTexts(kube: KubeClient, handle: RestoreHandle, half: 'errors' | 'warnings', signal: AbortSignal): Promise<readonly ResultTexts[]> {
  try {
    return parseResults(await downloadJson(kube, { ...handle.restore, kind: 'RestoreResults' }, signal), half);
  } catch (error) {
    if (error instanceof DownloadError) return [];
    throw error;
  }
}

/** What the step takes out of the Backup. */
async function wantedItems(ctx: DriverContext, spec: VeleroSpec): Promise<{ readonly items: readonly BackupItem[]; readonly wanted: readonly BackupItem[] }> {
  const { items } = await ctx.inventory();
  const filter = filterOf(ctx.tier, spec, ctx.plan);
  return { items, wanted: items.filter((item) => takes(filter, item)) };
}

/** All Restores of this recovery, oldest first. */
async function ownRestores(ctx: DriverContext, namespace: string): Promise<readonly KubeObject[]> {
  const { items } = await ctx.kube.list(restoreKind, { namespace, labelSelector: `${labelKeys.recovery}=${ctx.recovery}`, signal: ctx.signal });
  return items.toSorted((a, b) => Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? ''));
}

function isOfStep(ctx: DriverContext, restore: KubeObject): boolean {
  const { labels = {} } = restore.metadata;
  return labels[labelKeys.tier] === ctx.tier && labels[labelKeys.step] === ctx.step.name;
}

/** Only a Restore that ran to its end has a list of what it did. */
function hasList(restore: KubeObject): boolean {
  return ['Completed', 'PartiallyFailed'].includes(textAt(restore, 'status', 'phase') ?? '');
}

async function withEntries(ctx: DriverContext, restores: readonly KubeObject[], which: (restore: KubeObject) => boolean): Promise<readonly OwnRestore[]> {
  const out: OwnRestore[] = [];
  for (const restore of restores) {
    const { name, namespace = '', uid = '' } = restore.metadata;
    const own = { name, uid, ofStep: isOfStep(ctx, restore) };
    if (!which(restore) || !hasList(restore)) out.push(own);
    else out.push({ ...own, entries: parseResourceList(await downloadJson(ctx.kube, { namespace, name, kind: 'RestoreResourceList' }, ctx.signal)) });
  }
  return out;
}

interface Reading {
  readonly items: readonly BackupItem[];
  readonly wanted: readonly BackupItem[];
  readonly live: Live;
}

function factsFor(ctx: DriverContext, reading: Reading, restores: readonly OwnRestore[], namespace: string): AccountingFacts {
  return {
    ...reading,
    restores,
    isRestored: (item) => ctx.restoredBy(item) !== undefined,
    firstWriteAt: ctx.firstWriteAt,
    veleroNamespace: namespace,
    ignore: ctx.plan.ignore,
  };
}

async function judgeItems(ctx: DriverContext, spec: VeleroSpec, handle: RestoreHandle, restore: KubeObject, ended: { readonly startedAt?: string; readonly completedAt?: string }): Promise<Progress> {
  const { namespace, name } = handle.restore;
  const { items, wanted } = await wantedItems(ctx, spec);
  const what = `Restore ${namespace}/${name}`;
  if (wanted.length === 0 || countAt(restore, 'status', 'progress', 'totalItems') === 0)
    return { state: 'failed', reason: 'NothingRestored', message: `${what} restored nothing: no object of the Backup fits the step's filter (${wanted.length} wanted, Velero counts ${countAt(restore, 'status', 'progress', 'totalItems')})`, retry: 'again' };
  const [live, restores] = await Promise.all([readLive(ctx.kube, wanted, ctx.signal), ownRestores(ctx, namespace)]);
  const reading = { items, wanted, live };
  let accounted = account(factsFor(ctx, reading, await withEntries(ctx, restores, (own) => isOfStep(ctx, own)), namespace));
  // Objects whose label is gone, and claims, are looked up in what the other steps' Restores say that they made.
  if (accounted.some(isOpen)) accounted = account(factsFor(ctx, reading, await withEntries(ctx, restores, () => true), namespace));
  const bad = verdictOf(what, accounted);
  if (bad) return bad;
  const warnings = countAt(restore, 'status', 'warnings') > 0 ? await errorTexts(ctx.kube, handle, 'warnings', ctx.signal) : [];
  return { state: 'succeeded', evidence: [`${what} Completed, ${wanted.length} items: ${countsText(accounted)}`], notes: notesOf(accounted, warnings), ...times(ended) };
}

function times(ended: { readonly startedAt?: string; readonly completedAt?: string }): { readonly startedAt?: string; readonly completedAt?: string } {
  return { ...(ended.startedAt ? { startedAt: ended.startedAt } : {}), ...(ended.completedAt ? { completedAt: ended.completedAt } : {}) };
}

function isOpen(found: Accounted): boolean {
  return found.account === 'existing' || found.account === 'missing';
}

/** Why the step is not done though Velero says Completed. */
export function verdictOf(what: string, accounted: readonly Accounted[]): Progress | undefined {
  const existing = accounted.filter((found) => found.account === 'existing');
  const missing = accounted.filter((found) => found.account === 'missing');
  if (existing.length > 0)
    return {
      state: 'failed',
      reason: 'ExistingObject',
      message: `${what} says Completed, but ${existing.length} objects were there before and were not restored: ${named(existing)}${missing.length > 0 ? `; and ${missing.length} are missing: ${named(missing)}` : ''}; remove them (or list them under ignore), then retry the step`,
      retry: 'again',
    };
  if (missing.length > 0) return { state: 'failed', reason: 'ItemsMissing', message: `${what} says Completed, but ${missing.length} objects of the Backup did not come back: ${named(missing)}`, retry: 'again' };
  return undefined;
}

function named(found: readonly Accounted[]): string {
  const shown = found.slice(0, 5).map(({ item, why }) => `${refText(item)}${why ? ` (${why})` : ''}`);
  return `${shown.join(', ')}${found.length > 5 ? ` and ${found.length - 5} more` : ''}`;
}

const words: { readonly [account: string]: string } = { created: 'created', earlier: 'made earlier by this recovery', usual: 'that every namespace has', platform: 'of the platform', derived: 'made anew by their owners', byClaim: 'counted by their claims', ignored: 'ignored by the plan' };

function countsText(accounted: readonly Accounted[]): string {
  const counts = Map.groupBy(accounted, (found) => found.account);
  return [...counts].map(([kind, found]) => `${found.length} ${words[kind] ?? kind}`).join(', ');
}

/** Warnings beside the objects that were there, which are accounted for already. */
function notesOf(accounted: readonly Accounted[], warnings: readonly ResultTexts[]): readonly string[] {
  const notes: string[] = [];
  const ignored = accounted.filter((found) => found.account === 'ignored');
  if (ignored.length > 0) notes.push(`ignored by the plan: ${named(ignored)}`);
  const other = warnings.map(({ where, texts }) => ({ where, texts: texts.filter((text) => !text.includes('already exists')) })).filter(({ texts }) => texts.length > 0);
  if (other.length > 0) notes.push(`Velero warns: ${groupTexts(other, 3)}`);
  return notes;
}

/** What the gate judges: what the step took, over all generations, as it is in the cluster now. */
export async function* restoredObjects(ctx: DriverContext, spec: VeleroSpec, handle: RestoreHandle): AsyncGenerator<ObjectRef> {
  const { namespace } = handle.restore;
  const { items, wanted } = await wantedItems(ctx, spec);
  const [live, restores] = await Promise.all([readLive(ctx.kube, wanted, ctx.signal), ownRestores(ctx, namespace)]);
  const own = restores.map((restore) => ({ name: restore.metadata.name, uid: restore.metadata.uid ?? '', ofStep: isOfStep(ctx, restore) }));
  for (const { item, account: found } of account(factsFor(ctx, { items, wanted, live }, own, namespace))) {
    if (found === 'usual' || found === 'platform' || found === 'byClaim' || found === 'ignored') continue;
    if (item.resource.endsWith('.snapshot.storage.k8s.io') && item.of) yield* snapshotRefs(item, own, live);
    else yield refOf(item, item.name);
  }
}

function refOf(item: BackupItem, name: string): ObjectRef {
  return { apiVersion: item.apiVersion, kind: item.kind, ...(item.namespace ? { namespace: item.namespace } : {}), name };
}

/** Restored snapshots and contents have names of their own, one set for each Restore. */
function* snapshotRefs(item: BackupItem, restores: readonly OwnRestore[], live: Live): Generator<ObjectRef> {
  const original = item.kind === 'VolumeSnapshot' ? item.name : (item.of?.name ?? item.name);
  for (const restore of restores) {
    const ref = refOf(item, snapshotName(restore.uid, original));
    if (live(ref)) yield ref;
  }
}
