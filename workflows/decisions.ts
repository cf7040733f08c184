import { setHandler } from '@temporalio/workflow';
import { parseDuration } from '../src/model/duration.ts';
import type { AcceptedErrors, Decision } from '../src/model/report.ts';
import type { Hold, Waiting } from '../src/model/run.ts';
import { lookedAt } from './approval.ts';
import { type Taken, taken } from './clock.ts';
import {
  abortUpdate,
  acceptErrorsUpdate,
  approveUpdate,
  descriptions,
  pauseUpdate,
  reasonSignal,
  resumeUpdate,
  retryStepUpdate,
  skipStepUpdate,
  viewQuery,
} from './messages.ts';
import { plainly } from './plainly.ts';
import {
  validateAbort,
  validateAcceptErrors,
  validateApprove,
  validatePause,
  validateResume,
  validateRetryStep,
  validateSkipStep,
  type Undecided,
} from './refusals.ts';
import type { Run } from './run.ts';

/** How a person let something held go on. */
export interface Resolution {
  readonly mode?: 'again' | 'wait' | 'setAside';
  readonly acceptBackup?: string;
  readonly accepted?: AcceptedErrors;
  /** The step's budget from now on, ms. */
  readonly timeoutMs?: number;
  /** The run goes on without the step. */
  readonly skipped?: AcceptedErrors;
}

/** A decision on something held, with what is written down of it. */
export type Settled = Taken<Resolution & Pick<Decision, 'by' | 'reason' | 'timeout'>> & Pick<Decision, 'kind'>;

/** Hears what people decide. A handler only records; what follows is done where the run waits for it. */
export function listen(run: Run): void {
  setHandler(viewQuery, () => run.view, { description: descriptions.view });
  setHandler(reasonSignal, (waiting) => hear(run, waiting));
  listenForApprovals(run);
  listenForHolds(run);
  listenForTheRun(run);
}

function listenForApprovals(run: Run): void {
  setHandler(
    approveUpdate,
    (input) => {
      const { given, people } = approvalsOf(run);
      given.push(taken(input));
      return approvalAnswer(people - given.length, lookedAt(run).length > 0);
    },
    {
      description: descriptions.approve,
      validator: plainly((input) => {
        const { given, people } = approvalsOf(run);
        const waits = run.approvals.since !== undefined;
        const approvers = run.record?.plan.approval.approvers?.map(({ name }) => name);
        const names = given.map((one) => one.input.by);
        const looked = lookedAt(run).map((one) => one.input.by);
        validateApprove(input, { state: run.state, waits, names, looked, people, ...(approvers ? { approvers } : {}) });
      }),
    },
  );
}

/** What an approval hears: that it counts only where nothing is still to be looked at. */
function approvalAnswer(lacking: number, isLooked: boolean): string {
  if (!isLooked) return lacking > 0 ? 'noted: one more person must approve' : 'approved: phase two begins';
  const then = lacking > 0 ? 'one more person must approve' : 'phase two begins then';
  return `noted: it counts once it is known who called; ${then}`;
}

function approvalsOf(run: Run) {
  return { given: run.approvals.given, people: run.record?.plan.approval.people ?? 1 };
}

function listenForHolds(run: Run): void {
  setHandler(
    retryStepUpdate,
    (input) => {
      const timeoutMs = input.timeout === undefined ? undefined : parseDuration(input.timeout);
      const settled = taken({ ...input, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      run.settled.set(input.step, { kind: 'retryStep', ...settled });
      return `${input.step} goes on`;
    },
    { description: descriptions.retryStep, validator: plainly((input) => validateRetryStep(input, undecided(run))) },
  );
  setHandler(
    acceptErrorsUpdate,
    ({ step, by, reason }) => {
      const input = { mode: 'wait', accepted: { by, reason }, by, reason } as const;
      run.settled.set(step, { kind: 'acceptErrors', ...taken(input) });
      return `${step} goes on without what could not be restored`;
    },
    {
      description: descriptions.acceptErrors,
      validator: plainly((input) => validateAcceptErrors(input, undecided(run))),
    },
  );
  setHandler(
    skipStepUpdate,
    ({ step, by, reason }) => {
      run.settled.set(step, { kind: 'skipStep', ...taken({ skipped: { by, reason }, by, reason }) });
      return `the run goes on without ${step}`;
    },
    { description: descriptions.skipStep, validator: plainly((input) => validateSkipStep(input, undecided(run))) },
  );
}

function listenForTheRun(run: Run): void {
  setHandler(
    pauseUpdate,
    (input) => {
      const { at, updateId } = taken(input);
      run.known.paused = { since: at, ...input };
      run.noteLater({ at, kind: 'pause', ...input }, updateId);
      run.show();
      return 'paused: what is under way comes to its end, nothing new begins';
    },
    {
      description: descriptions.pause,
      validator: plainly((input) => validatePause(input, { within: run.within, paused: run.record?.paused })),
    },
  );
  setHandler(
    resumeUpdate,
    (input) => {
      const { at, updateId } = taken(input);
      const { paused } = run.known;
      delete run.known.paused;
      if (paused) run.waitedFor(paused.since, at);
      run.noteLater({ at, kind: 'resume', ...input }, updateId);
      run.show();
      return 'the run goes on';
    },
    {
      description: descriptions.resume,
      validator: plainly((input) => validateResume(input, run.record?.paused !== undefined, run.state)),
    },
  );
  setHandler(
    abortUpdate,
    (input) => {
      run.abort = taken(input);
      run.scope.cancel();
      return input.undo
        ? 'the run ends, stops what its engines still do and removes work that is not done; what was restored stays'
        : 'the run ends and stops what its engines still do; what was restored stays';
    },
    {
      description: descriptions.abort,
      validator: plainly((input) => validateAbort(input, isLast(run) || run.abort !== undefined)),
    },
  );
}

/** What is held, with what a validator must know of it. */
function undecided(run: Run): Undecided {
  const holds: Hold[] = [];
  const decided = new Map<string, string>();
  for (const hold of run.holds.values()) {
    const settled = run.settled.get(hold.step);
    if (settled) decided.set(hold.step, `${settled.kind} by ${settled.input.by} (stated)`);
    else holds.push(hold);
  }
  const steps = run.record?.steps ?? {};
  const budget = (name: string): number | undefined => {
    if (!Object.hasOwn(steps, name)) return undefined;
    const planned = Object.values(run.known.plan.tiers)
      .flat()
      .find((step) => step.name === name);
    return steps[name]?.timeoutMs ?? planned?.timeoutMs;
  };
  const driver = (name: string) => (Object.hasOwn(steps, name) ? steps[name]?.driver : undefined);
  return { holds, decided, budget, driver };
}

/** Anybody may send a signal, with anything in it: what is not a reason is not heard. */
function hear(run: Run, said: unknown): void {
  if (typeof said !== 'object' || said === null) return;
  const { step: name, reason, at } = said as Partial<Record<keyof Waiting, unknown>>;
  if (typeof name !== 'string' || typeof reason !== 'string' || typeof at !== 'string') return;
  const steps = run.record?.steps ?? {};
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
  if (!step || step.state === 'done' || step.state === 'skipped') return;
  step.reason = reason.slice(0, 400);
  step.reasonAt = at.slice(0, 30);
  run.show();
}

/** Nothing is left to end. A drill that only stands for people to look at can still be ended. */
function isLast({ within }: Run): boolean {
  return within === 'ending' || within === 'cleaning-up';
}
