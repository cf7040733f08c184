import { describe, expect, it } from 'vitest';
import { checksumsOf } from '../../../src/cli/record.ts';
import type { Check, CheckType, Plan, Step } from '../../../src/model/plan.ts';
import { contextOf, fakeKube } from '../health/check-kube.ts';

const check = (name: string, type: CheckType): Check => ({
  name,
  type,
  spec: {},
  timeoutMs: 1000,
  attemptTimeoutMs: 1000,
  everyMs: 1000,
});
const { plan: empty } = contextOf(fakeKube({}));
const step: Step = {
  name: 'orders',
  driver: 'velero',
  spec: {},
  dependsOn: [],
  timeoutMs: 1000,
  checks: [check('is-up', 'postgres'), check('orders', 'dataChecksum')],
};
const plan: Plan = {
  ...empty,
  tiers: { ...empty.tiers, databases: [step] },
  verify: [check('books', 'dataChecksum')],
};

describe('what rekindle record asks', () => {
  it('takes every dataChecksum of the plan, in steps and in verify', () => {
    expect(checksumsOf(plan, undefined).map(({ name }) => name)).toEqual(['orders', 'books']);
    expect(checksumsOf(plan, 'books').map(({ name }) => name)).toEqual(['books']);
  });

  it('says which there are when another is named', () => {
    expect(() => checksumsOf(plan, 'is-up')).toThrow('has no dataChecksum is-up; it has orders, books');
  });

  it('says that a plan has none', () => {
    expect(() => checksumsOf(empty, undefined)).toThrow('has no check dataChecksum, so there is nothing to record');
  });
});
