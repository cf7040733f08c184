import { describe, expect, it } from 'vitest';
import { disagreements, landing, mappingOf, refusesMapping, sourcesOf } from '../../../src/velero/mapping.ts';
import { filterOf } from '../../../src/velero/filters.ts';
import { planOf, type StepOf } from '../../support/driver-context.ts';
import { claim, item } from './items.ts';

const step = (name: string, namespaceMapping: Record<string, string>): StepOf => ({
  tier: 'databases',
  name,
  driver: 'velero',
  spec: { namespaceMapping },
});

describe('a namespace mapping', () => {
  it.each([
    ['an object in it', claim('shop', 'data'), claim('shop-dr', 'data')],
    ['the Namespace itself', item('namespaces', 'Namespace', 'shop'), item('namespaces', 'Namespace', 'shop-dr')],
    ['one of another namespace', claim('bank', 'data'), claim('bank', 'data')],
    [
      'a cluster-scoped one',
      item('persistentvolumes', 'PersistentVolume', 'pv'),
      item('persistentvolumes', 'PersistentVolume', 'pv'),
    ],
  ])('says where %s lands', (_what, from, to) => {
    expect(landing({ shop: 'shop-dr' }, from)).toEqual(to);
  });

  it('is that of all steps together, and steps that disagree are told', () => {
    const plan = planOf(['a'], [step('one', { shop: 'shop-dr' }), step('two', { bank: 'bank-dr' })]);
    expect(mappingOf(plan)).toEqual({ shop: 'shop-dr', bank: 'bank-dr' });
    expect(disagreements(plan)).toEqual([]);
    expect(disagreements(planOf(['a'], [step('one', { shop: 'x' }), step('two', { shop: 'y' })]))).toEqual([
      expect.stringContaining('steps one and two send namespace shop to two places, x and y'),
    ]);
  });

  it("reads the plan's namespaces as the target cluster's", () => {
    expect(sourcesOf({ shop: 'shop-dr' }, ['shop-dr', 'bank'])).toEqual(['shop', 'bank']);
    const filter = filterOf('databases', { namespaceMapping: { shop: 'shop-dr' } }, { namespaces: ['shop-dr'] });
    expect(filter.includedNamespaces).toEqual(['shop']);
  });

  it.each([
    [{ shop: 'shop' }, undefined, /sends shop to itself/],
    [{ a: 'x', b: 'x' }, undefined, /sends a and b both to x/],
    [{ shop: 'kube-system' }, undefined, /kube-system, which is not for sites/],
    [{ shop: 'shop-dr' }, ['bank'], /names shop, which is not among includedNamespaces/],
    [{ shop: 'bank' }, ['shop', 'bank'], /sends shop to bank, which this step also restores as it is/],
  ])('%o is refused with includedNamespaces %o', (mapping, included, sentence) => {
    expect(refusesMapping(mapping, included)).toMatch(sentence);
  });

  it('may swap two namespaces', () => {
    expect(refusesMapping({ a: 'b', b: 'a' }, ['a', 'b'])).toBeUndefined();
  });
});
