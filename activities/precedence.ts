import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { KubeClient } from '../src/kube/types.ts';
import { lookOnlyMemo } from '../src/model/look.ts';
import { drillSiteType, recoverSiteType } from '../src/model/run.ts';
import { lockHolder } from '../src/recovery/lock.ts';
import { waitUntil } from '../src/recovery/wait.ts';
import { acting, type Beat } from './acting.ts';
import type { Shared } from './deps.ts';
import { failure } from './failure.ts';
import { askHolder } from './holder.ts';

export interface YieldDrillsInput {
  readonly site: string;
  /** Where the recovery restores into. */
  readonly cluster: string;
  /** When the wait began, ISO 8601. */
  readonly since: string;
}

/** How long a recovery waits for the clean-up of a drill in its own cluster, until a person is asked. */
const yieldMs = 30 * 60_000;

const nowhere = () => ({});

export function precedenceActivities(deps: Shared) {
  return {
    /**
     * A recovery goes before its drills: each open one is asked to end. Waited for is only one in the cluster that is
     * restored into, until it has cleaned up.
     */
    yieldDrills: acting(
      deps,
      'drills of the site',
      nowhere,
      async (input: YieldDrillsInput, beat): Promise<readonly string[]> => {
        const asked = await endDrills(deps.client, input.site);
        await untilDrillGone(deps, input, beat);
        return asked;
      },
    ),

    /** A drill does not begin while its site is being recovered. */
    refuseWhileRecovering: acting(
      deps,
      'recoveries of the site',
      nowhere,
      async ({ site }: { readonly site: string }): Promise<Record<string, never>> => {
        const [open] = await openRuns(deps.client, recoverSiteType, site);
        if (!open) return {};
        const { uiUrl, namespace } = deps.temporal;
        const link = uiUrl ? `, ${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(open.workflowId)}` : '';
        throw failure(
          'SiteBusy',
          `site ${site} is being recovered (workflow ${open.workflowId}${link}), which goes before any drill of it: start the drill again when that has ended`,
        );
      },
    ),
  };
}

/** Open runs of a type for a site. The memo has the site, so that this needs no search attribute. */
async function openRuns(client: Client, type: string, site: string): Promise<readonly WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
  for await (const info of client.workflow.list({ query }))
    // A look is of the same type and restores nothing.
    if (info.memo?.['site'] === site && info.memo[lookOnlyMemo.lookOnly] !== true) found.push(info);
  return found;
}

/** The ids of the drills that were asked to end. */
async function endDrills(client: Client, site: string): Promise<readonly string[]> {
  const open = await openRuns(client, drillSiteType, site);
  for (const { workflowId, runId } of open) await endDrill(client, workflowId, runId);
  return open.map(({ workflowId }) => workflowId);
}

async function endDrill(client: Client, workflowId: string, runId?: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId, runId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** The site's lock in this cluster says whether one is here; it gives it back when it has cleaned up. */
async function untilDrillGone(deps: Shared, { site, cluster, since }: YieldDrillsInput, beat: Beat): Promise<void> {
  const kube = deps.clusters.client(cluster);
  const asked = new Set<string>();
  const waited = await waitUntil<true>(
    async () => {
      const drill = await openDrillHere(deps, kube, site, beat.signal);
      if (!drill) return { done: true };
      // Once: visibility may not have known it yet.
      if (!asked.has(drill.workflowId)) await endDrill(deps.client, drill.workflowId);
      asked.add(drill.workflowId);
      return { notYet: `drill ${drill.recovery} cleans up in cluster ${cluster} (workflow ${drill.workflowId})` };
    },
    { everyMs: 1000, deadlineAt: () => Date.parse(since) + yieldMs, signal: beat.signal, say: beat.say },
  );
  if ('overdue' in waited)
    throw failure(
      'Blocked',
      `${waited.overdue} and has not ended in ${yieldMs / 60_000} minutes: see what holds its clean-up, or terminate it and let \`rekindle clean-up\` remove what it left, then retry preflight`,
      { reason: 'DrillInTheWay' },
    );
}

async function openDrillHere(
  deps: Shared,
  kube: KubeClient,
  site: string,
  signal: AbortSignal,
): Promise<{ readonly workflowId: string; readonly recovery: string } | undefined> {
  const holder = await lockHolder(kube, site, signal);
  if (!holder || (await askHolder(deps, holder)) !== 'open') return undefined;
  const { workflowId } = holder.chain;
  const { type } = await deps.client.workflow.getHandle(workflowId).describe();
  return type === drillSiteType ? { workflowId, recovery: holder.recovery } : undefined;
}
