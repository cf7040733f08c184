import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AbortInput, AcceptErrorsInput, ApproveInput, RetryStepInput } from '../src/model/request.ts';
import {
  acceptableReason,
  type Hold,
  reasonSignalName,
  type RunState,
  type RunView,
  updateNames,
  viewQueryName,
  type Waiting,
} from '../src/model/run.ts';

export const approveUpdate = defineUpdate<string, [ApproveInput]>(updateNames.approve);
export const retryStepUpdate = defineUpdate<string, [RetryStepInput]>(updateNames.retryStep);
export const acceptErrorsUpdate = defineUpdate<string, [AcceptErrorsInput]>(updateNames.acceptErrors);
export const abortUpdate = defineUpdate<string, [AbortInput]>(updateNames.abort);
export const reasonSignal = defineSignal<[Waiting]>(reasonSignalName);
export const viewQuery = defineQuery<RunView>(viewQueryName);

/** What the UI's form shows beside each Update. */
export const descriptions = {
  approve: 'Lets phase two begin. {"by": "your name", "reason": "why"}',
  retryStep:
    'Goes on with a held step. {"step": "orders-db", "mode": "again" or "wait", "by": "your name", "reason": "why"}; for "preflight" also "acceptBackup": "name"',
  acceptErrors:
    'Goes on though some items could not be restored: only for a step held as PartiallyFailed. {"step": "files", "by": "your name", "reason": "why they may be missing"}',
  abort: 'Ends the run; what was restored stays. {"by": "your name", "reason": "why"}',
  view: 'The whole run on one page, as JSON',
} as const;

function fields(update: string, input: unknown, allowed: readonly string[], example: string): Record<string, unknown> {
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

// Validators are synchronous: the SDK does not await them, so an async one would accept everything.

/** Refuses an approval that is malformed, too early or too late. */
export function validateApprove(input: unknown, state: RunState, approved: boolean): void {
  fields('approve', input, ['by', 'reason'], '{"by": "ana", "reason": "data checked"}');
  if (approved) throw new Error('phase two is approved already; nothing to do');
  if (state !== 'awaiting-approval')
    throw new Error(
      `the run is not waiting for an approval: it is ${state}; approve when its state is awaiting-approval`,
    );
}

/** Refuses a retry of something that is not held. */
export function validateRetryStep(input: unknown, held: readonly string[]): void {
  const example = '{"step": "orders-db", "mode": "again", "by": "ana", "reason": "image pushed"}';
  const given = fields('retryStep', input, ['step', 'mode', 'acceptBackup', 'by', 'reason'], example);
  const { step, mode, acceptBackup } = given;
  if (typeof step !== 'string' || step === '')
    throw new Error(`retryStep needs "step", one of those held: ${heldText(held)}`);
  if (mode !== undefined && mode !== 'again' && mode !== 'wait')
    throw new Error(
      'retryStep: "mode" is "again" (restore once more, as a new generation) or "wait" (judge the same restore again)',
    );
  if (acceptBackup !== undefined && (typeof acceptBackup !== 'string' || acceptBackup === ''))
    throw new Error('retryStep: "acceptBackup" is the name of a Backup');
  if (acceptBackup !== undefined && step !== 'preflight')
    throw new Error('retryStep: "acceptBackup" goes with "step": "preflight" only');
  if (!held.includes(step)) throw new Error(`step ${JSON.stringify(step)} is not held; held now: ${heldText(held)}`);
}

/** Refuses to accept what is no list of an engine's errors: a step that fails otherwise has none that could be borne. */
export function validateAcceptErrors(input: unknown, held: readonly Hold[]): void {
  const example = '{"step": "files", "by": "ana", "reason": "the old exports are not needed"}';
  const { step } = fields('acceptErrors', input, ['step', 'by', 'reason'], example);
  const acceptable = held.filter((hold) => hold.reason === acceptableReason).map((hold) => hold.step);
  if (typeof step !== 'string' || step === '')
    throw new Error(`acceptErrors needs "step", one of those held as ${acceptableReason}: ${heldText(acceptable)}`);
  const hold = held.find((one) => one.step === step);
  if (hold && hold.reason !== acceptableReason)
    throw new Error(
      `step ${JSON.stringify(step)} is held as ${hold.reason}, which cannot be accepted: mend it and use retryStep`,
    );
  if (!hold)
    throw new Error(
      `step ${JSON.stringify(step)} is not held; held now as ${acceptableReason}: ${heldText(acceptable)}`,
    );
}

/** Refuses an abort that is malformed or comes when the run ends already. */
export function validateAbort(input: unknown, ending: boolean): void {
  fields('abort', input, ['by', 'reason'], '{"by": "ana", "reason": "wrong backup"}');
  if (ending) throw new Error('the run is ending already');
}

function heldText(held: readonly string[]): string {
  return held.length > 0 ? held.join(', ') : 'nothing';
}
