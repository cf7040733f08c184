/** `npm run test:chaos`: everything that a recovery stands on dies, at every moment of it. Exit code 1 when a cell fails. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { down, labUnavailableReason, up } from '../../lab/lab.ts';
import { showEvents } from '../../lab/report.ts';
import { type CellResult, runCell } from './cell.ts';
import { type Cell, cellOf, cellsOf, faults, moments, sampleOf } from './matrix.ts';
import { ChaosStage, say } from './stage.ts';
import { tableOf } from './table.ts';

const usage = `npm run test:chaos [-- OPTIONS]
  --fault F       only this one, may be repeated: ${faults.join(', ')}
  --moment M      only this one, may be repeated: ${moments.join(', ')}
  --cell F:M      this cell, may be repeated: --cell etcd:gate
  --sample N      N cells of which no two have fault or moment in common, instead of all
  --seed N        chooses where in the plan each cell strikes, and the sample (1)
  --json          prints the result as JSON on standard output instead of the table
  -o, --output F  writes the JSON into a file too
  --name LAB      the lab's name; default: one of its own
  --keep          leaves the lab up; one that is up already is used, and its Backup too
  --list          names the cells and does nothing
`;

class UsageError extends Error {}

function optionsOf(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      fault: { type: 'string', multiple: true },
      moment: { type: 'string', multiple: true },
      cell: { type: 'string', multiple: true },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      output: { type: 'string', short: 'o' },
      name: { type: 'string', default: `chaos-${process.pid}` },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, cells: chosenCells(values) };
}

function chosenCells(values: {
  readonly fault?: string[] | undefined;
  readonly moment?: string[] | undefined;
  readonly cell?: string[] | undefined;
  readonly sample?: string | undefined;
  readonly seed: string;
}): readonly Cell[] {
  const seed = count('--seed', values.seed);
  if (values.cell !== undefined) return values.cell.map((text) => cellNamed(text, seed));
  const only = {
    ...(values.fault ? { faults: values.fault.map((name) => named('--fault', name, faults)) } : {}),
    ...(values.moment ? { moments: values.moment.map((name) => named('--moment', name, moments)) } : {}),
  };
  if (values.sample === undefined) return cellsOf(seed, only);
  if (only.faults ?? only.moments) throw new UsageError('--sample goes with neither --fault nor --moment');
  return sampleOf(seed, count('--sample', values.sample));
}

function cellNamed(text: string, seed: number): Cell {
  const [fault = '', moment = ''] = text.split(':');
  return cellOf(named('--cell', fault, faults), named('--cell', moment, moments), seed);
}

function named<Name extends string>(flag: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new UsageError(`${flag} ${text}: it is one of ${names.join(', ')}`);
  return found;
}

function count(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag} ${text}: a whole number, such as 3`);
  return Number(text);
}

async function runAll(
  cells: readonly Cell[],
  name: string,
  keep: (results: CellResult[]) => Promise<void>,
): Promise<CellResult[]> {
  const lab = await up({ name, level: 'site', report: showEvents(process.stderr) });
  const stage = await ChaosStage.set(lab);
  const results: CellResult[] = [];
  let stopped = false;
  const stop = (): void => void (stopped = true);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const [index, cell] of cells.entries()) {
      if (stopped) break;
      say(
        `cell ${index + 1} of ${cells.length}: ${cell.fault} × ${cell.moment} at ${cell.place.tier}/${cell.place.step}`,
      );
      const result = await runCell(stage, cell);
      results.push(result);
      await keep(results);
      const { problems, away, wentOn, seconds, sign, lost = [] } = result;
      for (const why of lost) say(`  ${why}`);
      say(
        `  away ${away ?? '–'} s, went on after ${wentOn ?? '–'} s (${sign ?? '–'}), cell ${seconds} s ${problems.length > 0 ? `FAILED: ${problems.join('; ')}` : 'ok'}`,
      );
    }
  } finally {
    await stage.end();
  }
  return results;
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  const { cells, name, keep } = options;
  if (options.help) process.stdout.write(usage);
  else if (options.list)
    for (const { fault, moment, place } of cells)
      process.stdout.write(`${fault} × ${moment} at ${place.tier}/${place.step}\n`);
  if (options.help || options.list) return 0;
  const reason = labUnavailableReason('site');
  if (reason !== undefined) throw new UsageError(reason);
  const jsonOf = (cells: readonly CellResult[]): string =>
    `${JSON.stringify({ seed: Number(options.seed), cells }, null, 2)}\n`;
  // After each cell: what was seen is not lost with the rest.
  const keepResults = async (results: readonly CellResult[]): Promise<void> => {
    if (options.output !== undefined) await writeFile(options.output, jsonOf(results));
  };
  let results: CellResult[];
  try {
    results = await runAll(cells, name, keepResults);
  } finally {
    if (!keep) await down({ name, report: showEvents(process.stderr) });
  }
  process.stdout.write(options.json ? jsonOf(results) : `${tableOf(results)}\n`);
  return results.length === cells.length && results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(
    isUsage
      ? `test:chaos: ${error.message}\n\n${usage}`
      : `test:chaos: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
