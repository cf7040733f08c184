import type { Completeness, Decision } from '../src/model/report.ts';
import { judgeCompleteness } from '../src/recovery/completeness.ts';
import { NotOursError } from '../src/recovery/cluster.ts';
import { closeLedger, type LedgerJournal, writeDecision, writeJournal } from '../src/recovery/ledger.ts';
import { LedgerError } from '../src/recovery/ledger-text.ts';
import { releaseLock } from '../src/recovery/lock.ts';
import { type RunRef, Session } from '../src/recovery/session.ts';
import { acting } from './acting.ts';
import { callerOf } from './caller.ts';
import type { Shared } from './deps.ts';

export interface DecisionInput {
  /** Absent while there is no ledger yet. */
  readonly run?: RunRef;
  readonly workflow: { readonly workflowId: string; readonly runId: string };
  readonly number: number;
  readonly decision: Decision;
  readonly updateId?: string;
}

export interface CallerInput {
  readonly workflow: { readonly workflowId: string; readonly runId: string };
  readonly updateId: string;
}

export interface ReleaseInput {
  readonly run: RunRef;
  readonly outcome: string;
  /** What the run says of itself, for a later run of the recovery. */
  readonly journal?: LedgerJournal;
}

export interface CompletenessInput {
  readonly run: RunRef;
  /** Steps that a person let the run go on without. */
  readonly skipped?: readonly string[];
}

const nowhere = () => ({});

export function endingActivities(deps: Shared) {
  return {
    /** Who really called, as the server recorded it. Asks Temporal alone, whatever becomes of the cluster. */
    readCaller: acting(
      deps,
      'the caller of a decision',
      nowhere,
      async ({ workflow, updateId }: CallerInput): Promise<{ readonly identity?: string }> => {
        const identity = await callerOf(deps.client, deps.temporal.namespace, workflow, updateId);
        return identity ? { identity } : {};
      },
    ),

    /** A decision into the ledger. For runs of before with an `updateId`: who called, read on the way. */
    noteDecision: acting(
      deps,
      'the note of a decision',
      nowhere,
      async (input: DecisionInput, beat): Promise<Decision> => {
        const identity =
          input.updateId && (await callerOf(deps.client, deps.temporal.namespace, input.workflow, input.updateId));
        const decision = { ...input.decision, ...(identity ? { identity } : {}) };
        if (!input.run) return decision;
        const session = await Session.open(deps, input.run, beat.signal);
        await writeDecision(session.kube, input.run.recovery, input.number, decision, beat.signal);
        return decision;
      },
    ),

    judgeCompleteness: acting(
      deps,
      'completeness',
      nowhere,
      async (input: CompletenessInput, beat): Promise<Completeness> => {
        const session = await Session.open(deps, input.run, beat.signal);
        beat.say('accounts for every object of the backup');
        return judgeCompleteness(session, input.skipped ?? []);
      },
    ),

    /** Notes the end and gives the lock back; quiet where the lock is not ours any more. */
    releaseSite: acting(
      deps,
      'the lock',
      nowhere,
      async ({ run, outcome, journal }: ReleaseInput, beat): Promise<{ released: boolean }> => {
        const kube = deps.clusters.client(run.cluster.context);
        const session = await Session.open(deps, run, beat.signal).catch((error: unknown) => {
          // Somebody else's now, or its ledger is gone: there is nothing to note. An outage is tried again.
          if (error instanceof NotOursError || error instanceof LedgerError) return undefined;
          throw error;
        });
        if (session && journal) await writeJournal(kube, run.recovery, journal, beat.signal);
        if (session) await closeLedger(kube, run.recovery, outcome, beat.signal);
        return { released: await releaseLock(kube, run.site, run.chain, beat.signal) };
      },
    ),
  };
}
