/** The matrix's result as a table, cell by cell. */
import type { CellResult } from './cell.ts';
import { type Fault, faults, faultWords, momentWords } from './matrix.ts';

const number = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(1));

/** A row for each cell in Markdown, then what is wrong with those that failed, then the seconds fault by fault. */
export function tableOf(results: readonly CellResult[]): string {
  const head = [
    'dies',
    'when',
    'where',
    'away, s',
    'work went on after, s',
    'of that since it was back, s',
    'cell, s',
    '',
  ];
  const rows = results.map(({ cell, problems, away, wentOn, after, seconds, lost = [], note }) => [
    faultWords[cell.fault],
    momentWords[cell.moment],
    cell.moment === 'approval' ? 'before phase two' : `${cell.place.tier}/${cell.place.step}`,
    number(away),
    number(wentOn),
    number(after),
    number(seconds),
    [
      problems.length > 0 ? 'FAILED' : 'ok',
      ...(lost.length > 0 ? [`${lost.length} Restore replaced`] : []),
      ...(note ? [note] : []),
    ].join('; '),
  ]);
  const failed = results.filter(({ problems }) => problems.length > 0);
  return [
    ...aligned([head, ...rows]),
    ...failed.flatMap(({ cell, problems }) => [
      '',
      `FAILED ${cell.fault} × ${cell.moment} (${cell.place.tier}/${cell.place.step}):`,
      ...problems.map((problem) => `  ${problem}`),
    ]),
    '',
    ...aligned([
      ['dies', 'cells', 'failed', 'work went on after, s: median', 'longest'],
      ...faults.flatMap((fault) => summary(fault, results)),
    ]),
    '',
    `${results.length - failed.length} of ${results.length} cells are as they must be`,
  ].join('\n');
}

function summary(fault: Fault, results: readonly CellResult[]): string[][] {
  const own = results.filter(({ cell }) => cell.fault === fault);
  if (own.length === 0) return [];
  const seconds = own.flatMap(({ wentOn }) => (wentOn === undefined ? [] : [wentOn])).toSorted((a, b) => a - b);
  const failed = own.filter(({ problems }) => problems.length > 0).length;
  return [
    [
      faultWords[fault],
      String(own.length),
      String(failed),
      number(seconds[Math.floor((seconds.length - 1) / 2)]),
      number(seconds.at(-1)),
    ],
  ];
}

function aligned([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)];
}
