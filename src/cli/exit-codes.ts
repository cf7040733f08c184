import type { Outcome } from '../model/run.ts';
import { assertNever } from '../model/json.ts';

/** What the process ends with; the numbers are a promise to scripts. */
export const exitCodes = {
  recovered: 0,
  /** Nothing could be asked or started: Temporal unreachable, no worker. */
  unavailable: 1,
  wrongInput: 2,
  failed: 3,
  exceptions: 4,
  held: 5,
  inconclusive: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of a run that ended. */
export function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'recovered':
      return exitCodes.recovered;
    case 'recovered-with-exceptions':
      return exitCodes.exceptions;
    case 'inconclusive':
      return exitCodes.inconclusive;
    case 'aborted':
    case 'failed':
      return exitCodes.failed;
    default:
      return assertNever(outcome);
  }
}

/** Shown under every command that runs or shows a recovery. */
export const exitCodeHelp = `
Exit codes:
  0 recovered          4 recovered with exceptions
  1 not available      5 held: waits for a decision
  2 wrong input        6 inconclusive: no data was asserted
  3 failed or aborted`;

/** Shown under every command that sends one decision into a run. */
export const decisionCodeHelp = `

Exit codes:
  0 the run has taken it    1 not available: Temporal does not answer, or no worker took it
  2 wrong input, or refused by the run, in its own words`;

/** Shown under commands that ask or change something in Temporal at once. */
export const plainCodeHelp = `

Exit codes:
  0 done    1 not available: Temporal or a worker    2 wrong input`;
