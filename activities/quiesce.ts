import type { QuiesceReport } from '../src/model/report.ts';
import { putBackAll } from '../src/recovery/put-back.ts';
import { quiesceSite, writeQuiesce } from '../src/recovery/quiesce.ts';
import { type RunRef, Session } from '../src/recovery/session.ts';
import { acting } from './acting.ts';
import type { Shared } from './deps.ts';

export interface QuiesceInput {
  readonly run: RunRef;
}

/** What was stopped or put back, in a history: the first of it, and how many there are. */
export interface Quiesced {
  readonly list: readonly QuiesceReport[];
  readonly total: number;
  /** How many are still stopped though they should run. */
  readonly left: number;
}

/** A report shows no more of them. */
const listed = 50;

export function quiesceActivities(deps: Shared) {
  const nowhere = () => ({});
  return {
    /** Stops what the plan quiesces; notes and marks each before. */
    quiesceSite: acting(deps, 'quiesce', nowhere, async ({ run }: QuiesceInput, beat): Promise<Quiesced> => {
      const session = await Session.open(deps, run, beat.signal);
      return shortened(await quiesceSite(session, beat.say));
    }),

    /** Puts everything back that the ledger says was stopped, in reverse order. */
    putBack: acting(deps, 'putting back', nowhere, async ({ run }: QuiesceInput, beat): Promise<Quiesced> => {
      const session = await Session.open(deps, run, beat.signal);
      const { kube, ledger } = session;
      const reports = await putBackAll({
        kube,
        recovery: run.recovery,
        entries: ledger.quiesce,
        check: () => session.assertOurs(),
        note: (entry) => writeQuiesce(kube, run.recovery, [{ before: {}, ...entry, state: 'put back' }], beat.signal),
        say: beat.say,
        signal: beat.signal,
      });
      return shortened(reports);
    }),
  };
}

/** What a person has to look at comes first. */
function shortened(reports: readonly QuiesceReport[]): Quiesced {
  const rank = ({ state }: QuiesceReport): number => ['left quiesced', 'not there'].indexOf(state);
  const order = (report: QuiesceReport): number => (rank(report) < 0 ? 2 : rank(report));
  return {
    list: reports.toSorted((a, b) => order(a) - order(b)).slice(0, listed),
    total: reports.length,
    left: reports.filter(({ state }) => state === 'left quiesced').length,
  };
}
