import { describe, expect, it } from 'vitest';
import { judgeAll, verdict } from '../../../src/health/checks/verdict.ts';
import type { JudgedObject, VerdictName } from '../../../src/model/verdict.ts';
import { contextOf, fakeKube } from './check-kube.ts';

const base = { apiVersion: 'apps/v1', kind: 'Deployment' };

function judged(name: string, word: VerdictName): JudgedObject {
  return { ...base, namespace: 'shop-web', name, verdict: word, reason: `${word}Reason`, message: `${name} says why` };
}

describe('the check verdict', () => {
  it.each([
    {
      more: {},
      seen: [judged('a', 'Healthy'), judged('b', 'Healthy')],
      is: 'Healthy',
      says: '2 Deployment Healthy, as expected',
    },
    {
      more: {},
      seen: [judged('a', 'Healthy'), judged('b', 'Degraded')],
      is: 'Degraded',
      says: 'expected Healthy, Deployment shop-web/b is Degraded: b says why',
    },
    {
      more: {},
      seen: [judged('a', 'Progressing'), judged('b', 'Unknown')],
      is: 'Progressing',
      says: 'is Progressing (and 1 more): a says why',
    },
    { more: {}, seen: [judged('a', 'Unknown')], is: 'Unknown', says: 'is Unknown' },
    {
      more: { expect: 'Suspended' },
      seen: [judged('a', 'Suspended')],
      is: 'Healthy',
      says: '1 Deployment Suspended, as expected',
    },
    {
      more: { expect: 'Suspended' },
      seen: [judged('a', 'Healthy')],
      is: 'Degraded',
      says: 'expected Suspended, Deployment shop-web/a is Healthy',
    },
  ])('of $seen.length objects with $more is $is', ({ more, seen, is, says }) => {
    const result = judgeAll(verdict.spec.parse({ ...base, ...more }), seen);

    expect(result.verdict).toBe(is);
    expect(result.message).toContain(says);
  });

  it('never passes over nothing', async () => {
    const spec = verdict.spec.parse({ ...base, labelSelector: { app: 'web' }, namespace: 'shop-web' });

    const seen = await verdict.observe(contextOf(fakeKube({})), spec);

    expect(seen).toMatchObject({
      verdict: 'Missing',
      message: 'there is no Deployment with app=web in namespace shop-web',
    });
  });

  it('passes over nothing only where nothing is expected', async () => {
    const spec = verdict.spec.parse({ ...base, labelSelector: { app: 'web' }, expect: 'Missing' });

    expect((await verdict.observe(contextOf(fakeKube({})), spec)).verdict).toBe('Healthy');
  });

  it('is refused with both a name and labels, or with a word that is no verdict', () => {
    expect(verdict.spec.safeParse({ ...base, name: 'web', labelSelector: { app: 'web' } }).success).toBe(false);
    expect(verdict.spec.safeParse({ ...base, expect: 'Ready' }).success).toBe(false);
  });
});
