import { samePerson } from '../src/model/approvers.ts';
import { formatDuration, howToWriteDuration, parseDuration } from '../src/model/duration.ts';
import { acceptableReason, existingReason, type Hold, isOver, type RunState } from '../src/model/run.ts';
import type { TierName } from '../src/model/tiers.ts';

// Validators are synchronous: the SDK does not await them, so an async one would accept everything.

/** What is held and waits for a decision, and what a validator must know of it. */
export interface Undecided {
  readonly holds: readonly Hold[];
  /** Held, and decided a moment ago: by whom, in words. */
  readonly decided: ReadonlyMap<string, string>;
  /** A step's budget now, ms; undefined for what is no step. */
  budget(step: string): number | undefined;
  driver(step: string): string | undefined;
}

/** A decision's one JSON object, with `by` and `reason`. Throws one sentence. */
export function fields(
  update: string,
  input: unknown,
  allowed: readonly string[],
  example: string,
): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new Error(`${update} takes one JSON object: ${example}`);
  const given = input as Record<string, unknown>;
  const foreign = Object.keys(given).filter((key) => !allowed.includes(key));
  if (foreign.length > 0)
    throw new Error(`${update} has no field ${foreign.join(', ')}; it takes ${allowed.join(', ')}: ${example}`);
  for (const key of ['by', 'reason']) {
    const value = given[key];
    if (typeof value !== 'string' || value.trim() === '')
      throw new Error(`${update} needs "${key}", a text: ${example}`);
    if (value.length > 1000) throw new Error(`${update}: "${key}" is longer than 1000 characters`);
  }
  return given;
}

/** Where a run stands towards its approval. */
export interface ApprovalState {
  readonly state: RunState;
  /** The run waits for an approval now. */
  readonly waits: boolean;
  /** The stated names of those who have approved already. */
  readonly names: readonly string[];
  /** Those of them of whom it is not known yet whether they count. */
  readonly looked: readonly string[];
  readonly people: number;
  /** Who may; absent: anybody. */
  readonly approvers?: readonly string[];
}

/** Refuses an approval that is malformed, too early, too late, or by somebody who may not. */
export function validateApprove(input: unknown, approval: ApprovalState): void {
  const { state, waits, names, people, approvers } = approval;
  const given = fields('approve', input, ['by', 'reason'], '{"by": "ana", "reason": "data checked"}');
  const by = String(given['by']);
  refuseLooked(by, approval);
  if (names.length >= people) throw new Error('phase two is approved already; nothing to do');
  if (!waits)
    throw new Error(
      `the run is not waiting for an approval: it is ${state}; approve when its state is awaiting-approval`,
    );
  if (approvers && !approvers.some((name) => samePerson(name, by)))
    throw new Error(`${JSON.stringify(by)} may not approve by the plan; these may: ${approvers.join(', ')}`);
  const before = names.find((name) => samePerson(name, by));
  if (before !== undefined)
    throw new Error(`${JSON.stringify(before)} has approved already; the second approval must be another person's`);
}

/** Nothing is to be done while who called is still looked at: by the same person, or where nobody else is needed. */
function refuseLooked(by: string, { waits, names, looked, people }: ApprovalState): void {
  if (!waits || looked.length === 0) return;
  const own = looked.find((name) => samePerson(name, by));
  const one = own ?? (names.length >= people ? looked[0] : undefined);
  if (one !== undefined)
    throw new Error(
      `the approval by ${JSON.stringify(one)} is noted, and it is still looked at who called: approve again only if it comes to be voided`,
    );
}

/** The hold that a decision means. Throws where it is not held, or where somebody else was faster. */
function heldStep(update: string, step: unknown, { holds, decided }: Undecided): Hold {
  const held = holds.map((hold) => hold.step);
  if (typeof step !== 'string' || step === '')
    throw new Error(`${update} needs "step", one of those held: ${heldText(held)}`);
  const faster = decided.get(step);
  if (faster !== undefined)
    throw new Error(`step ${JSON.stringify(step)} was decided a moment ago: ${faster}; look again before you decide`);
  const hold = holds.find((one) => one.step === step);
  if (!hold) throw new Error(`step ${JSON.stringify(step)} is not held; held now: ${heldText(held)}`);
  return hold;
}

const longestStepMs = 7 * 86_400_000;

/** Refuses a retry of something that is not held, or in a way that it cannot be tried. */
export function validateRetryStep(input: unknown, undecided: Undecided): void {
  const example = '{"step": "orders-db", "mode": "again", "by": "ana", "reason": "image pushed"}';
  const allowed = ['step', 'mode', 'confirm', 'timeout', 'acceptBackup', 'by', 'reason'];
  const { step, mode, confirm, timeout, acceptBackup } = fields('retryStep', input, allowed, example);
  if (mode !== undefined && mode !== 'again' && mode !== 'wait' && mode !== 'setAside')
    throw new Error(
      'retryStep: "mode" is "again" (restore once more, as a new generation), "wait" (judge the same restore again) or "setAside" (take claims out of the way that were there before, then restore again)',
    );
  if (acceptBackup !== undefined && (typeof acceptBackup !== 'string' || acceptBackup === ''))
    throw new Error('retryStep: "acceptBackup" is the name of a Backup');
  if (acceptBackup !== undefined && step !== 'preflight')
    throw new Error('retryStep: "acceptBackup" goes with "step": "preflight" only');
  if (confirm !== undefined && mode !== 'setAside')
    throw new Error('retryStep: "confirm" goes with "mode": "setAside" only');
  const hold = heldStep('retryStep', step, undecided);
  if (mode === 'setAside') refuseSetAside(hold, confirm, undecided);
  if (timeout !== undefined) refuseTimeout(hold, timeout, undecided);
}

function refuseSetAside(hold: Hold, confirm: unknown, { driver }: Undecided): void {
  if (hold.reason !== existingReason || driver(hold.step) !== 'velero')
    throw new Error(
      `step ${JSON.stringify(hold.step)} is held as ${hold.reason}; "setAside" is for a velero step held as ${existingReason}, use "again" or "wait"`,
    );
  refuseUnconfirmed('retryStep with "setAside" removes what owns the claims', hold.step, confirm);
}

function refuseUnconfirmed(what: string, step: string, confirm: unknown): void {
  if (confirm === step) return;
  throw new Error(`${what}: it needs "confirm": ${JSON.stringify(step)}, the step's name once more`);
}

function refuseTimeout(hold: Hold, timeout: unknown, { budget }: Undecided): void {
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : undefined;
  if (ms === undefined) throw new Error(`retryStep: "timeout" is not understood; ${howToWriteDuration}`);
  const now = budget(hold.step);
  if (now === undefined)
    throw new Error(`retryStep: "timeout" is for a step of the plan; ${JSON.stringify(hold.step)} is none`);
  if (ms <= now || ms > longestStepMs)
    throw new Error(
      `retryStep: "timeout" gives a step longer than it has, at most ${formatDuration(longestStepMs)}; ${JSON.stringify(hold.step)} has ${formatDuration(now)}`,
    );
}

/** Refuses to accept what is no list of an engine's errors: a step that fails otherwise has none that could be borne. */
export function validateAcceptErrors(input: unknown, undecided: Undecided): void {
  const example = '{"step": "files", "by": "ana", "reason": "the old exports are not needed"}';
  const { step } = fields('acceptErrors', input, ['step', 'by', 'reason'], example);
  const { holds, decided } = undecided;
  const acceptable = holds.filter((hold) => hold.reason === acceptableReason).map((hold) => hold.step);
  if (typeof step !== 'string' || step === '')
    throw new Error(`acceptErrors needs "step", one of those held as ${acceptableReason}: ${heldText(acceptable)}`);
  if (!holds.some((one) => one.step === step) && !decided.has(step))
    throw new Error(
      `step ${JSON.stringify(step)} is not held; held now as ${acceptableReason}: ${heldText(acceptable)}`,
    );
  const { reason } = heldStep('acceptErrors', step, undecided);
  if (reason !== acceptableReason)
    throw new Error(
      `step ${JSON.stringify(step)} is held as ${reason}, which cannot be accepted: mend it and use retryStep`,
    );
}

/** Tiers whose steps hold data: leaving one out is said twice. */
export const confirmedTiers: readonly TierName[] = ['storage', 'databases', 'queues'];

/** Refuses to skip what is not a held step, or one with data without its name once more. */
export function validateSkipStep(input: unknown, undecided: Undecided): void {
  const example = '{"step": "reports", "by": "ana", "reason": "rebuilt tomorrow"}';
  const { step, confirm } = fields('skipStep', input, ['step', 'confirm', 'by', 'reason'], example);
  const hold = heldStep('skipStep', step, undecided);
  if (undecided.budget(hold.step) === undefined)
    throw new Error(
      `${JSON.stringify(hold.step)} is a stage of the run and no step: it cannot be skipped; use retryStep or abort`,
    );
  if (hold.tier && confirmedTiers.includes(hold.tier))
    refuseUnconfirmed(`skipStep leaves data of tier ${hold.tier} out`, hold.step, confirm);
  else if (confirm !== undefined && confirm !== hold.step)
    throw new Error(`skipStep: "confirm" is not the step's name, ${JSON.stringify(hold.step)}`);
}

/** Refuses a pause before there is anything to pause, a second one, and one that comes too late. */
export function validatePause(
  input: unknown,
  { within, paused }: { readonly within: RunState; readonly paused: { readonly by: string } | undefined },
): void {
  fields('pause', input, ['by', 'reason'], '{"by": "ana", "reason": "storage team looks first"}');
  if (paused) throw new Error(`the run is paused already, by ${paused.by} (stated); resume lets it go on`);
  if (within === 'planning')
    throw new Error('the run is still planning and begins nothing: pause it when it is past that');
  if (isOver(within)) throw new Error('the run is ending already');
}

/** Refuses to let go on what is not paused. */
export function validateResume(input: unknown, paused: boolean, state: RunState): void {
  fields('resume', input, ['by', 'reason'], '{"by": "ana", "reason": "storage looked at"}');
  if (!paused) throw new Error(`the run is not paused: it is ${state}; resume goes with a pause only`);
}

/** Refuses an abort that is malformed or comes when the run ends already. */
export function validateAbort(input: unknown, ending: boolean): void {
  const example = '{"by": "ana", "reason": "wrong backup", "undo": true}';
  const { undo } = fields('abort', input, ['by', 'reason', 'undo'], example);
  if (undo !== undefined && typeof undo !== 'boolean') throw new Error(`abort: "undo" is true or false: ${example}`);
  if (ending) throw new Error('the run is ending already');
}

function heldText(held: readonly string[]): string {
  return held.length > 0 ? held.join(', ') : 'nothing';
}
