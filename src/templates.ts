/**
 * Template runs: one per plan, so that the UI's Start Workflow form opens with its input filled in. The form copies the
 * input of an earlier run, and a template's input is exactly what a recovery needs; it is harmless because it runs on a
 * queue where runs only look (docs/adr/0008-template-runs.md).
 */
import { readdir } from 'node:fs/promises';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { language } from './language.ts';
import type { LogSink } from './log.ts';
import { lookOnlyMemo, lookOnlyQueueOf } from './model/look.ts';
import type { RecoverRequest } from './model/request.ts';
import { recoverSiteType } from './model/run.ts';
import { issueText } from './plan/language.ts';
import { loadPlanByName } from './plan/load.ts';

/** A plan's newest template run. */
export interface Template {
  readonly workflowId: string;
  readonly runId: string;
  readonly planSha256: string;
}

export interface TemplateOptions {
  readonly client: Client;
  readonly plansFolder: string;
  /** The queue of recoveries; templates run on the one beside it. */
  readonly taskQueue: string;
  readonly log: LogSink;
}

// A look that is longer open than this has lost its worker; its input is there all the same.
const longestLook = '10m';

const prefix = 'rekindle-template-';

/** The plans of a folder, by name, sorted. Empty where the folder cannot be read. */
export async function planNames(plansFolder: string): Promise<readonly string[]> {
  const files = await readdir(plansFolder).catch(() => []);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Starts a template run for each valid plan that has none, or whose file has changed since. Throws where Temporal cannot be asked. */
export async function prepareTemplates(options: TemplateOptions): Promise<void> {
  const { client, plansFolder, taskQueue, log } = options;
  const known = await newestTemplates(client);
  for (const plan of await planNames(plansFolder)) {
    const loaded = await loadPlanByName(plan, plansFolder, language);
    if ('issues' in loaded) {
      const why = loaded.issues[0] === undefined ? 'not valid' : issueText(loaded.issues[0]);
      log('warn', 'a plan is not valid: no form is prepared for it', { plan, why });
      continue;
    }
    if (known.get(plan)?.planSha256 === loaded.sha256) continue;
    await startTemplate(client, taskQueue, plan, loaded.sha256);
    log('info', 'template run started, for the form in the UI', { plan, workflowId: prefix + plan });
  }
}

/** The template runs that links to the form name, by plan. */
export async function newestTemplates(client: Client): Promise<ReadonlyMap<string, Template>> {
  const query = `WorkflowType = '${recoverSiteType}' AND WorkflowId STARTS_WITH '${prefix}'`;
  const found = new Map<string, Template & { readonly at: number }>();
  for await (const { workflowId, runId, memo, startTime } of client.workflow.list({ query })) {
    // Whoever starts one like it by hand leaves no hash.
    const planSha256: unknown = memo?.[lookOnlyMemo.planSha256];
    if (typeof planSha256 !== 'string') continue;
    const plan = workflowId.slice(prefix.length);
    const at = startTime.getTime();
    if (at >= (found.get(plan)?.at ?? 0)) found.set(plan, { workflowId, runId, planSha256, at });
  }
  return found;
}

async function startTemplate(client: Client, taskQueue: string, plan: string, sha256: string): Promise<void> {
  // Neither summary nor search attributes: the form would copy them.
  const request: RecoverRequest = { plan };
  try {
    await client.workflow.start(recoverSiteType, {
      taskQueue: lookOnlyQueueOf(taskQueue),
      workflowId: prefix + plan,
      workflowExecutionTimeout: longestLook,
      args: [request],
      memo: { [lookOnlyMemo.lookOnly]: true, [lookOnlyMemo.planSha256]: sha256 },
    });
  } catch (error) {
    // Another worker was sooner.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
