import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { expectedNamespaces, isDrillNamespace, type DrillPlace } from '../../../src/recovery/drill-namespaces.ts';
import { aPlan, aStep } from '../../support/fake-activities.ts';

const place: DrillPlace = {
  run: { recovery: 'shop-abcdefgh', namespacesBefore: ['old', 'velero'] },
  firstWriteAt: '2026-11-28T10:00:00Z',
  veleroNamespace: 'velero',
  expected: new Set(['shop', 'old', 'velero', 'default']),
};

function namespace(name: string, labels: Record<string, string> = {}, created = '2026-11-28T10:00:05Z'): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, creationTimestamp: created } };
}

describe('whether a namespace is the drill’s', () => {
  it.each([
    ['where the drill puts things, though Velero gave it no label', namespace('shop'), true],
    ['that carries its label, wherever', namespace('extra', { 'rekindle.dev/drill': 'shop-abcdefgh' }), true],
    ['that is nobody’s', namespace('extra'), false],
    ['that stood there before', namespace('old'), false],
    [
      'that stood there before, though it carries the label',
      namespace('old', { 'rekindle.dev/drill': 'shop-abcdefgh' }),
      false,
    ],
    ['of another drill', namespace('shop', { 'rekindle.dev/drill': 'shop-zzzzzzzz' }), false],
    ['that is older than the drill’s first write', namespace('shop', {}, '2026-11-28T09:59:59Z'), false],
    ['that every cluster has', namespace('default'), false],
    ['of Velero', namespace('velero'), false],
  ])('one %s: %#', (_what, object, is) => {
    expect(isDrillNamespace(object, place)).toBe(is);
  });

  it('is never said where nobody wrote down what stood there before', () => {
    const { namespacesBefore: _before, ...run } = place.run;

    expect(isDrillNamespace(namespace('shop'), { ...place, run })).toBe(false);
  });
});

describe('where a drill puts things', () => {
  it('is what plan and steps name, after their mapping; a pattern names nothing', () => {
    const plan = aPlan({
      databases: [
        aStep('orders', { spec: { includedNamespaces: ['lost', 'team-*'], namespaceMapping: { lost: 'found' } } }),
        aStep('files', { driver: 'manifests', spec: { paths: ['x'], namespace: 'files' } }),
      ],
    });

    expect([...expectedNamespaces(plan)].toSorted()).toEqual(['files', 'found', 'toy']);
  });
});
