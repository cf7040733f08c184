/** A worker with the real activities, in the test's own process, against a real API server. */
import { DefaultLogger } from '@temporalio/worker';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { createActivities } from '../../activities/index.ts';
import type { ClusterSource } from '../../src/kube/clusters.ts';
import type { Report } from '../../src/model/report.ts';
import { type RunView, viewQueryName } from '../../src/model/run.ts';
import type { TemporalForTests } from './temporal.ts';

export type RecoverHandle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

/** The real activities over a source of clusters and a folder of plans. */
export function realActivities(
  temporal: TemporalForTests,
  clusters: ClusterSource,
  plansFolder: string,
  identity = 'in-process',
  address = 'embedded',
) {
  const log = new DefaultLogger('ERROR');
  return createActivities({
    clusters,
    plansFolder,
    identity,
    temporal: { address, namespace: temporal.environment.namespace ?? 'default', uiUrl: 'http://ui' },
    client: temporal.client,
    searchAttributes: true,
    log: { info: () => undefined, warn: (message, fields) => log.warn(message, fields) },
  });
}

/** Looks at a run until it is as wanted; says what it was when that never came about. */
export async function untilView(
  handle: RecoverHandle,
  is: (seen: RunView) => boolean,
  withinMs = 20_000,
): Promise<RunView> {
  const end = Date.now() + withinMs;
  let seen: RunView | undefined;
  while (Date.now() < end) {
    seen = await handle.query<RunView>(viewQueryName);
    if (is(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never came about; the run is ${JSON.stringify(seen)}`);
}

/** The report of a run that closed as Failed: the first of its failure's details. */
export function reportIn(error: unknown): Report {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  const [report] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
  if (!report) throw error;
  return report as Report;
}
