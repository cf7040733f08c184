/** Addresses of pages in Temporal's UI (seen working with UI 2.54). Pure. */
import { drillSiteType, recoverSiteType, searchAttributeNames, taskQueue } from './model/run.ts';

/** A namespace in a UI. */
export interface UiPlace {
  /** Without a slash at its end. */
  readonly uiUrl: string;
  readonly namespace: string;
}

function base({ uiUrl, namespace }: UiPlace): string {
  return `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}`;
}

/**
 * The Start Workflow form. The UI takes no input in an address: it copies the one of the run that matches, so the form
 * is filled in by a template run. Its workflow id is left out: the id would be taken over, the run id alone is not.
 */
export function startFormLink(place: UiPlace, templateRunId?: string, queue: string = taskQueue): string {
  const fields = new URLSearchParams({ taskQueue: queue, workflowType: recoverSiteType });
  if (templateRunId !== undefined) fields.set('runId', templateRunId);
  return `${base(place)}/workflows/start-workflow?${fields.toString()}`;
}

/** The list of the runs that match. */
export function runListLink(place: UiPlace, query: string): string {
  return `${base(place)}/workflows?query=${encodeURIComponent(query)}`;
}

/** The page of a Schedule, with its Trigger button. */
export function scheduleLink(place: UiPlace, scheduleId: string): string {
  return `${base(place)}/schedules/${encodeURIComponent(scheduleId)}`;
}

/** Queries that the documents and the links use. */
export const runQueries = {
  ofPlan: (plan: string): string => `${searchAttributeNames.plan}="${plan}"`,
  /** Drills too: they are decided upon in the same way. */
  open: `WorkflowType IN ("${recoverSiteType}", "${drillSiteType}") AND ExecutionStatus="Running"`,
  inState: (state: string): string => `${searchAttributeNames.state}="${state}"`,
} as const;
