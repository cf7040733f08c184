import { describe, expect, it } from 'vitest';
import { type ClockThing, leftStopped } from '../../../lab/sites/chaos/site.ts';
import { type Cell, chaosSteps, type Moment, type StepName } from '../../chaos/matrix.ts';
import { problemsAfterAnAbort, problemsAtTheStrike } from '../../chaos/quiesced.ts';

const mark = 'rekindle.dev/before';
const acting = (what: string): ClockThing => ({ what, isThere: true, isStopped: false, marks: [] });
const stopped = (what: string): ClockThing => ({ what, isThere: true, isStopped: true, marks: [mark] });
const gone = (what: string): ClockThing => ({ what, isThere: false, isStopped: false, marks: [] });

function cell(moment: Moment, step: StepName): Cell {
  const place = chaosSteps.find((one) => one.step === step);
  if (!place) throw new Error(`no step ${step}`);
  return { fault: 'worker', moment, place };
}

describe('what the chaos plan quiesces', () => {
  it('must be stopped when something dies; what the disaster took may be gone until its step has brought it', () => {
    const early = [gone('CronJob report'), stopped('Schedule yearly')];
    const late = [stopped('CronJob report'), stopped('Schedule yearly')];

    expect(problemsAtTheStrike(cell('gate', 'keys'), early)).toEqual([]);
    expect(problemsAtTheStrike(cell('approval', 'keys'), early)).toEqual([]);
    expect(problemsAtTheStrike(cell('gate', 'web'), late)).toEqual([]);
    expect(problemsAtTheStrike(cell('start', 'traffic'), late)).toEqual([]);
    expect(problemsAtTheStrike(cell('gate', 'web'), early)).toEqual(['CronJob report was gone when it was struck']);
    expect(problemsAtTheStrike(cell('wait', 'web'), [acting('CronJob report'), acting('Schedule yearly')])).toEqual([
      'CronJob report was not stopped when it was struck',
      'Schedule yearly was not stopped when it was struck',
    ]);
    expect(problemsAtTheStrike(cell('gate', 'keys'), [gone('Schedule yearly')])).toHaveLength(1);
  });

  it('must act again after an abort, without a mark that says how it was', () => {
    const marked: ClockThing = { ...acting('CronJob report'), marks: [mark] };

    expect(problemsAfterAnAbort(cell('aborting', 'keys'), [gone('CronJob report'), acting('Schedule yearly')])).toEqual(
      [],
    );
    expect(problemsAfterAnAbort(cell('aborting', 'web'), [marked, stopped('Schedule yearly')])).toEqual([
      'after the abort CronJob report has annotation rekindle.dev/before',
      'after the abort Schedule yearly is stopped',
      'after the abort Schedule yearly has annotation rekindle.dev/before',
    ]);
    expect(problemsAfterAnAbort(cell('aborting', 'web'), [gone('CronJob report')])).toHaveLength(1);
  });

  it('must all be there and act at the end', () => {
    expect([gone('CronJob report'), acting('Schedule yearly')].flatMap(leftStopped)).toEqual([
      'CronJob report is gone',
    ]);
  });
});
