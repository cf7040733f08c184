import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { endOfFailure } from '../../../src/cli/run-end.ts';
import { outcomes } from '../../../src/model/run.ts';
import { aReport } from '../../support/a-report.ts';

describe('how a run ended', () => {
  it('gives each outcome its exit code', () => {
    expect(outcomes.map((outcome) => [outcome, exitCodeOf(outcome)])).toEqual([
      ['recovered', 0],
      ['recovered-with-exceptions', 4],
      ['inconclusive', 6],
      ['aborted', 3],
      ['failed', 3],
    ]);
  });

  it.each([
    ['failed', 3],
    ['aborted', 3],
    ['SiteBusy', 3],
    ['NotOurs', 3],
    ['PlanInvalid', 2],
    ['RequestInvalid', 2],
  ])('of a failure of type %s is exit code %i, with its sentence and its report', (type, exitCode) => {
    const report = aReport({ outcome: 'failed' });

    const end = endOfFailure(ApplicationFailure.create({ type, message: 'why', details: [report] }));

    expect(end).toEqual({ report, message: 'why', type, exitCode });
  });

  it('has no report where the failure carries something else', () => {
    expect(
      endOfFailure(ApplicationFailure.create({ type: 'failed', message: 'why', details: [{ reason: 'X' }] })),
    ).not.toHaveProperty('report');
  });

  it.each([
    ['cancelled', new CancelledFailure('CancelledFailure'), 'aborted'],
    ['terminated', new TerminatedFailure('by ana'), 'failed'],
    ['time limit', new TimeoutFailure('t', undefined, 'START_TO_CLOSE'), 'failed'],
    ['boom', new Error('boom'), 'failed'],
    ['did not say why', undefined, 'failed'],
  ])('never takes %s for success', (words, cause, type) => {
    const end = endOfFailure(cause);

    expect(end).toMatchObject({ type, exitCode: 3 });
    expect(end.message).toContain(words);
  });
});
