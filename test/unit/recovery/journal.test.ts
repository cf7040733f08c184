import { describe, expect, it } from 'vitest';
import { splitTime } from '../../../src/model/times.ts';
import { earlierRuns, type EarlierRuns } from '../../../src/recovery/journal.ts';
import type { Ledger, LedgerJournal, LedgerStep } from '../../../src/recovery/ledger.ts';

const at = (minute: number): string => `2026-11-20T03:${String(minute).padStart(2, '0')}:00.000Z`;
const journal = (runId: string, minute: number, more: Partial<LedgerJournal> = {}): LedgerJournal => ({
  workflowId: `recover-${runId}`,
  runId,
  startedAt: at(minute),
  ...more,
});
const step = (startedAt: string, doneAt?: string): LedgerStep => ({
  tier: 'databases',
  generation: 1,
  attempt: 1,
  handles: {},
  startedAt,
  ...(doneAt ? { doneAt } : {}),
});

/** What the run `now`, which begins in minute 40, joins of those before it. */
async function joined(
  journals: readonly LedgerJournal[],
  steps: Ledger['steps'],
  closed?: string,
): Promise<EarlierRuns & { readonly minutes: Record<string, number> }> {
  const ledger: Ledger = {
    firstWriteAt: at(0),
    run: {
      recovery: 'shop-a2b3c4d5',
      site: 'shop',
      plan: 'shop',
      planSha256: '',
      cluster: { context: 'dr', uid: 'u' },
      startedAt: at(0),
      disasterAt: at(0),
      disasterAtIs: 'the start',
      workflow: { namespace: 'default', workflowId: 'recover-now', runId: 'now' },
    },
    planText: '',
    steps,
    decisions: [],
    quiesce: [],
    drillNamespaces: [],
    journals: [...journals, journal('now', 40)],
  };
  const chain = { namespace: 'default', workflowId: 'recover-now', firstRunId: 'now' };
  const before = await earlierRuns(ledger, chain, async () => closed);
  if (!before) throw new Error('no earlier run');
  const gap = { on: before.gapOn ?? 'crash', from: before.lastSeenAt, to: at(40) };
  const times = splitTime(at(0), at(40), [...before.stretches, gap]);
  return { ...before, minutes: Object.fromEntries(Object.entries(times).map(([on, s]) => [on, s / 60])) };
}

describe('the time between the runs of a recovery', () => {
  it('is people deciding after a run that was aborted', async () => {
    const stretches = [{ on: 'engine', from: at(0), to: at(4) }] as const;
    const aborted = journal('first', 0, { endedAt: at(5), outcome: 'aborted', stretches });

    const { minutes, runs } = await joined([aborted], { orders: step(at(0)) });

    expect(minutes).toEqual({ criticalPath: 4, settle: 0, decision: 35, crash: 0, overhead: 1 });
    expect(runs).toMatchObject([{ outcome: 'aborted', endedAt: at(5) }]);
  });

  it('is a crash after a run that was lost with its Temporal', async () => {
    const { minutes } = await joined([journal('first', 0)], { orders: step(at(0), at(4)) });

    expect(minutes).toEqual({ criticalPath: 4, settle: 0, decision: 0, crash: 36, overhead: 0 });
  });

  it('is people deciding from when somebody terminated the run, which had worked at its step until then', async () => {
    const steps = { orders: step(at(0), at(4)), stock: step(at(4)) };

    const { minutes, runs } = await joined([journal('first', 0)], steps, at(10));

    expect(minutes).toEqual({ criticalPath: 10, settle: 0, decision: 30, crash: 0, overhead: 0 });
    expect(runs).toMatchObject([{ outcome: 'interrupted', endedAt: at(10) }]);
  });

  it('is people deciding from the last step on, where the terminated run had none at work', async () => {
    const { minutes } = await joined([journal('first', 0)], { orders: step(at(0), at(4)) }, at(10));

    expect(minutes).toEqual({ criticalPath: 4, settle: 0, decision: 36, crash: 0, overhead: 0 });
  });

  it('is told once of each gap, also of one before a run that could not tell it', async () => {
    const stretches = [{ on: 'engine', from: at(0), to: at(5) }] as const;
    const aborted = journal('first', 0, { endedAt: at(5), outcome: 'aborted', stretches });

    const { minutes } = await joined([aborted, journal('second', 15)], { orders: step(at(15), at(20)) });

    expect(minutes['decision']).toBe(10);
    expect(minutes['crash']).toBe(20);
  });
});
