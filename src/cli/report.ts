import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { CliError } from './cli-error.ts';
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.ts';
import { outputOption } from './options.ts';
import { withEarlier } from './earlier-runs.ts';
import { createOutput } from './output.ts';
import { printEnd, type ReportForm, reportForms } from './print-end.ts';
import { awaitEnd, isReport, type RunEnd } from './run-end.ts';
import { findRun, runsOf } from './runs.ts';
import { withTemporal } from './session.ts';

const help = `
html is one page that loads nothing, for a screen, a phone and paper. json has a schema (docs/report.schema.json).
Where earlier runs of the plan are known to Temporal, or are kept here, the report is compared with the last five: a
recovery with recoveries, a drill with drills.
A drill's report is also kept as a file under .rekindle/reports and is read from there when its Temporal is gone.

Examples:
  $ rekindle report bookstore-4fx2q7ab
  $ rekindle report bookstore-4fx2q7ab -o md > report.md
  $ rekindle report bookstore-4fx2q7ab -o html > report.html
  $ rekindle report bookstore-4fx2q7ab -o junit > report.xml    tiers as suites, steps and checks as cases
  $ rekindle report recover-bookstore-1a2b3c4d -o json | jq .objectives
`;

/** `rekindle report RUN`. */
export function reportCommand(): Command {
  return new Command('report')
    .description('Prints the record of a recovery that has ended: outcome, objectives, tiers, checks, decisions.')
    .argument('<run>', 'recovery id or workflow id')
    .addOption(outputOption(reportForms))
    .addHelpText('after', help + exitCodeHelp)
    .action(async (run: string, options: { readonly output: ReportForm }) => {
      process.exitCode = await report(run, options.output, loadConfig());
    });
}

async function report(run: string, form: ReportForm, config: Config): Promise<number> {
  const kept = await keptReport(run, config.stateDir);
  if (kept !== undefined) return printEnd(await compared(kept, config), createOutput(config), form);
  return withTemporal(async ({ temporal, output }) => {
    const handle = await findRun(temporal.client, run);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING' || status.name === 'PAUSED') {
      throw new CliError(
        `${run} is still open, so it has no report yet: \`rekindle status ${run}\` shows where it is`,
        exitCodes.unavailable,
      );
    }
    const end = await drillsOwn(run, await awaitEnd(handle), temporal.client);
    return printEnd(await compared(end, config, temporal.client), output, form);
  }, config);
}

/** A drill that was cleaned up by a later run is still told by its own report, where it could make one. */
async function drillsOwn(run: string, end: RunEnd, client: Client): Promise<RunEnd> {
  if (end.cleanedUp?.recovery !== run) return end;
  for (const { workflowId, runId } of await runsOf(client, run)) {
    const own = await awaitEnd(client.workflow.getHandle(workflowId, runId)).catch(() => undefined);
    if (own?.report !== undefined) return own;
  }
  return end;
}

/** With the earlier runs of the plan; a report that brings its own keeps them. */
async function compared(end: RunEnd, config: Config, client?: Client): Promise<RunEnd> {
  if (end.report === undefined || end.report.earlier !== undefined) return end;
  return { ...end, report: await withEarlier(end.report, config.stateDir, client) };
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
