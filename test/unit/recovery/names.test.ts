import { describe, expect, it } from 'vitest';
import { isRecoveryId, objectName, recoveryId, stepLabels } from '../../../src/recovery/names.ts';

const chain = { namespace: 'default', workflowId: 'w', firstRunId: 'r' };

describe('recoveryId', () => {
  it('is the same for the same chain and another for every other one', () => {
    const ids = [chain, { ...chain, namespace: 'x' }, { ...chain, workflowId: 'x' }, { ...chain, firstRunId: 'x' }].map(
      (one) => recoveryId('bookstore', one),
    );

    expect(recoveryId('bookstore', chain)).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(isRecoveryId(id)).toBe(true);
  });

  it('keeps at most 20 characters of the site', () => {
    expect(recoveryId('a-site-with-a-very-long-name', chain)).toMatch(/^a-site-with-a-very-l-[a-z2-7]{8}$/);
  });
});

describe('objectName', () => {
  const id = {
    recovery: 'bookstore-abcdefgh',
    tier: 'databases',
    step: 'orders-db',
    generation: 1,
    attempt: 1,
  } as const;

  it('says recovery, tier, step, generation, and the attempt from the second on', () => {
    expect(objectName(id)).toBe('bookstore-abcdefgh-databases-orders-db-g1');
    expect(objectName({ ...id, generation: 2, attempt: 3 })).toBe('bookstore-abcdefgh-databases-orders-db-g2-a3');
  });

  it('stays below 64 characters and still tells two generations apart', () => {
    const long = { ...id, step: 'a-step-with-a-name-of-forty-characters--' };
    const names = [objectName(long), objectName({ ...long, generation: 2 })];

    expect(names[0]).not.toBe(names[1]);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/);
  });
});

describe('stepLabels', () => {
  it('are valid label values', () => {
    const labels = stepLabels({ recovery: 'b-abcdefgh', tier: 'crds', step: 'all', generation: 12, attempt: 1 });

    for (const value of Object.values(labels)) expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
    expect(labels['rekindle.dev/generation']).toBe('12');
  });
});
