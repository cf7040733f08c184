import { beforeEach, describe, expect, it } from 'vitest';
import type { LedgerStep, LedgerRun } from '../../../src/recovery/ledger.ts';
import {
  closeLedger,
  ledgerRef,
  openLedger,
  planHash,
  readLedger,
  updateStep,
  writeDecision,
  writeDrillNamespaces,
  writeJournal,
  writeStep,
} from '../../../src/recovery/ledger.ts';
import { LedgerError, sha256 } from '../../../src/recovery/ledger-text.ts';
import { writeQuiesce } from '../../../src/recovery/quiesce.ts';
import { quiesceKey } from '../../../src/recovery/quiesce-entry.ts';
import { fakeKube, type FakeKube } from '../../support/fake-kube.ts';

const { signal } = new AbortController();
const at = '2026-11-20T03:00:00.000Z';
const planText = 'kind: RestorePlan\n';
const recovery = 'toy-aaaaaaaa';
const run: LedgerRun = {
  recovery,
  site: 'toy',
  plan: 'toy',
  planSha256: planHash(planText),
  cluster: { context: 'dr', uid: 'uid-1' },
  backup: { namespace: 'velero', name: 'b', storageLocation: 'default', startTimestamp: at, phase: 'Completed' },
  startedAt: at,
  disasterAt: '2026-11-20T02:00:00+01:00',
  disasterAtIs: 'given',
  workflow: { namespace: 'default', workflowId: 'w', runId: 'r' },
};
const step: LedgerStep = {
  tier: 'databases',
  generation: 2,
  attempt: 1,
  handles: { restore: { name: 'x' } },
  endedWell: 2,
  evidence: ['Completed'],
  acceptedErrors: { by: 'ana', reason: 'known' },
  done: true,
  startedAt: at,
  doneAt: at,
  took: { engineMs: 1, gateMs: 2, settleMs: 3, attempts: 1 },
  asides: { '2': { claims: ['a'] } },
};
const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'shop', name: 'nightly' };

describe('a ledger', () => {
  let kube: FakeKube;
  const dataNow = async (): Promise<Record<string, string>> =>
    ((await kube.get(ledgerRef(recovery)))?.['data'] ?? {}) as Record<string, string>;
  const edit = (data: Record<string, string | null>) => kube.patch(ledgerRef(recovery), 'merge', { data }, { signal });
  /** As an older version has left it, or one who takes care of the checksum. */
  const editWithoutSum = (key: string, text: string) => edit({ [key]: text, [`sha256.${key}`]: null });

  beforeEach(async () => {
    kube = fakeKube();
    await openLedger(kube, run, planText, signal);
    await writeStep(kube, recovery, 'orders', step, signal);
    await writeDecision(kube, recovery, 0, { at, kind: 'approve', by: 'ana', reason: 'ok' }, signal);
    const crash = { worker: 'w1', lastSeen: at, resumedAt: at, seconds: 3, tier: 'databases', step: 'orders' } as const;
    const stretches = [{ on: 'engine', from: at, to: at }] as const;
    await writeJournal(
      kube,
      recovery,
      {
        workflowId: 'w',
        runId: 'r',
        startedAt: at,
        outcome: 'aborted',
        crashes: [crash],
        stretches,
        exceptions: ['x'],
      },
      signal,
    );
    const before = { suspend: false };
    await writeQuiesce(kube, recovery, [{ ...cronJob, order: 0, state: 'quiesced', before }], signal);
    await writeDrillNamespaces(kube, recovery, ['shop'], signal);
    await closeLedger(kube, recovery, 'aborted', signal);
  });

  it('reads back everything that was written to it', async () => {
    expect(await readLedger(kube, recovery, signal)).toMatchObject({
      run,
      steps: { orders: step },
      decisions: [{ number: 0, decision: { by: 'ana' } }],
      journals: [{ runId: 'r', outcome: 'aborted' }],
      quiesce: [{ ...cronJob, before: { suspend: false } }],
      drillNamespaces: ['shop'],
      outcome: 'aborted',
    });
  });

  it('is taken up by a later run, and its entries are written over with their checksums', async () => {
    const again = await openLedger(kube, { ...run, startedAt: '2026-11-21T03:00:00.000Z' }, planText, signal);
    await updateStep(
      kube,
      recovery,
      'orders',
      { tier: 'databases', generation: 2, attempt: 1 },
      { done: false },
      signal,
    );

    expect(again).not.toHaveProperty('outcome');
    expect((await readLedger(kube, recovery, signal))?.steps['orders']).toEqual({ ...step, done: false });
  });

  it('of an older version, without checksums, is readable', async () => {
    const data = await dataNow();
    await edit(
      Object.fromEntries(Object.keys(data).map((key) => [key, key.startsWith('sha256.') ? null : (data[key] ?? '')])),
    );

    expect((await readLedger(kube, recovery, signal))?.steps['orders']).toEqual(step);
  });

  it('keeps fields that a newer version wrote', async () => {
    await editWithoutSum('step.orders', JSON.stringify({ ...step, newer: 1 }));
    await updateStep(
      kube,
      recovery,
      'orders',
      { tier: 'databases', generation: 2, attempt: 1 },
      { done: false },
      signal,
    );

    expect((await readLedger(kube, recovery, signal))?.steps['orders']).toMatchObject({ newer: 1, done: false });
  });

  const refused = async (): Promise<string> => {
    const error: unknown = await readLedger(kube, recovery, signal).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LedgerError);
    return (error as LedgerError).message;
  };

  it.each([
    ['step.orders', 'null', 'expected object, received null'],
    ['step.orders', '{}', 'tier: '],
    ['step.orders', '[]', 'expected object, received array'],
    ['step.orders', 'not JSON', 'no JSON'],
    ['step.orders', JSON.stringify({ ...step, generation: 'two' }), 'generation: expected number, received string'],
    ['step.orders', JSON.stringify({ ...step, endedWell: 3 }), 'endedWell: expected a generation that was begun'],
    ['step.orders', JSON.stringify({ ...step, startedAt: 'yesterday' }), 'startedAt: '],
    ['step.orders', JSON.stringify({ ...step, took: {} }), 'took.engineMs: '],
    ['run.json', '{}', 'recovery: expected string'],
    ['decision.0000', JSON.stringify({ at, kind: 'wave', by: 'ana', reason: 'ok' }), 'kind: '],
    ['decision.0000', '[]', 'expected object, received array'],
    ['journal.r', JSON.stringify({ workflowId: 'w', runId: 'r', startedAt: at, crashes: [{}] }), 'crashes.0.worker: '],
    [quiesceKey(cronJob), JSON.stringify({ ...cronJob, order: 0, state: 'on', before: {} }), 'state: '],
    [quiesceKey(cronJob), JSON.stringify({ ...cronJob, order: 0, state: 'quiesced' }), 'before: '],
    ['drill-namespaces.json', '{}', 'expected array, received object'],
  ])('is refused in one sentence where %s is %s', async (key, text, why) => {
    await editWithoutSum(key, text);

    const message = await refused();
    expect(message).toContain(
      `ledger of recovery ${recovery} (ConfigMap rekindle-system/rekindle-${recovery}): ${key} is not what was written there (${why}`,
    );
    expect(message).toMatch(/; it was edited by hand: put it back as it was, or restore the site anew by its plan$/);
  });

  it('is refused where a well-formed entry was changed, as to forge evidence', async () => {
    await edit({ 'step.orders': JSON.stringify({ ...step, endedWell: 1 }) });
    expect(await refused()).toContain('step.orders does not fit its checksum');
  });

  it.each<[string, Record<string, string | null>, string]>([
    ['an entry was taken out', { 'step.orders': null }, 'step.orders is gone'],
    ['the end was changed', { outcome: 'recovered' }, 'outcome does not fit its checksum'],
    ['the end is no end', { outcome: 'fine', 'sha256.outcome': sha256('fine') }, 'outcome is none of recovered, '],
    ['the plan was changed', { 'plan.yaml': 'kind: Another\n' }, 'plan.yaml does not fit the hash in run.json'],
    [
      'a decision has no number',
      { 'decision.x': '{"at":"' + at + '","kind":"approve","by":"a","reason":"b"}' },
      'decision.x has no number',
    ],
    ['the beginning is gone', { 'run.json': null, 'sha256.run.json': null }, 'run.json is gone'],
  ])('is refused where %s', async (_, data, why) => {
    await edit(data);
    expect(await refused()).toContain(why);
  });
});
