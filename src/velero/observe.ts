import type { DriverContext, Progress } from '../drivers/driver.ts';
import type { KubeObject } from '../kube/types.ts';
import type { BackupItem } from '../model/backup.ts';
import { labelKeys } from '../model/labels.ts';
import { type ObjectRef, refText } from '../model/verdict.ts';
import { readAccountingFacts } from './account-facts.ts';
import { type Accounted, type AccountingFacts, account, type OwnRestore, snapshotName } from './accounting.ts';
import { bear, borneLines } from './borne.ts';
import { restoreNameLabel } from './api.ts';
import { missingData } from './data-back.ts';
import { DownloadError } from './download.ts';
import { countAt, textAt } from './fields.ts';
import { filterOf, takes } from './filters.ts';
import type { Live } from './live.ts';
import type { RestoreHandle } from './restore.ts';
import { neverRestored } from './never.ts';
import { judgeRestore, type RestoreState } from './restore-state.ts';
import { readRestoreFacts, resultTexts } from './restore-facts.ts';
import { groupTexts, type ResultTexts } from './results.ts';
import type { VeleroSpec } from './spec.ts';
import type { Patience } from './stuck.ts';
import { hasFailed, type Volume } from './volumes.ts';

/** One look at a step's Restore: Velero's word first, then what is really there. `limits`: for tests. */
export async function observeRestore(
  ctx: DriverContext,
  spec: VeleroSpec,
  handle: RestoreHandle,
  limits?: Patience,
): Promise<Progress> {
  const state = await lookAtRestore(ctx, spec, handle, limits);
  if (state.state !== 'ended') return state;
  try {
    return await judgeItems(ctx, spec, handle, state);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return {
      state: 'running',
      reason: `Velero has ended the Restore, but what it restored cannot be read: ${error.message}`,
      ...(state.startedAt ? { startedAt: state.startedAt } : {}),
    };
  }
}

async function lookAtRestore(
  ctx: DriverContext,
  spec: VeleroSpec,
  handle: RestoreHandle,
  limits?: Patience,
): Promise<RestoreState> {
  const facts = await readRestoreFacts(ctx.kube, handle, ctx.signal);
  return judgeRestore({
    ...facts,
    acceptance: {
      rules: spec.acceptErrors ?? [],
      ...(ctx.acceptedErrors ? { person: ctx.acceptedErrors } : {}),
    },
    ...(limits ? { patience: limits } : {}),
  });
}

function isOfStep(ctx: DriverContext, restore: KubeObject): boolean {
  const { labels = {} } = restore.metadata;
  return labels[labelKeys.tier] === ctx.tier && labels[labelKeys.step] === ctx.step.name;
}

/** What an accounting of this step needs; `lists` says whose lists of restored objects are read. */
export async function stepFacts(
  ctx: DriverContext,
  spec: VeleroSpec,
  namespace: string,
  lists: 'all' | 'step' | 'none',
): Promise<AccountingFacts> {
  const inventory = await ctx.inventory();
  const filter = filterOf(ctx.tier, spec, ctx.plan);
  return readAccountingFacts({
    kube: ctx.kube,
    inventory,
    recovery: ctx.recovery,
    veleroNamespace: namespace,
    plan: ctx.plan,
    restoredBy: (item) => ctx.restoredBy(item),
    firstWriteAt: ctx.firstWriteAt,
    signal: ctx.signal,
    wanted: inventory.items.filter((item) => takes(filter, item)),
    ofStep: (restore) => isOfStep(ctx, restore),
    lists,
  });
}

type Ended = Extract<RestoreState, { state: 'ended' }>;

async function judgeItems(
  ctx: DriverContext,
  spec: VeleroSpec,
  handle: RestoreHandle,
  ended: Ended,
): Promise<Progress> {
  const { namespace, name } = handle.restore;
  const what = `Restore ${namespace}/${name}`;
  const said = `${what} ${textAt(ended.restore, 'status', 'phase') === 'Completed' ? 'says Completed' : 'ended as PartiallyFailed'}`;
  const warned = countAt(ended.restore, 'status', 'warnings') > 0;
  const [facts, warnings] = await Promise.all([
    stepFacts(ctx, spec, namespace, 'step'),
    warned ? resultTexts(ctx.kube, handle, 'warnings', ctx.signal) : [],
  ]);
  const { wanted } = facts;
  const total = countAt(ended.restore, 'status', 'progress', 'totalItems');
  if (wanted.length === 0 || total === 0)
    return {
      state: 'failed',
      reason: 'NothingRestored',
      message: `${what} restored nothing: no object of the Backup fits the step's filter (${wanted.length} wanted, Velero counts ${total})`,
      retry: 'again',
    };
  const judged = (read: AccountingFacts): readonly Accounted[] => withBorne(read, handle, ended);
  let accounted = judged(facts);
  // Objects whose label is gone, and claims, are looked up in what the other steps' Restores say that they made.
  if (accounted.some(isOpen)) accounted = judged(await stepFacts(ctx, spec, namespace, 'all'));
  const bad = verdictOf(said, accounted) ?? (await lostData(ctx, handle, ended, accounted, facts.restores));
  if (bad) return bad;
  const exceptions = [...ended.exceptions, ...borneLines(what, accounted)];
  return {
    state: 'succeeded',
    evidence: [
      `${what} ${textAt(ended.restore, 'status', 'phase') ?? ''}, ${wanted.length} items: ${countsText(accounted)}`,
    ],
    notes: notesOf(accounted, warnings),
    ...(exceptions.length > 0 ? { exceptions } : {}),
    ...times(ended),
  };
}

/** Objects that are there, and empty: the engine must have brought the data of each. */
async function lostData(
  ctx: DriverContext,
  handle: RestoreHandle,
  ended: Ended,
  accounted: readonly Accounted[],
  restores: readonly OwnRestore[],
): Promise<Progress | undefined> {
  const { namespace, name } = handle.restore;
  // What went wrong in this Restore was accepted, all of it, else it would not be here: its own failed volumes too.
  const isAccepted = (volume: Volume): boolean =>
    ended.borne.length > 0 && hasFailed(volume) && volume.metadata.labels?.[restoreNameLabel] === name;
  const lacking = await missingData(ctx, namespace, accounted, restores, isAccepted);
  if (lacking.length === 0) return undefined;
  return {
    state: 'failed',
    reason: 'DataNotRestored',
    message: `the Restore has ended, and the data of ${lacking.length} of its volumes is not there (a Restore of this step that died in its work leaves that behind): ${lacking.slice(0, 3).join('; ')}${lacking.length > 3 ? `; and ${lacking.length - 3} more` : ''}; remove these claims and the workloads that mount them, then retry the step with mode again`,
    retry: 'again',
  };
}

function times(ended: Ended): Pick<Ended, 'startedAt' | 'completedAt'> {
  return {
    ...(ended.startedAt ? { startedAt: ended.startedAt } : {}),
    ...(ended.completedAt ? { completedAt: ended.completedAt } : {}),
  };
}

function isOpen(found: Accounted): boolean {
  return found.account === 'existing' || found.account === 'missing';
}

/** Why the step is not done though Velero is; `said` is what it says, `Restore velero/x says Completed`. */
export function verdictOf(said: string, accounted: readonly Accounted[]): Progress | undefined {
  const existing = accounted.filter((found) => found.account === 'existing');
  const missing = accounted.filter((found) => found.account === 'missing');
  if (existing.length > 0)
    return {
      state: 'failed',
      reason: 'ExistingObject',
      message: `${said}, but ${existing.length} objects were there before and were not restored: ${named(existing)}${missing.length > 0 ? `; and ${missing.length} are missing: ${named(missing)}` : ''}; remove them, then retry the step (a plan that lists them under ignore lets them be)`,
      retry: 'again',
    };
  if (missing.length > 0)
    return {
      state: 'failed',
      reason: 'ItemsMissing',
      message: `${said}, but ${missing.length} objects of the Backup did not come back: ${named(missing)}`,
      retry: 'again',
    };
  return undefined;
}

function named(found: readonly Accounted[]): string {
  const shown = found.slice(0, 5).map(({ at, why }) => `${refText(at)}${why ? ` (${why})` : ''}`);
  return `${shown.join(', ')}${found.length > 5 ? ` and ${found.length - 5} more` : ''}`;
}

const words: { readonly [account: string]: string } = {
  created: 'created',
  earlier: 'made earlier by this recovery',
  usual: 'that every namespace has',
  platform: 'of the platform',
  derived: 'made anew by their owners',
  byClaim: 'counted by their claims',
  ignored: 'ignored by the plan',
  accepted: 'missing and accepted',
};

function countsText(accounted: readonly Accounted[]): string {
  const counts = Map.groupBy(accounted, (found) => found.account);
  return [...counts].map(([kind, found]) => `${found.length} ${words[kind] ?? kind}`).join(', ');
}

/** Warnings beside the objects that were there, which are accounted for already. */
function notesOf(accounted: readonly Accounted[], warnings: readonly ResultTexts[]): readonly string[] {
  const notes: string[] = [];
  const ignored = accounted.filter((found) => found.account === 'ignored');
  if (ignored.length > 0) notes.push(`ignored by the plan: ${named(ignored)}`);
  const other = warnings
    .map(({ where, texts }) => ({ where, texts: texts.filter((text) => !text.includes('already exists')) }))
    .filter(({ texts }) => texts.length > 0);
  if (other.length > 0) notes.push(`Velero warns: ${groupTexts(other, 3)}`);
  return notes;
}

/** The accounting with what was accepted of the step's newest Restore. */
function withBorne(facts: AccountingFacts, handle: RestoreHandle, { borne }: Ended): readonly Accounted[] {
  const entries = facts.restores.find(({ name }) => name === handle.restore.name)?.entries ?? [];
  return bear(account(facts), { texts: borne, entries });
}

/** The step's Restore where errors of it were accepted: not read where nobody accepts any. */
async function borneBy(ctx: DriverContext, spec: VeleroSpec, handle: RestoreHandle): Promise<Ended | undefined> {
  if (!ctx.acceptedErrors && !spec.acceptErrors?.length) return undefined;
  const state = await lookAtRestore(ctx, spec, handle);
  return state.state === 'ended' && state.borne.length > 0 ? state : undefined;
}

/** No gate waits for these. */
const notGated: readonly Accounted['account'][] = ['usual', 'platform', 'byClaim', 'ignored', 'accepted'];

/** What the gate judges: what the step took, over all generations, as it is in the cluster now. */
export async function* restoredObjects(
  ctx: DriverContext,
  spec: VeleroSpec,
  handle: RestoreHandle,
): AsyncGenerator<ObjectRef> {
  const { namespace } = handle.restore;
  const ended = await borneBy(ctx, spec, handle);
  const facts = await stepFacts(ctx, spec, namespace, ended ? 'step' : 'none');
  for (const { item, at, account: found } of ended ? withBorne(facts, handle, ended) : account(facts)) {
    if (notGated.includes(found)) continue;
    // A pod that a controller took over may be replaced at any moment: the controller's own verdict covers it.
    if (neverRestored(item)) continue;
    if (item.resource.endsWith('.snapshot.storage.k8s.io') && item.of)
      yield* snapshotRefs(at, facts.restores, facts.live);
    else yield refOf(at, at.name);
  }
}

function refOf(item: BackupItem, name: string): ObjectRef {
  return {
    apiVersion: item.apiVersion,
    kind: item.kind,
    ...(item.namespace ? { namespace: item.namespace } : {}),
    name,
  };
}

/** Restored snapshots and contents have names of their own, one set for each Restore. */
function* snapshotRefs(item: BackupItem, restores: readonly OwnRestore[], live: Live): Generator<ObjectRef> {
  const original = item.kind === 'VolumeSnapshot' ? item.name : (item.of?.name ?? item.name);
  for (const restore of restores) {
    const ref = refOf(item, snapshotName(restore.uid, original));
    if (live(ref)) yield ref;
  }
}
