import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType } from '../../src/model/run.ts';
import { ensureTemporalCli } from '../../src/temporal-cli.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { registerSearchAttributes } from '../../src/temporal.ts';
import { aFullPlan, fakeActivities } from '../support/fake-activities.ts';

describe('a run whose history has grown long', () => {
  let environment: TestWorkflowEnvironment;

  beforeAll(async () => {
    // A server that finds every history long from its 40th event on.
    const extraArgs = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];
    const path = await ensureTemporalCli();
    environment = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path }, extraArgs, log: { format: 'pretty', level: 'error' } },
    });
    await registerSearchAttributes(environment.connection, 'default');
  });
  afterAll(() => environment.teardown());

  it('continues as new between two tiers with everything it knew, and does nothing twice', async () => {
    const fakes = fakeActivities(aFullPlan());
    const worker = await Worker.create({
      ...workerTuning,
      connection: environment.nativeConnection,
      taskQueue: 'long',
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: { ...fakes.activities },
    });

    const handle = await environment.client.workflow.start(recoverSiteType, {
      taskQueue: 'long',
      workflowId: 'long',
      args: [{ plan: 'toy' }],
    });
    const report: Report = await worker.runUntil(handle.result());

    const { raw } = await environment.client.workflow.getHandle('long').describe();
    expect(raw.workflowExecutionInfo?.firstRunId).toBe(handle.firstExecutionRunId);
    expect(raw.workflowExecutionInfo?.execution?.runId).not.toBe(handle.firstExecutionRunId);
    expect(report.outcome).toBe('recovered');
    expect(report.tiers.map((tier) => tier.steps[0]?.state)).toEqual(Array.from({ length: 8 }, () => 'done'));
    expect(new Set(fakes.calls).size).toBe(fakes.calls.length);
    expect(fakes.calls.filter((call) => call.startsWith('startStage'))).toHaveLength(8);
    expect(fakes.calls.filter((call) => call === 'lockSite')).toHaveLength(1);
    // The first tier was healthy before the run continued: its time has been carried over.
    expect(Date.parse(report.tiers[0]?.healthyAt ?? '')).toBeLessThan(Date.parse(report.tiers[7]?.startedAt ?? ''));
    expect(Date.parse(report.startedAt)).toBeLessThan(Date.parse(report.tiers[0]?.healthyAt ?? ''));
  });
});
