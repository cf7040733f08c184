import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType } from '../../src/model/run.ts';
import { lookOnlyQueueSuffix } from '../../src/model/look.ts';
import { registerSearchAttributes } from '../../src/temporal.ts';
import { runQueries } from '../../src/temporal-links.ts';
import { acted, aFullPlan, aPlan, aStep, fakeActivities } from '../support/fake-activities.ts';
import { withRun } from '../support/runs.ts';
import { useTemporal } from '../support/temporal.ts';
import { planOf } from '../unit/plan/plan-text.ts';

const ana = { by: 'ana', reason: 'looked at it' };

/** The queries of the runbook's table, as they stand there. */
async function documentedQueries(): Promise<readonly string[]> {
  const text = await readFile(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
  const [, table = ''] = text.split(/^\| query .*$/m);
  const rows = table.split('\n\n')[0] ?? '';
  return [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, query = '']) => query);
}

describe('the search attributes of a run', { timeout: 120_000 }, () => {
  const temporal = useTemporal();

  /** Whether the list by a query has the workflow; the server's index is a moment behind. */
  const finds = async (query: string, workflowId: string): Promise<boolean> => {
    for await (const run of temporal.client.workflow.list({ query })) if (run.workflowId === workflowId) return true;
    return false;
  };
  const comesToFind = async (query: string, workflowId: string, found = true): Promise<void> => {
    await expect.poll(() => finds(query, workflowId), { timeout: 30_000, message: query }).toBe(found);
  };

  it('are what every query of the runbook finds it by, and the links of `rekindle runbooks`', async () => {
    const queries = await documentedQueries();
    expect(queries).toEqual([
      runQueries.inState('held'),
      runQueries.inState('awaiting-approval'),
      'RekindleSite="bookstore"',
      runQueries.ofPlan('bookstore'),
      runQueries.open,
      `TaskQueue="rekindle${lookOnlyQueueSuffix}"`,
    ]);
    const [held = '', awaiting = '', ofSite = '', ofPlan = '', open = '', looks = ''] = queries;
    const plan = aFullPlan({ name: 'bookstore', site: 'bookstore', approval: { beforePhaseTwo: true } });
    const fakes = fakeActivities(plan, {
      awaitStage: async ({ step, generation }) =>
        acted(
          step === 'the-queues' && generation === 1
            ? { state: 'failed', reason: 'ItemsMissing', message: 'why', retry: 'again' }
            : { state: 'succeeded', evidence: ['Completed'], notes: [] },
        ),
    });

    await withRun(temporal, fakes, async (run) => {
      const { workflowId } = run.handle;
      await run.until((seen) => seen.state === 'held');
      for (const query of [held, ofSite, ofPlan, open]) await comesToFind(query, workflowId);
      for (const query of [awaiting, looks]) expect(await finds(query, workflowId)).toBe(false);

      await run.tell('retryStep', { step: 'the-queues', ...ana });
      await run.until((seen) => seen.state === 'awaiting-approval');
      await comesToFind(awaiting, workflowId);
      await comesToFind(held, workflowId, false);

      await run.tell('approve', ana);
      await run.report();
      await comesToFind(open, workflowId, false);
      await comesToFind(ofPlan, workflowId);
    });
    // Nobody polls that queue here: the run only stands in the list.
    const workflowId = temporal.workflowId();
    const taskQueue = `rekindle${lookOnlyQueueSuffix}`;
    const look = await temporal.client.workflow.start(recoverSiteType, { taskQueue, workflowId });
    await comesToFind(looks, workflowId);
    await look.terminate();
  });

  it('may be missing: where this login may not add them the run goes on, and says so', async () => {
    const { connection } = temporal.client;
    const namespace = `bare-${Date.now().toString(36)}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const client = new Client({ connection, namespace });
    const why = await registerSearchAttributes(mayNotAdd(connection as Connection), namespace);
    expect(why).toContain('this login may not add search attributes');
    const plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
    await writeFile(join(plansFolder, 'shop.yaml'), planOf('storage: [{ name: one, velero: {} }]'));
    const real = createActivities({
      clusters: { contexts: [], client: () => neverAsked(), close: async () => undefined },
      plansFolder,
      identity: 'one',
      temporal: { address: 'here', namespace },
      client,
      searchAttributes: why === undefined,
      log: { info: () => undefined, warn: () => undefined },
    });
    const fakes = fakeActivities(aPlan({ storage: [aStep('one')] }), { loadPlan: real.loadPlan });

    const work = async (): Promise<void> => {
      const workflowId = temporal.workflowId();
      const start = { taskQueue: temporal.taskQueue(), workflowId, args: [{ plan: 'shop' }] as [unknown] };
      const handle = await client.workflow.start<(input: unknown) => Promise<Report>>(recoverSiteType, start);
      const report = await handle.result();

      expect(report.outcome).toBe('inconclusive');
      expect(report.findings).toMatchObject([
        { severity: 'warn', reason: 'NoSearchAttributes', message: expect.stringContaining('the run goes on without') },
      ]);
      // What it could not be listed by stands in its memo.
      expect((await handle.describe()).memo).toMatchObject({ plan: 'shop', state: 'ending' });
    };
    try {
      await temporal.withWorker({ ...fakes.activities }, work, { namespace });
    } finally {
      await rm(plansFolder, { recursive: true, force: true });
    }
  });
});

/** The connection of a login that may list, and not add. */
function mayNotAdd({ operatorService }: Connection): Connection {
  const refuse = () => Promise.reject(Object.assign(new Error('7 PERMISSION_DENIED: no'), { code: 7 }));
  return {
    operatorService: {
      listSearchAttributes: (request: object) => operatorService.listSearchAttributes(request),
      addSearchAttributes: refuse,
    },
  } as unknown as Connection;
}

function neverAsked(): never {
  throw new Error('no cluster is asked here');
}
