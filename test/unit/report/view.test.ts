import { describe, expect, it } from 'vitest';
import type { RunView, TierView, Waiting } from '../../../src/model/run.ts';
import { tierNames, type TierName } from '../../../src/model/tiers.ts';
import { changedLines, ReasonFilter } from '../../../src/report/changes.ts';
import { plain, viewLines } from '../../../src/report/view.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 4, 0, second)).toISOString();
const now = new Date(at(50));

function view(changes: Partial<RunView> = {}, tiers: Partial<Record<TierName, Partial<TierView>>> = {}): RunView {
  return {
    recovery: 'bookstore-4fx2q7ab',
    plan: 'bookstore',
    site: 'bookstore',
    cluster: 'dr-east',
    state: 'phase-one',
    startedAt: at(0),
    tiers: tierNames.map((name) => ({ name, state: 'pending', steps: [], ...tiers[name] })),
    holds: [],
    ...changes,
  };
}

const orders = { name: 'orders', driver: 'velero', state: 'restoring', generation: 1 } as const;
const waiting: Waiting = {
  worker: 'w',
  at: at(48),
  tier: 'databases',
  step: 'orders',
  waitsFor: 'restore',
  reason: 'queued behind Restore velero/other',
};
const page = (seen: RunView, waits: readonly Waiting[] = []): string =>
  viewLines(seen, waits, { now, paint: plain, columns: 120 }).join('\n');

describe('a run on one page', () => {
  it('begins with which recovery, what it does where, its state, and for how long', () => {
    expect(page(view()).split('\n')[0]).toBe('bookstore-4fx2q7ab  bookstore on dr-east  phase-one  for 50.0 s');
  });

  it('has the eight tiers in order, the healthy ones with the time they took', () => {
    const text = page(view({}, { namespaces: { state: 'done', startedAt: at(1), healthyAt: at(4) } }));

    expect(
      text
        .split('\n')
        .filter((line) => /^\d /.test(line))
        .map((line) => line.split(' ')[1]),
    ).toEqual([...tierNames]);
    expect(text).toMatch(/^1 namespaces\s+done\s+healthy after 3\.0 s$/m);
  });

  it('says of each open step why not yet, and as of when, from the heartbeat before anything older', () => {
    const step = { ...orders, reason: 'old news', reasonAt: at(10) };
    const seen = view({}, { databases: { state: 'running', startedAt: at(40), steps: [step] } });

    expect(page(seen, [waiting])).toMatch(
      / {2}orders\s+restoring\s+restore: queued behind Restore velero\/other \(as of 2\.0 s ago\)$/m,
    );
    expect(page(seen)).toMatch(/orders\s+restoring\s+old news \(as of 40\.0 s ago\)$/m);
  });

  it('shows a wait that belongs to no step, such as planning', () => {
    const planning: Waiting = {
      worker: 'w',
      at: at(49),
      waitsFor: 'planning',
      reason: 'Backup nightly is not there yet',
    };

    expect(page(view({ state: 'planning' }), [planning])).toContain(
      'waits for planning: Backup nightly is not there yet (as of 1.0 s ago)',
    );
  });

  it('shows a hold with its reason and the commands that settle it', () => {
    const hold = {
      step: 'orders',
      tier: 'databases',
      since: at(45),
      reason: 'ExistingObject',
      message: 'Cluster shop-data/orders was there before',
    } as const;

    const text = page(view({ state: 'held', within: 'phase-one', holds: [hold] }));

    expect(text).toContain('held (within phase-one)');
    expect(text).toContain('held databases/orders: ExistingObject: Cluster shop-data/orders was there before');
    expect(text).toContain('  rekindle retry orders --run bookstore-4fx2q7ab --reason "…" --mode again|wait');
    expect(text).toContain('  rekindle abort bookstore-4fx2q7ab --reason "…"');
  });

  it('offers no mode where there is nothing to restore yet', () => {
    const hold = { step: 'preflight', since: at(45), reason: 'BackupMissing', message: 'no Backup nightly' };

    expect(page(view({ state: 'held', holds: [hold] }))).toContain(
      '  rekindle retry preflight --run bookstore-4fx2q7ab --reason "…"\n',
    );
  });

  it('asks for the approval with the command for it', () => {
    expect(page(view({ state: 'awaiting-approval' }))).toContain('rekindle approve bookstore-4fx2q7ab --reason "…"');
  });
});

describe('what changed between two looks', () => {
  it('is a line for each beginning and end, and for the state', () => {
    const before = view({}, { databases: { state: 'running', startedAt: at(1), steps: [orders] } });
    const after = view(
      { state: 'phase-one-gate' },
      {
        databases: { state: 'done', startedAt: at(1), healthyAt: at(9), steps: [{ ...orders, state: 'done' }] },
        queues: { state: 'running', startedAt: at(9) },
      },
    );

    expect(changedLines(before, after)).toEqual([
      '  databases/orders: done',
      'tier databases: healthy after 8.0 s',
      'tier queues: begins',
      'state: phase-one-gate',
    ]);
  });

  it('says a failed step with its reason, a new generation, and a hold only once', () => {
    const hold = { step: 'orders', tier: 'databases', since: at(5), reason: 'Overdue', message: 'too late' } as const;
    const failed = view(
      { state: 'held', within: 'phase-one', holds: [hold] },
      { databases: { state: 'held', startedAt: at(1), steps: [{ ...orders, state: 'failed', reason: 'too late' }] } },
    );
    const again = view(
      { state: 'phase-one' },
      { databases: { state: 'running', startedAt: at(1), steps: [{ ...orders, generation: 2 }] } },
    );

    expect(changedLines(view({}, { databases: { state: 'running', steps: [orders] } }), failed)).toEqual([
      '  databases/orders: failed: too late',
      'state: held (within phase-one)',
      'held: databases/orders: Overdue: too late',
    ]);
    expect(changedLines(failed, failed)).toEqual([]);
    expect(changedLines(failed, again)).toEqual(['  databases/orders: restoring (generation 2)', 'state: phase-one']);
  });

  it('names the recovery as soon as it has an id', () => {
    const { recovery: _, ...nameless } = view({ state: 'planning' });

    expect(changedLines(undefined, nameless)).toEqual(['state: planning']);
    expect(changedLines(nameless, view({ state: 'planning' }))).toEqual([
      'recovery bookstore-4fx2q7ab: plan bookstore on dr-east',
    ]);
  });
});

describe('reasons in a pipe', () => {
  it('come once, and only when they have stood for a while', () => {
    const filter = new ReasonFilter(5_000);

    expect(filter.lines([waiting], 0)).toEqual([]);
    expect(filter.lines([waiting], 4_000)).toEqual([]);
    expect(filter.lines([waiting], 5_000)).toEqual([
      '  databases/orders: waits for restore: queued behind Restore velero/other',
    ]);
    expect(filter.lines([waiting], 9_000)).toEqual([]);
    expect(filter.lines([{ ...waiting, reason: 'in progress' }], 10_000)).toEqual([]);
    expect(filter.lines([{ ...waiting, reason: 'in progress' }], 15_000)).toEqual([
      '  databases/orders: waits for restore: in progress',
    ]);
  });
});
