import { z } from 'zod';
import { degraded, healthy, type Verdict } from '../model/verdict.ts';
import { matchesPattern, Pattern } from './check-pattern.ts';

/** As much of an output is looked at; a check should print one value, not a table. */
export const outputLimitBytes = 64 * 1024;

/** What an output may be asked for; the keys of `expect` in every check that reads one. */
export const expectKeys = {
  equals: z.string().optional().describe('The output is this, white space at its ends aside.'),
  contains: z.string().min(1).optional().describe('The output holds this text.'),
  matches: Pattern.optional().describe(
    'The output matches this regular expression (JavaScript; `^` and `$` are the ends of a line).',
  ),
  atLeast: z.number().optional().describe('The output is one number, not below this one.'),
  atMost: z.number().optional().describe('The output is one number, not above this one.'),
};

/** What an output is expected to be. */
export interface OutputExpectation {
  readonly equals?: string | undefined;
  readonly contains?: string | undefined;
  readonly matches?: string | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** Whether a number fits between the bounds; and how a plan is told when none does. */
export function hasFittingBounds({ atLeast, atMost }: OutputExpectation): boolean {
  return atLeast === undefined || atMost === undefined || atLeast <= atMost;
}
export const noNumberFits = 'found atLeast above atMost; no number fits between them';

/**
 * Whether an expectation asserts data: neither no output nor a 0 may meet it, since that is what an empty table answers.
 * So `atLeast: 0`, `atMost: 5` alone and `matches: '\d+'` assert nothing.
 */
export function refusesEmpty(expect: OutputExpectation | undefined): boolean {
  return expect !== undefined && ['', '0'].every((output) => judgeOutput(expect, output, false).verdict !== 'Healthy');
}

/** Judges what was printed; pure. The message never holds it. `isCut`: there was more. */
export function judgeOutput(expect: OutputExpectation, stdout: string, isCut: boolean): Verdict {
  const output = stdout.trim();
  const faults = [
    expect.equals !== undefined && (isCut || output !== expect.equals.trim())
      ? 'the output is another one than expected'
      : '',
    expect.contains !== undefined && !output.includes(expect.contains)
      ? 'the output does not hold the expected text'
      : '',
    expect.matches === undefined ? '' : patternFault(expect.matches, output),
    numberFault(expect, output),
  ].filter((fault) => fault !== '');
  const [fault] = faults;
  if (fault === undefined) return healthy('AsExpected', 'the command ended as expected');
  if (isCut)
    return degraded(
      'OutputTooLong',
      `${fault}, looking at its first ${outputLimitBytes / 1024} KiB; let the command print less`,
    );
  return degraded('Unexpected', fault);
}

function patternFault(pattern: string, output: string): string {
  const isMatch = matchesPattern(pattern, output);
  if (isMatch === undefined) return 'the regular expression took too long over the output, write a simpler one';
  return isMatch ? '' : 'the output does not match the expected pattern';
}

function numberFault({ atLeast, atMost }: OutputExpectation, output: string): string {
  if (atLeast === undefined && atMost === undefined) return '';
  const wanted = [atLeast === undefined ? '' : `at least ${atLeast}`, atMost === undefined ? '' : `at most ${atMost}`]
    .filter((each) => each !== '')
    .join(' and ');
  if (!/^[+-]?\d+(?:\.\d+)?$/.test(output))
    return `expected a number, ${wanted}, the output is ${output === '' ? 'empty' : 'not one number'}`;
  const value = Number(output);
  if (atLeast !== undefined && value < atLeast) return `expected ${wanted}, the output is a number below it`;
  return atMost !== undefined && value > atMost ? `expected ${wanted}, the output is a number above it` : '';
}
