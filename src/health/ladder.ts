import { unknown, type Verdict } from '../model/verdict.ts';
import { withVerdict } from './check-errors.ts';

/** What a rung saw. A Healthy one may add what an operator should know all the same: a slot that holds WAL. */
export interface RungVerdict extends Verdict {
  readonly note?: string;
}

/** One rung: what must hold before the next question makes sense. `name` says what holds, as `accepts connections`. */
export interface Rung {
  readonly name: string;
  look(): Promise<RungVerdict>;
}

/**
 * Climbs a ladder of questions to an engine, each asked only when the one before was answered well: a data query says
 * nothing about a server that still replays its log. The first rung that is not Healthy is the verdict and its name
 * begins the message; at the top the message names every rung and what the last one saw, then the notes. An error of
 * the cluster is its rung's verdict; errors of our own pass on. No rungs at all is Unknown: over nothing no check passes.
 */
export async function climb(rungs: readonly Rung[]): Promise<Verdict> {
  let top: Verdict | undefined;
  const notes: string[] = [];
  for (const rung of rungs) {
    const seen: RungVerdict = await withVerdict(() => rung.look());
    const { verdict, reason } = seen;
    if (verdict !== 'Healthy') return { verdict, reason, message: `${rung.name}: ${seen.message}` };
    if (seen.note !== undefined) notes.push(`; note: ${seen.note}`);
    top = seen;
  }
  if (top === undefined) return unknown('NothingAsked', 'the check has nothing to ask');
  const names = rungs.map((rung) => rung.name).join(', ');
  return { verdict: top.verdict, reason: top.reason, message: `${names}: ${top.message}${notes.join('')}` };
}
