import { describe, expect, it } from 'vitest';
import { lostOwners } from '../../../src/velero/owners.ts';
import { claim, item, namespaced } from './items.ts';

const controller = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders' };
const service = namespaced('services', 'Service', 'shop', 'orders-rw', { controller });
const data = { ...claim('shop', 'orders-1'), controller };

describe('owners that a Backup lacks', () => {
  it('are named with what they own', () => {
    expect(lostOwners([service, data])).toEqual([
      { owner: 'Cluster shop/orders', owned: ['Service shop/orders-rw', 'PersistentVolumeClaim shop/orders-1'] },
    ]);
  });

  it('are none where the owner is there, in the namespace or cluster-scoped', () => {
    const api = { apiVersion: 'postgresql.cnpg.io/v1' };
    expect(lostOwners([service, namespaced('clusters.postgresql.cnpg.io', 'Cluster', 'shop', 'orders', api)])).toEqual(
      [],
    );
    expect(lostOwners([service, item('clusters.postgresql.cnpg.io', 'Cluster', 'orders', api)])).toEqual([]);
  });

  it('do not count where nothing of theirs is restored', () => {
    const lease = namespaced('leases.coordination.k8s.io', 'Lease', 'shop', 'l', { controller });
    expect(lostOwners([lease])).toEqual([]);
  });
});
