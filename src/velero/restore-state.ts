import type { Progress } from '../drivers/driver.ts';
import type { KubeObject } from '../kube/types.ts';
import { countAt, textAt, textsAt, timeAt } from './fields.ts';
import { type Acceptance, judgeProblems, problemSentence, problemsOf, stillMoving } from './problems.ts';
import { isOutage } from './outage.ts';
import { groupTexts, type ResultTexts } from './results.ts';
import { type Patience, patience, signsOf, type Stuck, stuckSign, type Surroundings } from './stuck.ts';
import type { WrapUp } from './unbound.ts';
import { type Volume, volumesText } from './volumes.ts';

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
  /** What stands around the open volumes; absent = not looked at. */
  readonly around?: Surroundings;
  /** The same of the Restore that is at work while this one is queued. */
  readonly ahead?: { readonly volumes: readonly Volume[]; readonly around: Surroundings };
  /** What Velero waits for while it wraps up. */
  readonly wrapUp?: WrapUp;
  /** Which errors are borne; absent = none. */
  readonly acceptance?: Acceptance;
  readonly now: Date;
  /** For tests: how long a sign may last before it is a fact. */
  readonly patience?: Patience;
}

/** `ended`: Velero is content. That is not enough for `succeeded`: every wanted object must be accounted for. */
export type RestoreState =
  | Exclude<Progress, { state: 'succeeded' }>
  | {
      readonly state: 'ended';
      readonly restore: KubeObject;
      /** Errors that were accepted, with who and why. */
      readonly exceptions: readonly string[];
      /** The texts of those errors. */
      readonly borne: readonly ResultTexts[];
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
      return (
        stuck(facts, true) ??
        running(restore, `${itemsText(restore)}${volumesText(volumesOf(facts))}${suspectText(facts)}`)
      );
    case 'WaitingForPluginOperations':
    case 'WaitingForPluginOperationsPartiallyFailed':
      return (
        stuck(facts, false) ??
        running(restore, `${operationsText(restore)}${volumesText(volumesOf(facts))}${errorsSoFar(phase, restore)}`)
      );
    case 'Finalizing':
    case 'FinalizingPartiallyFailed':
      return running(restore, `${wrapUpText(facts)}${errorsSoFar(phase, restore)}`);
    case 'Completed':
    case 'PartiallyFailed':
      return over(facts, restore, what);
    case 'Failed':
      return ofFailed(restore, what);
    case 'FailedValidation':
      return ofRefused(restore, what);
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

/** Our own ConfigMap is made before the Restore: a Velero whose API server died does not see it yet, back before its cache is. */
const unseen = /^failed to get resource modifiers configmap /;

function ofRefused(restore: KubeObject, what: string): RestoreState {
  const errors = textsAt(restore, 'status', 'validationErrors');
  const message = `Velero refuses ${what}: ${errors.join('; ').slice(0, 1000) || 'no reason given'}`;
  if (errors.length > 0 && errors.every((text) => unseen.test(text)))
    return { state: 'lost', reason: 'ClusterAway', message };
  return failed('FailedValidation', message);
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
  const ahead = aheadOf(facts.others, restore.metadata.name);
  if (!ahead)
    return { state: 'running', queued: true, reason: `Velero has not begun yet${waitedText(restore, facts.now)}` };
  const hung = aheadHangs(facts, ahead);
  if (hung)
    return {
      state: 'failed',
      reason: 'QueueStuck',
      message: `queued behind ${nameOf(ahead)}, stuck since ${isoText(hung.since)} (${hung.why}): nothing moves until Velero restarts (${restartCommand(ahead)})`,
      // Ours is still in the queue: once the server has restarted it is taken up.
      retry: 'wait',
    };
  const since = timeAt(ahead, 'status', 'startTimestamp') ?? facts.now.getTime();
  const ms = facts.now.getTime() - since;
  const maybe =
    ms > suspectMs || ahead.metadata.deletionTimestamp
      ? `; if it is stuck nothing moves until Velero's server restarts (${restartCommand(ahead)})`
      : '';
  return {
    state: 'running',
    queued: true,
    reason: `queued behind ${nameOf(ahead)}, InProgress for ${duration(ms)} (${itemsText(ahead)}${volumesText(facts.ahead?.volumes ?? [])})${maybe}`,
  };
}

/** The Restore that Velero's one worker is at, other than this one. */
export function aheadOf(others: readonly KubeObject[], name: string): KubeObject | undefined {
  return others.find((other) => other.metadata.name !== name && textAt(other, 'status', 'phase') === 'InProgress');
}

/** Sure signs only: a volume of it that can never come to an end, or a deletion that nobody carries out. */
function aheadHangs(
  facts: RestoreFacts,
  ahead: KubeObject,
): { readonly since: number; readonly why: string } | undefined {
  const limits = facts.patience ?? patience;
  const volume: Stuck | undefined =
    facts.ahead &&
    stuckSign(signsOf(facts.ahead.volumes, facts.ahead.around, true), facts.ahead.around, facts.now, limits);
  if (volume) return { since: volume.since, why: volume.message };
  const deleted = Date.parse(ahead.metadata.deletionTimestamp ?? '');
  return facts.now.getTime() - deleted >= limits.deletionMs
    ? { since: deleted, why: 'its deletion was asked for then, and it is still at work' }
    : undefined;
}

function nameOf(restore: KubeObject): string {
  return `Restore ${restore.metadata.namespace ?? ''}/${restore.metadata.name}`;
}

function restartCommand(restore: KubeObject): string {
  return `kubectl -n ${restore.metadata.namespace ?? 'velero'} rollout restart deployment velero`;
}

function isoText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
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

function wrapUpText({ wrapUp }: RestoreFacts): string {
  if (!wrapUp || wrapUp.claims.length === 0) return 'Velero wraps up';
  const who = wrapUp.behind
    ? `, behind Restore ${wrapUp.behind}, which waits for its claims`
    : ' and waits for its claims';
  return `Velero wraps up${who}: ${wrapUp.claims.join('; ')}`;
}

function errorsSoFar(phase: string, restore: KubeObject): string {
  return phase.endsWith('PartiallyFailed')
    ? `; ${countAt(restore, 'status', 'errors') || 'some'} errors so far, so it will end as PartiallyFailed`
    : '';
}

/** It ran to its end: what went wrong is accepted, or holds the run. Data and hooks are asked apart from the phase. */
function over(facts: RestoreFacts, restore: KubeObject, what: string): RestoreState {
  const volumes = volumesOf(facts);
  const problems = problemsOf(restore, volumes, facts.errors);
  const judged = problems && judgeProblems(what, problems, facts.acceptance ?? { rules: [] });
  if (problems?.reason === 'PartiallyFailed' && judged && isOutage(judged.open))
    return { state: 'lost', reason: 'ClusterAway', message: outageSentence(what, judged.open) };
  if (problems && judged && judged.open.length > 0)
    return failed(problems.reason, problemSentence(what, problems, judged));
  if (stillMoving(volumes)) return running(restore, `${what} has ended, but${volumesText(volumes).replace(/^;/, '')}`);
  const startedAt = textAt(restore, 'status', 'startTimestamp');
  const completedAt = textAt(restore, 'status', 'completionTimestamp');
  return {
    state: 'ended',
    restore,
    exceptions: judged?.exceptions ?? [],
    borne: judged?.borne ?? [],
    ...(startedAt ? { startedAt } : {}),
    ...(completedAt ? { completedAt } : {}),
  };
}

function outageSentence(what: string, errors: readonly ResultTexts[]): string {
  return `the API server did not answer Velero during ${what}: ${groupTexts(errors, 1)}`;
}

function volumesOf(facts: RestoreFacts): readonly Volume[] {
  return [...facts.dataDownloads, ...facts.podVolumeRestores];
}

/** What would be waited for in vain. */
function stuck(facts: RestoreFacts, isRestoring: boolean): RestoreState | undefined {
  const { around } = facts;
  const found = around && stuckSign(signsOf(volumesOf(facts), around, isRestoring), around, facts.now, facts.patience);
  return found && { state: 'failed', reason: found.reason, message: found.message, retry: found.retry };
}

/** What may still mend itself, and will not be waited for without end. A pod's files come while the Restore is InProgress. */
function suspectText(facts: RestoreFacts): string {
  const signs = facts.around ? signsOf(volumesOf(facts), facts.around, true) : [];
  const [first] = signs.flatMap(({ suspect }) => suspect ?? []);
  return first === undefined ? '' : `; ${first}`;
}
