import { describe, expect, it } from 'vitest';
import { filterOf, takes } from '../../../src/velero/filters.ts';
import { wayFindings } from '../../../src/velero/preflight-way.ts';
import { VeleroSpec } from '../../../src/velero/spec.ts';
import { contextOf, planOf } from '../../support/driver-context.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { deployment } from './items.ts';

const backup = { namespace: 'velero', name: 'b', storageLocation: 'd', startTimestamp: '', phase: 'Completed' };
const items = [deployment('shop', 'web'), deployment('bank', 'desk')];

async function findings(apps: object): Promise<readonly string[]> {
  const spec = VeleroSpec.parse({ includedResources: ['deployments.apps'], ...apps });
  const base = { includedNamespaces: ['shop'], namespaceMapping: { shop: 'shop-dr' } };
  const plan = planOf(
    ['shop-dr', 'bank'],
    [
      { tier: 'namespaces', name: 'base', driver: 'velero', spec: base },
      { tier: 'applications', name: 'apps', driver: 'velero', spec },
    ],
  );
  const kube = fakeKube();
  const inventory = () => Promise.resolve({ items });
  const context = contextOf({ kube, plan, step: 'apps', recovery: 'r', backup, inventory, firstWriteAt: '' });
  const filter = filterOf('applications', spec, plan);
  const wanted = items.filter((item) => takes(filter, item));
  const found = await wayFindings(context, spec, backup, filter, wanted);
  return found.map(({ severity, reason, message }) => `${severity} ${reason} ${message}`);
}

describe('a namespace that another step sends elsewhere', () => {
  it.each([
    ['by its name', { includedNamespaces: ['shop'] }],
    ['with all', { includedNamespaces: ['*'] }],
  ])('and that a step takes %s without the mapping blocks the run', async (_how, apps) => {
    expect(await findings(apps)).toEqual([
      expect.stringMatching(
        /^block NamespaceMappingsDiffer step base sends namespace shop to shop-dr, and step apps restores objects of shop without a mapping/,
      ),
    ]);
  });

  it.each([
    ['with the mapping', { includedNamespaces: ['shop'], namespaceMapping: { shop: 'shop-dr' } }],
    ['never', { includedNamespaces: ['bank'] }],
    ['never: its namespaces are those of the plan', {}],
  ])('and that a step takes %s is in nobody’s way', async (_how, apps) => {
    expect(await findings(apps)).toEqual([]);
  });
});
