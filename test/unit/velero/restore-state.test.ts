import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { judgeRestore, type RestoreFacts } from '../../../src/velero/restore-state.ts';

const now = new Date('2026-11-21T10:00:00Z');

function restore(status: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { namespace: 'velero', name: 'mine', ...metadata },
    status,
  };
}

function judge(status: object | undefined, more: Partial<RestoreFacts> = {}, metadata: object = {}) {
  return judgeRestore({
    name: 'velero/mine',
    restore: status && restore(status, metadata),
    dataDownloads: [],
    podVolumeRestores: [],
    others: [],
    errors: [],
    now,
    ...more,
  });
}

const volume = (phase: string, more: object = {}): KubeObject => ({
  apiVersion: 'velero.io/v2alpha1',
  kind: 'DataDownload',
  metadata: { name: 'dd-1' },
  spec: { targetVolume: { namespace: 'shop', pvc: 'data' } },
  status: { phase, ...more },
});

describe('the phases of a Restore', () => {
  const startTimestamp = '2026-11-21T09:59:00Z';

  it.each([
    ['InProgress', { progress: { totalItems: 40, itemsRestored: 12 } }, /^12 of about 40 items$/],
    ['InProgress', {}, /^reading the Backup$/],
    [
      'WaitingForPluginOperations',
      { restoreItemOperationsAttempted: 2, restoreItemOperationsCompleted: 1 },
      /1 of 2 operations/,
    ],
    ['WaitingForPluginOperationsPartiallyFailed', { errors: 3 }, /3 errors so far/],
    ['Finalizing', {}, /wraps up/],
    ['FinalizingPartiallyFailed', { errors: 1 }, /will end as PartiallyFailed/],
    ['SomethingNew', {}, /does not know/],
  ])('%s is still running', (phase, status, reason) => {
    const state = judge({ phase, startTimestamp, ...status });

    expect(state).toMatchObject({ state: 'running', startedAt: startTimestamp });
    expect(state).toHaveProperty('reason', expect.stringMatching(reason));
  });

  it('wraps up for as long as a claim is not bound, and says why that is', () => {
    const claims = ['claim shop/data is not bound: no space left'];
    expect(judge({ phase: 'Finalizing' }, { wrapUp: { claims } })).toMatchObject({
      reason: `Velero wraps up and waits for its claims: ${claims.join()}`,
    });
    expect(judge({ phase: 'Finalizing' }, { wrapUp: { claims, behind: 'velero/theirs' } })).toMatchObject({
      reason: `Velero wraps up, behind Restore velero/theirs, which waits for its claims: ${claims.join()}`,
    });
    expect(judge({ phase: 'Finalizing' }, { wrapUp: { claims: [] } })).toMatchObject({ reason: 'Velero wraps up' });
  });

  it('Completed is the end of the engine only', () => {
    expect(
      judge({ phase: 'Completed', startTimestamp, completionTimestamp: '2026-11-21T10:00:00Z', warnings: 7 }),
    ).toMatchObject({ state: 'ended' });
  });

  it('PartiallyFailed fails with its texts grouped', () => {
    const errors = [{ where: 'shop', texts: ['no room', 'no room', 'forbidden'] }];
    expect(
      judge({ phase: 'PartiallyFailed', errors: 3, hookStatus: { hooksAttempted: 1, hooksFailed: 1 } }, { errors }),
    ).toMatchObject({
      state: 'failed',
      reason: 'PartiallyFailed',
      message:
        'Restore velero/mine ended as PartiallyFailed, 3 errors, 1 of its hooks failed: shop: no room (2 times); shop: forbidden; mend the cause and retry the step, or accept the errors (Update acceptErrors; the outcome then names them)',
      retry: 'again',
    });
  });

  it('PartiallyFailed is lost where the API server did not answer Velero, and all its errors say so', () => {
    const away = 'error restoring services/shop/web: etcdserver: request timed out';
    const judged = (...texts: string[]) =>
      judge({ phase: 'PartiallyFailed', errors: texts.length }, { errors: [{ where: 'shop', texts }] });

    expect(judged(away, away)).toEqual({
      state: 'lost',
      reason: 'ClusterAway',
      message: `the API server did not answer Velero during Restore velero/mine: shop: ${away} (2 times)`,
    });
    expect(judged(away, 'forbidden')).toMatchObject({ state: 'failed', reason: 'PartiallyFailed' });
    // One error more than there are texts: of that one nobody knows.
    expect(
      judge({ phase: 'PartiallyFailed', errors: 2 }, { errors: [{ where: 'shop', texts: [away] }] }),
    ).toMatchObject({ state: 'failed' });
  });

  it('FailedValidation fails with what Velero says', () => {
    expect(judge({ phase: 'FailedValidation', validationErrors: ['no such backup'] })).toMatchObject({
      state: 'failed',
      reason: 'FailedValidation',
      message: expect.stringContaining('no such backup'),
    });
  });

  it('FailedValidation by a Velero that does not see our own ConfigMap yet is lost, not failed', () => {
    const unseen = 'failed to get resource modifiers configmap velero/shop-abcdefgh-applications-web-g1';
    const judged = (...validationErrors: string[]) => judge({ phase: 'FailedValidation', validationErrors });

    expect(judged(unseen)).toMatchObject({ state: 'lost', reason: 'ClusterAway' });
    expect(judged(unseen, 'no such backup')).toMatchObject({ state: 'failed' });
  });

  it('Failed because the server died is lost, not failed', () => {
    const failureReason = 'found a restore with status "InProgress" during the server starting, mark it as "Failed"';
    expect(judge({ phase: 'Failed', failureReason })).toMatchObject({ state: 'lost', reason: 'VeleroDied' });
    expect(judge({ phase: 'Failed', failureReason: 'bucket is gone' })).toMatchObject({
      state: 'failed',
      reason: 'RestoreFailed',
    });
  });

  it('a Restore that is gone is lost', () => {
    expect(judge(undefined)).toMatchObject({ state: 'lost', reason: 'RestoreGone' });
  });

  it('a Restore that is being deleted under way has failed', () => {
    expect(judge({ phase: 'InProgress' }, {}, { deletionTimestamp: '2026-11-21T09:59:59Z' })).toMatchObject({
      state: 'failed',
      reason: 'RestoreDeleted',
    });
  });
});

describe('Velero’s queue', () => {
  const ahead = (startTimestamp: string, more: object = {}): KubeObject => ({
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { namespace: 'velero', name: 'theirs', ...more },
    status: { phase: 'InProgress', startTimestamp, progress: { totalItems: 10, itemsRestored: 3 } },
  });

  it('names the Restore that is ahead', () => {
    expect(judge({}, { others: [restore({}), ahead('2026-11-21T09:59:30Z')] })).toEqual({
      state: 'running',
      queued: true,
      reason: 'queued behind Restore velero/theirs, InProgress for 30 s (3 of about 10 items)',
    });
  });

  it.each([
    ['has been at it for long', ahead('2026-11-21T09:00:00Z')],
    ['is being deleted', ahead('2026-11-21T09:59:30Z', { deletionTimestamp: '2026-11-21T09:59:40Z' })],
  ])('says what to do where the one ahead %s', (_why, theirs) => {
    expect(judge({}, { others: [theirs] })).toMatchObject({
      queued: true,
      reason: expect.stringContaining('nothing moves until Velero'),
    });
  });

  it('wonders about the server where nothing is ahead and nothing begins', () => {
    expect(judge({}, {}, { creationTimestamp: '2026-11-21T09:58:00Z' })).toMatchObject({
      queued: true,
      reason: expect.stringContaining('is its server running?'),
    });
  });
});

describe('data and hooks of a Restore that says Completed', () => {
  it('fails where a hook failed', () => {
    expect(judge({ phase: 'Completed', hookStatus: { hooksAttempted: 2, hooksFailed: 1 } })).toMatchObject({
      state: 'failed',
      reason: 'HooksFailed',
    });
  });

  it('fails where an item operation failed', () => {
    expect(
      judge({ phase: 'Completed', restoreItemOperationsAttempted: 2, restoreItemOperationsFailed: 1 }),
    ).toMatchObject({ state: 'failed', reason: 'OperationsFailed' });
  });

  it.each(['Failed', 'Canceled'])('fails where a DataDownload is %s', (phase) => {
    expect(judge({ phase: 'Completed' }, { dataDownloads: [volume(phase, { message: 'node gone' })] })).toMatchObject({
      state: 'failed',
      reason: 'DataNotRestored',
      message: expect.stringContaining(`DataDownload dd-1 of claim shop/data is ${phase} (node gone)`),
    });
  });

  it('waits for volumes that still move', () => {
    const moving = volume('InProgress', { progress: { totalBytes: 100, bytesDone: 40 } });
    expect(judge({ phase: 'Completed' }, { podVolumeRestores: [moving] })).toMatchObject({
      state: 'running',
      reason: expect.stringContaining('40 of 100 bytes'),
    });
  });

  it('is content where every volume is Completed', () => {
    expect(judge({ phase: 'Completed' }, { dataDownloads: [volume('Completed')] })).toMatchObject({ state: 'ended' });
  });

  it('shows a volume that nobody has taken up while the Restore waits for it', () => {
    expect(judge({ phase: 'WaitingForPluginOperations' }, { dataDownloads: [volume('Accepted')] })).toMatchObject({
      reason: expect.stringContaining('DataDownload dd-1 of claim shop/data is Accepted'),
    });
  });
});
