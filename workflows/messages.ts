import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AbortInput,
  AcceptErrorsInput,
  ApproveInput,
  PauseInput,
  RetryStepInput,
  SkipStepInput,
} from '../src/model/request.ts';
import { reasonSignalName, type RunView, updateNames, viewQueryName, type Waiting } from '../src/model/run.ts';

export const approveUpdate = defineUpdate<string, [ApproveInput]>(updateNames.approve);
export const retryStepUpdate = defineUpdate<string, [RetryStepInput]>(updateNames.retryStep);
export const acceptErrorsUpdate = defineUpdate<string, [AcceptErrorsInput]>(updateNames.acceptErrors);
export const skipStepUpdate = defineUpdate<string, [SkipStepInput]>(updateNames.skipStep);
export const pauseUpdate = defineUpdate<string, [PauseInput]>(updateNames.pause);
export const resumeUpdate = defineUpdate<string, [PauseInput]>(updateNames.resume);
export const abortUpdate = defineUpdate<string, [AbortInput]>(updateNames.abort);
export const reasonSignal = defineSignal<[Waiting]>(reasonSignalName);
export const viewQuery = defineQuery<RunView>(viewQueryName);

/** What the UI's form shows beside each Update. */
export const descriptions = {
  approve: 'Lets phase two begin. {"by": "your name", "reason": "why"}',
  retryStep:
    'Goes on with a held step. {"step": "orders-db", "mode": "again", "wait" or "setAside", "by": "your name", "reason": "why"}; "setAside" needs "confirm": "orders-db"; "timeout": "40m" gives the step longer; for "preflight" also "acceptBackup": "name"',
  acceptErrors:
    'Goes on though some items could not be restored: only for a step held as PartiallyFailed. {"step": "files", "by": "your name", "reason": "why they may be missing"}',
  skipStep:
    'Goes on without a held step; the run is never plain recovered. {"step": "reports", "by": "your name", "reason": "why"}; in storage, databases and queues also "confirm": "reports"',
  pause: 'Begins nothing new; what is under way comes to its end. {"by": "your name", "reason": "why"}',
  resume: 'Goes on after a pause. {"by": "your name", "reason": "why"}',
  abort:
    'Ends the run and stops what its engines still do; what was restored stays. {"by": "your name", "reason": "why"}; "undo": true also removes Jobs that are not done',
  view: 'The whole run on one page, as JSON',
} as const;
