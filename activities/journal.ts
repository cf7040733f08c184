import type { WorkerCrash } from '../src/model/report.ts';
import { writeJournal } from '../src/recovery/ledger.ts';
import type { Session } from '../src/recovery/session.ts';

/** What a run tells of itself, and of a step, with each act: a run that is lost cannot tell at its end. */
export interface ToldOfRun {
  /** The workers that have died under it so far. */
  readonly crashes?: readonly WorkerCrash[];
  /** The step's budget where a person has lengthened it, ms. */
  readonly timeoutMs?: number;
}

/** Keeps the run's crashes in the ledger, where there are more than it has. */
export async function tellJournal(session: Session, { crashes = [] }: ToldOfRun): Promise<void> {
  const { chain, recovery } = session.run;
  const known = session.ledger.journals.find(({ runId }) => runId === chain.firstRunId);
  if (!known || crashes.length <= (known.crashes?.length ?? 0)) return;
  await writeJournal(session.kube, recovery, { ...known, crashes }, session.signal);
}
