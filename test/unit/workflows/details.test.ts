import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../src/model/run.ts';
import { tierNames } from '../../../src/model/tiers.ts';
import { detailsOf } from '../../../workflows/details.ts';

const at = '2026-11-28T03:12:00.000Z';

/** A run with some steps held in its databases. */
function aView(held: number, message: string): RunView {
  const steps = Array.from({ length: Math.max(held, 1) }, (_, index) => ({
    name: `store-${index}`,
    driver: 'velero',
    state: held > 0 ? ('failed' as const) : ('restoring' as const),
    generation: 1,
    reason: message,
    reasonAt: at,
  }));
  const state = held > 0 ? 'held' : 'running';
  return {
    recovery: 'bookstore-a2b3c4d5',
    plan: 'bookstore',
    site: 'bookstore',
    cluster: 'dr-east',
    state: held > 0 ? 'held' : 'phase-one',
    startedAt: at,
    tiers: tierNames.map((name) =>
      name === 'databases' ? { name, state, steps } : { name, state: 'empty' as const, steps: [] },
    ),
    holds: steps.slice(0, held).map(({ name }) => ({ step: name, since: at, reason: 'PartiallyFailed', message })),
  };
}

describe('the page of a run', () => {
  it.each([0, 1, 4, 40])('stays within 2 KB with %d steps held and long reasons', (held) => {
    const text = detailsOf(aView(held, 'Deployment shop/web: könnte nicht schlimmer sein | und länger. '.repeat(20)));

    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2000);
    expect(text).toContain('Lists: [runs of bookstore](/namespaces/{namespace}/workflows?query=RekindleSite%3D');
  });

  it('shows the end of a long sentence where there is room: the cause stands there', () => {
    const cause = 'images of mariadb are not signed: ask the platform team';
    const said = `Restore velero/bookstore-yvc6itsl-databases-catalog-g1 ended as PartiallyFailed, 1 error: shop-data: error restoring statefulsets.apps/shop-data/catalog: statefulsets.apps "catalog" is forbidden: ValidatingAdmissionPolicy 'signed-images-only' with binding 'signed-images-only' denied request: ${cause}`;

    expect(detailsOf(aView(1, said))).toContain(`denied request: ${cause}. Update`);
    expect(detailsOf(aView(4, said))).toContain('… Update');
  });

  it('shows an object to copy for the decision that is waited for', () => {
    expect(detailsOf(aView(1, 'the snapshot is gone'))).toContain(
      '`retryStep`: `{"step":"store-0","by":"your name","reason":"why"}`',
    );
    expect(detailsOf({ ...aView(0, 'x'), awaitingApprovalSince: at })).toContain(
      '`approve`: `{"by":"your name","reason":"why"}`',
    );
    expect(detailsOf(aView(0, 'x'))).not.toContain('To decide');
  });

  describe('while it awaits an approval', () => {
    const awaiting = (more: Partial<RunView>): string =>
      detailsOf({ ...aView(0, 'x'), state: 'awaiting-approval', awaitingApprovalSince: at, ...more });

    it.each<[string, Partial<RunView>, string]>([
      ['anybody', {}, '`approve` by anybody since 03:12:00'],
      ['one person', { approvers: ['ana'] }, '`approve` by ana since 03:12:00'],
      ['one of several', { approvers: ['ana', 'bo'] }, '`approve` by one of ana, bo since 03:12:00'],
      ['two people, whoever', { approvalsNeeded: 2 }, '`approve` by 2 different people (0 of 2) since 03:12:00'],
      [
        'two of those listed',
        { approvalsNeeded: 2, approvers: ['ana', 'bo', 'cy'], approvals: [{ by: 'bo', at }] },
        '`approve` by 2 of these people: ana, bo, cy (1 of 2: bo) since 03:12:00',
      ],
    ])('says who may approve: %s', (_who, more, words) => {
      expect(awaiting(more)).toContain(words);
    });

    it('stays within 2 KB with many approvers, and says how many there are', () => {
      const approvers = Array.from({ length: 60 }, (_, index) => `somebody with a name ${index} | ü`.repeat(3));
      const reason = 'Deployment shop/web: könnte nicht schlimmer sein. '.repeat(20);
      const view = { ...aView(0, reason), awaitingApprovalSince: at, approvalsNeeded: 2, approvers };

      const text = detailsOf(view);

      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2000);
      expect(text).toMatch(/by 2 of these people: somebody with a name 0 .*, and 5\d more \(0 of 2\) since/);
    });
  });

  it('says by which word it is held, and what may be answered to that', () => {
    const view = aView(1, 'claim orders-1 was there before');
    const holds = view.holds.map((hold) => ({ ...hold, tier: 'databases' as const, decideBy: at }));
    const text = (reason: string): string => detailsOf({ ...view, holds: holds.map((hold) => ({ ...hold, reason })) });

    expect(text('ExistingObject')).toContain(
      'until 2026-11-28 03:12, then the run fails as `ExistingObject`: claim orders-1 was there before. Update `retryStep` (for claims with "mode": "setAside" and "confirm"), `skipStep` with "confirm" or `abort`',
    );
    expect(text('PartiallyFailed')).toContain('`retryStep`, `acceptErrors`, `skipStep` with "confirm" or `abort`');
  });

  it('shows what ends a pause, or the time in which a drill stands', () => {
    const paused = { since: at, by: 'ana', reason: 'a moment' };

    expect(detailsOf({ ...aView(0, 'x'), paused })).toContain('`resume`: `{"by":"your name","reason":"why"}`');
    expect(detailsOf({ ...aView(0, 'x'), standsUntil: at })).toContain('`cleanUp`: `{"by"');
  });

  it('has a line for each tier, and says why not yet where nothing is held', () => {
    const text = detailsOf(aView(0, 'waits for the first pod'));

    expect(text).toContain('- databases: **running**, 0 of 1 · store-0: waits for the first pod (as of 03:12:00)');
    expect(text.match(/^- \w+: no steps$/gm)).toHaveLength(7);
  });
});
