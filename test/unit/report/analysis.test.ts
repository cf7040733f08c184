import { describe, expect, it } from 'vitest';
import type { Report, StepReport } from '../../../src/model/report.ts';
import { asEarlier, compared, criticalSteps, dominantTier, skewText, timeParts } from '../../../src/report/analysis.ts';
import { aLongReport } from '../../support/a-long-report.ts';
import { aReport } from '../../support/a-report.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 4, 0, second)).toISOString();

/** A report of one tier, whose steps are `a 0-5, b 5-9`: name, from, to. */
function ofSteps(text: string): Report {
  const [template] = aReport().tiers.flatMap((tier) => tier.steps);
  const steps = [...text.matchAll(/(\w+) (\d+)-(\d+)/g)].map(
    ([, name, from, to]) =>
      ({ ...template, name, startedAt: at(Number(from)), healthyAt: at(Number(to)) }) as StepReport,
  );
  const healthyAt =
    steps
      .map((step) => step.healthyAt ?? '')
      .toSorted()
      .at(-1) ?? null;
  return aReport({ tiers: [{ name: 'databases', phase: 'one', startedAt: at(0), healthyAt, steps }] });
}

describe('the critical path through a tier', () => {
  it.each([
    ['the slowest of those side by side', 'a 0-5, b 0-9, c 0-7', ['b']],
    ['a chain of those that depend on one another', 'a 0-5, b 5-12, c 0-9', ['b', 'a']],
    ['the one whose slot was waited for', 'a 0-5, b 0-3, c 3-9', ['c', 'b']],
    ['alone where nothing ended before it began', 'a 0-1, b 20-30', ['b']],
    ['a step that took no time', 'a 0-0', ['a']],
  ])('is %s', (_, steps, expected) => {
    expect([...criticalSteps(ofSteps(steps))]).toEqual(expected.map((name) => `databases/${name}`));
  });

  it('is what was not done, in a tier that never became healthy', () => {
    const critical = [...criticalSteps(aLongReport())];

    expect(critical).toContain('queues/audit-log');
    expect(critical).not.toContain('queues/shipping');
  });
});

describe('what dominates', () => {
  it('is the tier with the largest part of the critical path', () => {
    expect(dominantTier(aLongReport())).toBe('Databases are 69 % of the critical path (8 min 00 s of 11 min 40 s)');
  });

  it('counts only engines and health of a tier, not the people who decided in it', () => {
    const times = { criticalPath: 42, settle: 0, decision: 300, crash: 0, overhead: 0 };
    const tiers = aReport().tiers.map((tier) => (tier.name === 'storage' ? { ...tier, times } : tier));

    expect(dominantTier(aReport({ tiers }))).toBe('Storage is 70 % of the critical path (42.0 s of 1 min 00 s)');
  });

  it('is nothing where nothing was restored', () => {
    const times = { criticalPath: 0, settle: 0, decision: 0, crash: 0, overhead: 3 };

    expect(dominantTier(aReport({ times }))).toBeUndefined();
  });
});

describe('the parts of the time', () => {
  it('add up to one whole, with what passed before the start', () => {
    const parts = timeParts(aLongReport());

    expect(parts.map(({ key }) => key)).toEqual(['before', 'criticalPath', 'settle', 'decision', 'crash', 'overhead']);
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });
});

describe('the skew between stores', () => {
  const [orders, catalog] = aReport().stores ?? [];
  if (!orders || !catalog) throw new Error('the sample has two stores');

  it('is from the oldest to the newest point in time', () => {
    expect(skewText([catalog, orders])).toBe('Between the oldest and the newest store lie 20.0 s.');
  });

  it('says of how many only the Backup’s start is known', () => {
    expect(skewText([orders, { ...catalog, dataAtIs: "the Backup's start" }])).toContain('counting 1 of which only');
    expect(skewText([orders, catalog].map((store) => ({ ...store, dataAtIs: "the Backup's start" })))).toContain(
      'cannot be said',
    );
  });

  it('is nothing for one store', () => {
    expect(skewText([orders])).toBeUndefined();
  });
});

describe('the comparison with earlier runs', () => {
  const run = (rtoSeconds: number | null, databases: number) => ({
    ...asEarlier(aReport()),
    rtoSeconds,
    tiers: { databases },
  });

  it('is against the median, and says nothing of a few per cent', () => {
    const lines = compared(aReport({ rtoSeconds: 80, earlier: [run(100, 9), run(1000, 30), run(100, 30)] }));

    expect(lines.find(({ what }) => what === 'RTO')).toEqual({
      what: 'RTO',
      now: 80,
      before: [100, 1000, 100],
      verdict: '20 % faster',
    });
    expect(lines.find(({ what }) => what === 'databases')?.verdict).toBe('70 % faster');
    expect(compared(aReport({ rtoSeconds: 80, earlier: [run(82, 9)] }))[0]?.verdict).toBe('as usual');
    expect(compared(aReport({ rtoSeconds: 90, earlier: [run(60, 9)] }))[0]?.verdict).toBe('50 % slower');
  });

  it('leaves out runs that were never verified', () => {
    const lines = compared(aReport({ rtoSeconds: 80, earlier: [run(null, 9), run(40, 9)] }));

    expect(lines[0]).toMatchObject({ before: [null, 40], verdict: '100 % slower' });
    expect(compared(aReport({ rtoSeconds: null, earlier: [run(40, 9)] }))[0]?.verdict).toBe('');
  });
});
