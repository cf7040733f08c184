import { expect, it } from 'vitest';
import { remembering } from '../../../src/preflight/remembering.ts';
import { fakeKube } from '../../support/fake-kube.ts';

it('asks each question once, and different ones apart', async () => {
  const kube = fakeKube({
    objects: [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop', labels: { app: 'a' } } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b', namespace: 'shop' } },
    ],
  });
  const once = remembering(Object.create(kube) as typeof kube);

  expect(await once.may({ verb: 'get', group: '', resource: 'pods' })).toBe(true);
  kube.requests.length = 0;
  const pods = { apiVersion: 'v1', kind: 'Pod' };

  const both = await Promise.all([once.list(pods, { namespace: 'shop' }), once.list(pods, { namespace: 'shop' })]);
  const labelled = await once.list(pods, { namespace: 'shop', labelSelector: 'app=a' });
  const gets = await Promise.all(['a', 'b', 'a', 'lost'].map((name) => once.get({ ...pods, namespace: 'shop', name })));

  expect(both.map(({ items }) => items.length)).toEqual([2, 2]);
  expect(labelled.items.map(({ metadata }) => metadata.name)).toEqual(['a']);
  expect(gets.map((pod) => pod?.metadata.name)).toEqual(['a', 'b', 'a', undefined]);
  expect(kube.requests).toEqual([
    'list Pod shop',
    'list Pod shop',
    'get Pod shop/a',
    'get Pod shop/b',
    'get Pod shop/lost',
  ]);
});

it('takes no answer for another one: metadata is not the object, and what one asker keeps is his own', async () => {
  const kube = fakeKube({ objects: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } }] });
  const once = remembering(Object.create(kube) as typeof kube);
  const pods = { apiVersion: 'v1', kind: 'Pod' };
  const pod = { ...pods, namespace: 'shop', name: 'a' };
  const shop = { namespace: 'shop' };

  for (const metadataOnly of [true, false, true]) {
    await once.list(pods, { ...shop, metadataOnly });
    await once.get(pod, { metadataOnly });
  }
  await once.get(pod);
  await once.list(pods, { ...shop, keep: (object) => object });
  await once.list(pods, shop);

  const asked = ['list Pod shop', 'get Pod shop/a'];
  expect(kube.requests).toEqual([...asked, ...asked, 'list Pod shop']);
});
