import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { findLedger } from '../../src/recovery/find-ledger.ts';
import {
  type LedgerRun,
  openLedger,
  planHash,
  readLedger,
  writeDecision,
  writeStep,
} from '../../src/recovery/ledger.ts';
import { LedgerError } from '../../src/recovery/ledger-text.ts';
import {
  ensureControlNamespace,
  type HolderState,
  lockLost,
  type LockRequest,
  releaseLock,
  takeLock,
} from '../../src/recovery/lock.ts';
import { type Chain, ledgerName, recoveryId } from '../../src/recovery/names.ts';

const { signal } = new AbortController();
const aChain = (workflowId: string = randomUUID()): Chain => ({
  namespace: 'default',
  workflowId,
  firstRunId: randomUUID(),
});
const aSite = () => `s-${randomUUID().slice(0, 8)}`;

describe('against a real API server', () => {
  let clusters: ClusterSource;
  let kube: KubeClient;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    // Twice, and two at once: made once.
    await Promise.all([ensureControlNamespace(kube, signal), ensureControlNamespace(kube, signal)]);
  });
  afterAll(() => clusters.close());

  describe('the lock of a site', () => {
    const request = (site: string, chain: Chain, more: Partial<LockRequest> = {}): LockRequest => ({
      site,
      recovery: recoveryId(site, chain),
      chain,
      temporalAddress: 'temporal:7233',
      link: 'http://ui/w',
      takeOver: false,
      ask: async () => 'open',
      signal,
      ...more,
    });

    it('is re-entrant for its own chain, refuses another one and says who holds it', async () => {
      const site = aSite();
      const [first, second] = [aChain('drill-1'), aChain('a-random-uuid')];

      expect(await takeLock(kube, request(site, first))).toEqual({ state: 'ours' });
      expect(await takeLock(kube, request(site, first))).toEqual({ state: 'ours' });
      const answer = await takeLock(kube, request(site, second));

      expect(answer).toMatchObject({ state: 'busy' });
      expect('message' in answer && answer.message).toContain(
        `recovery ${recoveryId(site, first)} (workflow drill-1, http://ui/w)`,
      );
      expect(await lockLost(kube, site, first, signal)).toBeUndefined();
      expect(await lockLost(kube, site, second, signal)).toContain('is now held by recovery');
    });

    it.each<[HolderState, boolean, 'ours' | 'busy']>([
      ['closed', false, 'ours'],
      ['unknown', false, 'ours'],
      ['open', true, 'busy'],
      ['elsewhere', false, 'busy'],
      ['elsewhere', true, 'ours'],
    ])('of a holder that is %s, with takeOver %s, is %s', async (state, takeOver, expected) => {
      const site = aSite();
      const [first, second] = [aChain(), aChain()];
      await takeLock(kube, request(site, first));

      const answer = await takeLock(kube, request(site, second, { takeOver, ask: async () => state }));

      expect(answer.state).toBe(expected);
      expect(await lockLost(kube, site, expected === 'ours' ? second : first, signal)).toBeUndefined();
    });

    it('goes to exactly one of many that ask at once', async () => {
      const site = aSite();
      const answers = await Promise.all(Array.from({ length: 8 }, () => takeLock(kube, request(site, aChain()))));

      expect(answers.filter((answer) => answer.state === 'ours')).toHaveLength(1);
    });

    it('is given back by its holder only', async () => {
      const site = aSite();
      const chain = aChain();
      await takeLock(kube, request(site, chain));

      expect(await releaseLock(kube, site, aChain(), signal)).toBe(false);
      expect(await lockLost(kube, site, chain, signal)).toBeUndefined();
      expect(await releaseLock(kube, site, chain, signal)).toBe(true);
      expect(await lockLost(kube, site, chain, signal)).toContain('is gone');
      expect(await releaseLock(kube, site, chain, signal)).toBe(false);
    });
  });

  describe('the ledger', () => {
    const planText = 'kind: RestorePlan\n';
    const aRun = (): LedgerRun => {
      const chain = aChain();
      return {
        recovery: recoveryId('toy', chain),
        site: 'toy',
        plan: 'toy',
        planSha256: planHash(planText),
        cluster: { context: kube.context, uid: 'uid-1' },
        startedAt: '2026-11-20T03:00:00.000Z',
        disasterAt: '2026-11-20T02:00:00.000Z',
        disasterAtIs: 'given',
        workflow: { namespace: chain.namespace, workflowId: chain.workflowId, runId: chain.firstRunId },
      };
    };

    it('keeps plan, steps and decisions; opening it again keeps the first write and the steps', async () => {
      const run = aRun();
      const opened = await openLedger(kube, run, planText, signal);
      const entry = {
        tier: 'databases',
        generation: 2,
        attempt: 1,
        handles: { restore: { name: 'x' } },
        endedWell: 2,
        evidence: ['Completed'],
      } as const;
      // Side by side: each has a key of its own.
      await Promise.all([
        writeStep(kube, run.recovery, 'orders-db', entry, signal),
        writeStep(kube, run.recovery, 'catalog', { ...entry, generation: 1, endedWell: 1 }, signal),
      ]);
      await writeDecision(
        kube,
        run.recovery,
        0,
        { at: run.startedAt, kind: 'approve', by: 'ana', reason: 'ok' },
        signal,
      );

      const again = await openLedger(
        kube,
        { ...run, workflow: { ...run.workflow, runId: 'second' } },
        planText,
        signal,
      );

      expect(again.firstWriteAt).toBe(opened.firstWriteAt);
      expect(again.run.workflow.runId).toBe('second');
      expect(again.steps).toMatchObject({ 'orders-db': entry, catalog: { generation: 1 } });
      expect(again.decisions).toMatchObject([{ number: 0, decision: { by: 'ana' } }]);
      expect(await readLedger(kube, 'toy-aaaaaaaa', signal)).toBeUndefined();
    });

    it('that was edited by hand is refused in words', async () => {
      const run = aRun();
      await openLedger(kube, run, planText, signal);
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'rekindle-system', name: ledgerName(run.recovery) };
      await kube.patch(ref, 'merge', { data: { 'plan.yaml': 'kind: Another\n' } });

      await expect(readLedger(kube, run.recovery, signal)).rejects.toThrow(LedgerError);
      await expect(readLedger(kube, run.recovery, signal)).rejects.toThrow('it was edited by hand');
    });

    it('is found by resume in whichever cluster has it; two names of one cluster count once; none is one sentence', async () => {
      const run = aRun();
      await openLedger(kube, run, planText, signal);
      const twice: ClusterSource = {
        contexts: [kube.context, 'alias'],
        client: () => kube,
        close: async () => undefined,
      };

      expect((await findLedger(clusters, run.recovery, signal)).context).toBe(kube.context);
      expect((await findLedger(twice, run.recovery, signal)).ledger.run.recovery).toBe(run.recovery);
      await expect(findLedger(clusters, 'toy-zzzzzzzz', signal)).rejects.toThrow(
        'has a ledger of recovery toy-zzzzzzzz',
      );
    });
  });
});
