import type { Progress } from '../drivers/driver.ts';
import type { KubeObject } from '../kube/types.ts';
import { countAt, textAt, textsAt, timeAt } from './fields.ts';
import { groupTexts, type ResultTexts } from './results.ts';

/** What a look at a Restore found, all of it already fetched. */
export interface RestoreFacts {
  readonly name: string;
  readonly restore: KubeObject | undefined;
  readonly dataDownloads: readonly KubeObject[];
  readonly podVolumeRestores: readonly KubeObject[];
  /** All Restores of Velero's namespace, for the queue. */
  readonly others: readonly KubeObject[];
  /** Error texts, where the Restore ended with errors and they could be read. */
  readonly errors: readonly ResultTexts[];
  readonly now: Date;
}

/** `ended`: Velero is content. That is not enough for `succeeded`: every wanted object must be accounted for. */
export type RestoreState =
  | Exclude<Progress, { state: 'succeeded' }>
  | {
      readonly state: 'ended';
      readonly restore: KubeObject;
      readonly startedAt?: string;
      readonly completedAt?: string;
    };

/** An engine that works on one Restore for longer than this may be stuck: said, never acted on. */
const suspectMs = 300_000;

/** Judges a Restore by its status and that of its volumes. Phases of Velero 1.18.3, pkg/apis/velero/v1/restore_types.go. */
export function judgeRestore(facts: RestoreFacts): RestoreState {
  const { restore } = facts;
  const what = `Restore ${facts.name}`;
  if (!restore) return { state: 'lost', reason: 'RestoreGone', message: `${what} is gone: somebody deleted it` };
  const phase = textAt(restore, 'status', 'phase') ?? '';
  if (restore.metadata.deletionTimestamp && !isOver(phase))
    return failed('RestoreDeleted', `${what} was marked for deletion while it was ${phase || 'queued'}`);
  switch (phase) {
    case '':
    case 'New':
      return queued(facts, restore);
    case 'InProgress':
      return running(restore, `${itemsText(restore)}${volumesText(facts)}`);
    case 'WaitingForPluginOperations':
    case 'WaitingForPluginOperationsPartiallyFailed':
      return running(restore, `${operationsText(restore)}${volumesText(facts)}${errorsSoFar(phase, restore)}`);
    case 'Finalizing':
    case 'FinalizingPartiallyFailed':
      return running(restore, `Velero wraps up${errorsSoFar(phase, restore)}`);
    case 'Completed':
      return completed(facts, restore, what);
    case 'PartiallyFailed':
      return failed(
        'PartiallyFailed',
        `${what} ended as PartiallyFailed, ${countAt(restore, 'status', 'errors')} errors${textsOf(facts)}${hooksText(restore)}`,
      );
    case 'Failed':
      return ofFailed(restore, what);
    case 'FailedValidation':
      return failed(
        'FailedValidation',
        `Velero refuses ${what}: ${textsAt(restore, 'status', 'validationErrors').join('; ').slice(0, 1000) || 'no reason given'}`,
      );
    default:
      return running(restore, `phase ${phase}, which this version does not know`);
  }
}

function isOver(phase: string): boolean {
  return ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'].includes(phase);
}

function failed(reason: string, message: string): RestoreState {
  return { state: 'failed', reason, message, retry: 'again' };
}

function running(restore: KubeObject, reason: string): RestoreState {
  const startedAt = textAt(restore, 'status', 'startTimestamp');
  return { state: 'running', reason, ...(startedAt ? { startedAt } : {}) };
}

/** A Restore that was InProgress when its server died is marked Failed by the next one; nothing was decided about it. */
function ofFailed(restore: KubeObject, what: string): RestoreState {
  const why = textAt(restore, 'status', 'failureReason') ?? 'no reason given';
  if (why.includes('during the server starting'))
    return { state: 'lost', reason: 'VeleroDied', message: `Velero's server died during ${what}` };
  return failed('RestoreFailed', `${what} failed: ${why.slice(0, 500)}`);
}

/** Velero works on one Restore at a time, in no promised order. */
function queued(facts: RestoreFacts, restore: KubeObject): RestoreState {
  const busy = facts.others.filter(
    (other) => other.metadata.name !== restore.metadata.name && textAt(other, 'status', 'phase') === 'InProgress',
  );
  const ahead = busy[0];
  if (!ahead)
    return { state: 'running', queued: true, reason: `Velero has not begun yet${waitedText(restore, facts.now)}` };
  const name = `${ahead.metadata.namespace ?? ''}/${ahead.metadata.name}`;
  const since = timeAt(ahead, 'status', 'startTimestamp') ?? facts.now.getTime();
  const ms = facts.now.getTime() - since;
  const stuck =
    ms > suspectMs || ahead.metadata.deletionTimestamp
      ? `; if it is stuck nothing moves until Velero's server restarts (kubectl -n ${ahead.metadata.namespace ?? 'velero'} rollout restart deployment velero)`
      : '';
  return {
    state: 'running',
    queued: true,
    reason: `queued behind Restore ${name}, InProgress for ${duration(ms)} (${itemsText(ahead)})${stuck}`,
  };
}

function waitedText(restore: KubeObject, now: Date): string {
  const created = Date.parse(restore.metadata.creationTimestamp ?? '');
  const ms = now.getTime() - created;
  return ms > 30_000 ? ` after ${duration(ms)}; is its server running?` : '';
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Best effort, as Velero says: its total changes while it goes. */
function itemsText(restore: KubeObject): string {
  const total = countAt(restore, 'status', 'progress', 'totalItems');
  return total > 0
    ? `${countAt(restore, 'status', 'progress', 'itemsRestored')} of about ${total} items`
    : 'reading the Backup';
}

function operationsText(restore: KubeObject): string {
  return `waits for data movement, ${countAt(restore, 'status', 'restoreItemOperationsCompleted')} of ${countAt(restore, 'status', 'restoreItemOperationsAttempted')} operations done`;
}

function errorsSoFar(phase: string, restore: KubeObject): string {
  return phase.endsWith('PartiallyFailed')
    ? `; ${countAt(restore, 'status', 'errors') || 'some'} errors so far, so it will end as PartiallyFailed`
    : '';
}

function textsOf(facts: RestoreFacts): string {
  return facts.errors.length > 0 ? `: ${groupTexts(facts.errors)}` : ' (their texts could not be read)';
}

function hooksText(restore: KubeObject): string {
  const count = countAt(restore, 'status', 'hookStatus', 'hooksFailed');
  return count > 0 ? `; ${count} of its hooks failed` : '';
}

/** Phase Completed is content with warnings; data and hooks are asked apart. */
function completed(facts: RestoreFacts, restore: KubeObject, what: string): RestoreState {
  const hooks = countAt(restore, 'status', 'hookStatus', 'hooksFailed');
  if (hooks > 0)
    return failed(
      'HooksFailed',
      `${what} says Completed, but ${hooks} of ${countAt(restore, 'status', 'hookStatus', 'hooksAttempted')} hooks failed`,
    );
  const operations = countAt(restore, 'status', 'restoreItemOperationsFailed');
  if (operations > 0)
    return failed(
      'OperationsFailed',
      `${what} says Completed, but ${operations} of ${countAt(restore, 'status', 'restoreItemOperationsAttempted')} item operations failed`,
    );
  const bad = volumesOf(facts).filter((volume) => ['Failed', 'Canceled'].includes(phaseOf(volume)));
  if (bad.length > 0)
    return failed(
      'DataNotRestored',
      `${what} says Completed, but ${bad.map(volumeText).slice(0, 5).join('; ')}${bad.length > 5 ? `; and ${bad.length - 5} more` : ''}`,
    );
  const open = volumesOf(facts).filter((volume) => phaseOf(volume) !== 'Completed');
  if (open.length > 0) return running(restore, `${what} says Completed, but${volumesText(facts).replace(/^;/, '')}`);
  const startedAt = textAt(restore, 'status', 'startTimestamp');
  const completedAt = textAt(restore, 'status', 'completionTimestamp');
  return { state: 'ended', restore, ...(startedAt ? { startedAt } : {}), ...(completedAt ? { completedAt } : {}) };
}

function volumesOf(facts: RestoreFacts): readonly KubeObject[] {
  return [...facts.dataDownloads, ...facts.podVolumeRestores];
}

function phaseOf(volume: KubeObject): string {
  return textAt(volume, 'status', 'phase') ?? '';
}

function volumesText(facts: RestoreFacts): string {
  const open = volumesOf(facts).filter((volume) => phaseOf(volume) !== 'Completed');
  if (open.length === 0) return '';
  return `; ${open.slice(0, 3).map(volumeText).join('; ')}${open.length > 3 ? `; and ${open.length - 3} more volumes` : ''}`;
}

function volumeText(volume: KubeObject): string {
  const total = countAt(volume, 'status', 'progress', 'totalBytes');
  const done = total > 0 ? `, ${countAt(volume, 'status', 'progress', 'bytesDone')} of ${total} bytes` : '';
  const why = textAt(volume, 'status', 'message');
  return `${volume.kind} ${volume.metadata.name}${ofText(volume)} is ${phaseOf(volume) || 'not taken up'}${done}${why ? ` (${why.slice(0, 200)})` : ''}`;
}

/** Whose data a PodVolumeRestore (a pod's) or DataDownload (a claim's) moves. */
function ofText(volume: KubeObject): string {
  const pod = textAt(volume, 'spec', 'pod', 'name');
  if (pod) return ` of Pod ${textAt(volume, 'spec', 'pod', 'namespace') ?? ''}/${pod}`;
  const claim = textAt(volume, 'spec', 'targetVolume', 'pvc');
  return claim ? ` of claim ${textAt(volume, 'spec', 'targetVolume', 'namespace') ?? ''}/${claim}` : '';
}
