import { describe, expect, it } from 'vitest';
import { groupTexts, parseResourceList, parseResults } from '../../../src/velero/results.ts';

describe("Velero's lists", () => {
  it('reads what was done with each object', () => {
    expect(
      parseResourceList({
        'apps/v1/Deployment': ['shop/web(created)', 'shop/api(failed)'],
        'v1/Namespace': ['shop(created)'],
        'v1/Pod': ['no action'],
      }),
    ).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', action: 'created' },
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'api', action: 'failed' },
      { apiVersion: 'v1', kind: 'Namespace', name: 'shop', action: 'created' },
    ]);
    expect(parseResourceList('not a list')).toEqual([]);
  });

  it('keeps colons and brackets that belong to a name', () => {
    expect(parseResourceList({ 'rbac.authorization.k8s.io/v1/ClusterRole': ['system:a(b)(skipped)'] })).toMatchObject([
      { name: 'system:a(b)', action: 'skipped' },
    ]);
  });

  it('groups alike texts, the most frequent first, and counts what it leaves out', () => {
    const groups = parseResults(
      { errors: { velero: ['a'], namespaces: { shop: ['b', 'b'], web: ['c'] } }, warnings: { cluster: ['w'] } },
      'errors',
    );

    expect(groupTexts(groups, 2)).toBe('shop: b (2 times); Velero: a; and 1 more');
  });
});
