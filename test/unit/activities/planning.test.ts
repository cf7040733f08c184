import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Shared } from '../../../activities/deps.ts';
import { type LockInput, planningActivities } from '../../../activities/planning.ts';
import { ledgerRef, openLedger, planHash, writeStep } from '../../../src/recovery/ledger.ts';
import { fakeKube } from '../../support/fake-kube.ts';

const { signal } = new AbortController();
const planText = 'kind: RestorePlan\n';
const at = '2026-11-20T03:00:00.000Z';
const run: LockInput['run'] = {
  recovery: 'toy-aaaaaaaa',
  site: 'toy',
  plan: 'toy',
  planSha256: planHash(planText),
  cluster: { context: 'dr', uid: 'uid-1' },
  startedAt: at,
  disasterAt: at,
  disasterAtIs: 'the start',
  workflow: { namespace: 'default', workflowId: 'second', runId: 'r2' },
};

describe('the lock', () => {
  it('is not taken, and nothing is written, where the ledger was edited since it was found', async () => {
    const system = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: 'uid-1' } };
    const kube = fakeKube({ objects: [system] });
    await openLedger(kube, { ...run, workflow: { ...run.workflow, runId: 'r1' } }, planText, signal);
    const step = { tier: 'databases', generation: 1, attempt: 1, handles: {} } as const;
    await writeStep(kube, run.recovery, 'orders', step, signal);
    const edit = { 'step.orders': JSON.stringify({ ...step, endedWell: 1 }) };
    await kube.patch(ledgerRef(run.recovery), 'merge', { data: edit }, { signal });
    const before = kube.requests.length;
    const { lockSite } = planningActivities({
      identity: 'one',
      teller: { tell: () => undefined, forget: () => undefined },
      clusters: { contexts: ['dr'], client: () => kube },
      temporal: { address: 'here:7233', namespace: 'default' },
    } as unknown as Shared);
    const chain = { namespace: 'default', workflowId: 'second', firstRunId: 'r2' };

    const locked: Promise<unknown> = new MockActivityEnvironment().run(lockSite, {
      run,
      chain,
      takeOver: false,
      planText,
      decisions: [],
    });

    await expect(locked).rejects.toMatchObject({
      type: 'NotOurs',
      message: expect.stringContaining('step.orders does not fit its checksum'),
    });
    const written = kube.requests.slice(before).filter((request) => !/^(get|list) /.test(request));
    expect(written).toEqual([]);
  });
});
