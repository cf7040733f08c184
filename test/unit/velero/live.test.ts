import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { readLive } from '../../../src/velero/live.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { claim, deployment, namespaced } from './items.ts';

const web: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
const items = [deployment('shop', 'web'), namespaced('secrets', 'Secret', 'kube-system', 'token')];
const { signal } = new AbortController();

it('reads on where a list is refused, and names that list', async () => {
  const refused: unknown[] = [];
  const kube = fakeKube({ objects: [web], forbiddenKinds: ['Secret'] });
  const live = await readLive(kube, items, signal, (list) => refused.push(list));

  expect(live(items[0] as (typeof items)[number])?.name).toBe('web');
  expect(refused).toEqual([{ apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system' }]);
});

it('throws for whom no refusal will do', async () => {
  const kube = fakeKube({ objects: [web], forbiddenKinds: ['Secret'] });

  await expect(readLive(kube, items, signal)).rejects.toMatchObject({ code: 403 });
});

it('reads of a claim which snapshot it was made from, and of everything else metadata alone', async () => {
  const made = (name: string, dataSource?: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'shop' },
    spec: dataSource ? { dataSource } : {},
  });
  const copy = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'snap-1' };
  const clone = { kind: 'PersistentVolumeClaim', name: 'other' };
  const kube = fakeKube({ objects: [made('restored', copy), made('cloned', clone), made('empty')] });
  const live = await readLive(
    kube,
    ['restored', 'cloned', 'empty'].map((name) => claim('shop', name)),
    signal,
  );
  const snapshots = ['restored', 'cloned', 'empty'].map((name) => live(claim('shop', name))?.snapshot);

  expect(snapshots).toEqual(['snap-1', undefined, undefined]);
});
