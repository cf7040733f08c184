import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { CliError } from './cli-error.ts';
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.ts';
import { outputOption } from './options.ts';
import { createOutput } from './output.ts';
import { printEnd } from './print-end.ts';
import { awaitEnd, isReport, type RunEnd } from './run-end.ts';
import { findRun } from './runs.ts';
import { withTemporal } from './session.ts';

type Form = 'text' | 'json' | 'md';

const help = `
A drill's report is also kept as a file under .rekindle/reports and is read from there when its Temporal is gone.

Examples:
  $ rekindle report bookstore-4fx2q7ab
  $ rekindle report bookstore-4fx2q7ab -o md > report.md
  $ rekindle report recover-bookstore-1a2b3c4d -o json | jq .objectives
`;

/** `rekindle report RUN`. */
export function reportCommand(): Command {
  return new Command('report')
    .description('Prints the record of a recovery that has ended: outcome, objectives, tiers, checks, decisions.')
    .argument('<run>', 'recovery id or workflow id')
    .addOption(outputOption(['text', 'json', 'md']))
    .addHelpText('after', help + exitCodeHelp)
    .action(async (run: string, options: { readonly output: Form }) => {
      process.exitCode = await report(run, options.output, loadConfig());
    });
}

async function report(run: string, form: Form, config: Config): Promise<number> {
  const kept = await keptReport(run, config.stateDir);
  if (kept !== undefined) return printEnd(kept, createOutput(config), form);
  return withTemporal(async ({ temporal, output }) => {
    const handle = await findRun(temporal.client, run);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING' || status.name === 'PAUSED') {
      throw new CliError(
        `${run} is still open, so it has no report yet: \`rekindle status ${run}\` shows where it is`,
        exitCodes.unavailable,
      );
    }
    return printEnd(await awaitEnd(handle), output, form);
  }, config);
}

/** The file of a drill; undefined when there is none. */
async function keptReport(recovery: string, stateDir: string): Promise<RunEnd | undefined> {
  if (!/^[a-z0-9][-a-z0-9]{0,62}$/.test(recovery)) return undefined; // becomes part of a path
  const file = join(stateDir, 'reports', `${recovery}.json`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isReport(value)) return { report: value, exitCode: exitCodeOf(value.outcome) };
  } catch {
    // falls through to the sentence below
  }
  throw new CliError(`${file} is not a report: remove it, or ask Temporal by the workflow id`);
}
