/** Whether what acts by the clock is stopped while a recovery is under way, and acts again when one has ended. */
import { type ClockThing, leftStopped } from '../../lab/sites/chaos/site.ts';
import { type Cell, chaosSteps } from './matrix.ts';

/** The step that brings the CronJob back. */
const bringsCronJob = 'web';

/** Whether the site's own things are back at a cell's moment: those that the disaster took. */
function isBack({ moment, place }: Cell): boolean {
  const orderOf = (step: string): number => chaosSteps.findIndex((one) => one.step === step);
  if (moment === 'approval') return false;
  if (place.step === bringsCronJob) return ['boundary', 'gate', 'held', 'aborting'].includes(moment);
  return orderOf(place.step) > orderOf(bringsCronJob);
}

function wasLost({ what }: ClockThing): boolean {
  return what.startsWith('CronJob');
}

/** When something dies in the midst of a recovery, all that the plan quiesces stands still, as far as it is there. */
export function problemsAtTheStrike(cell: Cell, things: readonly ClockThing[]): string[] {
  return things.flatMap((thing) => {
    const { what, isThere, isStopped } = thing;
    if (!isThere) return wasLost(thing) && !isBack(cell) ? [] : [`${what} was gone when it was struck`];
    return isStopped ? [] : [`${what} was not stopped when it was struck`];
  });
}

/** An aborted run has put back what it had stopped, before anybody goes on with it. */
export function problemsAfterAnAbort(cell: Cell, things: readonly ClockThing[]): string[] {
  return things
    .filter((thing) => thing.isThere || !wasLost(thing) || isBack(cell))
    .flatMap(leftStopped)
    .map((line) => `after the abort ${line}`);
}
