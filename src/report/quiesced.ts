/** What became of what a run had stopped, for every form of its report. Pure. */
import type { QuiesceReport, Report } from '../model/report.ts';
import { refText } from '../model/verdict.ts';

/** `3 put back, 1 was already`; undefined where the plan stops nothing. */
export function quiescedText({ quiesce }: Pick<Report, 'quiesce'>): string | undefined {
  if (!quiesce) return undefined;
  const counts = Map.groupBy(quiesce, ({ state }) => state);
  return Array.from(counts, ([state, list]) => `${list.length} ${state}`).join(', ') || 'nothing was found';
}

/** Object, state and why, of each. */
export function quiescedRows({ quiesce = [] }: Pick<Report, 'quiesce'>): string[][] {
  return quiesce.map((one) => [refText(one), stateText(one), one.why ?? '']);
}

function stateText({ state }: QuiesceReport): string {
  return state === 'left quiesced' ? '**left quiesced**' : state;
}
