import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { readLive } from '../../../src/velero/live.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { deployment, namespaced } from './items.ts';

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
