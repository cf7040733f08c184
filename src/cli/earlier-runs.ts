/** Earlier runs of a plan, to compare with: out of Temporal, or, where it has none, the reports kept on this machine. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Report } from '../model/report.ts';
import { asEarlier } from '../report/analysis.ts';
import { awaitEnd, isReport } from './run-end.ts';
import { closedRuns } from './runs.ts';

/** A comparison with more of them says no more. */
const mostEarlier = 5;

/** Some ended without a report (terminated, refused at planning): so many more are asked for theirs. */
const mostAsked = 15;

/**
 * The report with the earlier runs that it is compared with, a drill with drills and a recovery with recoveries: they are on
 * different clusters. As it is where there are none.
 */
export async function withEarlier(report: Report, stateDir: string, client?: Client): Promise<Report> {
  const known = client === undefined ? [] : await fromTemporal(report, client);
  const found = known.length > 0 ? known : await fromFiles(report, stateDir);
  const earlier = newestBefore(report, found);
  return earlier.length === 0 ? report : { ...report, earlier: earlier.map(asEarlier) };
}

/** A resumed run of the same recovery is not another run; what came later is not earlier. */
function newestBefore(report: Report, found: readonly Report[]): readonly Report[] {
  return found
    .filter(
      (other) =>
        other.plan === report.plan &&
        isDrill(other) === isDrill(report) &&
        other.recovery !== report.recovery &&
        other.startedAt < report.startedAt,
    )
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, mostEarlier);
}

const isDrill = ({ siteDrill }: Report): boolean => siteDrill !== undefined;

async function fromTemporal(report: Report, client: Client): Promise<readonly Report[]> {
  const found: Report[] = [];
  const runs = (await closedRuns(client, report.plan, isDrill(report))).filter(
    ({ recovery, startedAt }) => recovery !== report.recovery && startedAt < report.endedAt,
  );
  for (const { workflowId, runId } of runs.slice(0, mostAsked)) {
    // One whose history is gone is no reason to show nothing.
    const end = await awaitEnd(client.workflow.getHandle(workflowId, runId)).catch(() => undefined);
    if (end?.report !== undefined) found.push(end.report);
    if (newestBefore(report, found).length >= mostEarlier) break;
  }
  return newestBefore(report, found);
}

async function fromFiles(report: Report, stateDir: string): Promise<readonly Report[]> {
  const folder = join(stateDir, 'reports');
  const names = await readdir(folder).catch(() => []);
  const found: Report[] = [];
  for (const name of names.filter((file) => file.endsWith('.json'))) {
    const value = await readFile(join(folder, name), 'utf8').then(parsed, () => undefined);
    if (isReport(value)) found.push(value);
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
