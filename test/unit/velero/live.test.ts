import { expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/types.ts';
import { readLive } from '../../../src/velero/live.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { namespaced } from './items.ts';

it('reads the metadata of what is there, one list for each kind and namespace, and never an object whole', async () => {
  const fake = fakeKube({
    objects: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'db', namespace: 'shop', labels: { app: 'db' }, creationTimestamp: '2026-11-21T10:00:00Z' },
      },
    ],
  });
  const asked: unknown[] = [];
  const kube: KubeClient = {
    ...fake,
    list: (kind, options) => {
      asked.push([kind.kind, options?.namespace, options?.metadataOnly]);
      return fake.list(kind, options);
    },
  };
  const items = ['db', 'lost'].map((name) => namespaced('secrets', 'Secret', 'shop', name));

  const live = await readLive(kube, items, new AbortController().signal);

  expect(asked).toEqual([['Secret', 'shop', true]]);
  expect(items.map((item) => live(item))).toEqual([
    { name: 'db', namespace: 'shop', labels: { app: 'db' }, createdAt: '2026-11-21T10:00:00Z' },
    undefined,
  ]);
});
