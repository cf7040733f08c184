import { describe, expect, it } from 'vitest';
import { podStatus } from '../../../src/health/checks/pod-status.ts';
import { resourceExists } from '../../../src/health/checks/resource-exists.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { contextOf, fakeKube, kubeError, pod } from './check-kube.ts';

function secret(name: string, namespace = 'shop-data'): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels: { app: 'orders-db' } } };
}

describe('resourceExists', () => {
  const base = { apiVersion: 'v1', kind: 'Secret' };

  it.each([
    { more: { name: 'a' }, verdict: 'Healthy', says: 'Secret shop-data/a is there' },
    { more: { name: 'x' }, verdict: 'Missing', says: 'Secret shop-data/x is not there' },
    { more: { name: 'a', namespace: 'shop-web' }, verdict: 'Missing', says: 'Secret shop-web/a is not there' },
    {
      more: { labelSelector: { app: 'orders-db' } },
      verdict: 'Healthy',
      says: 'expected at least 1 Secret with app=orders-db in namespace shop-data, found 2',
    },
    { more: { labelSelector: { app: 'none' } }, verdict: 'Missing', says: 'found 0' },
    { more: { atLeast: 3 }, verdict: 'Missing', says: 'expected at least 3 Secret in namespace shop-data, found 2' },
    { more: {}, verdict: 'Healthy', says: 'found 2' },
  ])('$more: $says', async ({ more, verdict, says }) => {
    const kube = fakeKube({ objects: [secret('a'), secret('b'), secret('c', 'shop-web')] });

    const seen = await resourceExists.observe(
      contextOf(kube),
      resourceExists.spec.parse({ ...base, namespace: undefined, ...more }),
    );

    expect(seen.verdict).toBe(verdict);
    expect(seen.message).toContain(says);
  });

  it('looks for kinds without namespaces in the whole cluster', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'clusters.postgresql.cnpg.io' },
    };
    const kube = fakeKube({ objects: [crd], clusterKinds: ['CustomResourceDefinition'] });
    const spec = resourceExists.spec.parse({ apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name });

    expect((await resourceExists.observe(contextOf(kube), spec)).verdict).toBe('Healthy');
  });

  it('says that a kind is not served, and does not know when nobody answers', async () => {
    const shelf = resourceExists.spec.parse({ apiVersion: 'shop.example/v1', kind: 'Shelf' });

    const absent = await resourceExists.observe(contextOf(fakeKube({ absentKinds: ['Shelf'] })), shelf);
    const forbidden = await resourceExists.observe(
      contextOf(fakeKube({ listError: kubeError('Forbidden', 403) })),
      shelf,
    );

    expect(absent).toMatchObject({
      verdict: 'Missing',
      message: 'the cluster does not serve the kind Shelf of shop.example/v1',
    });
    expect(forbidden.verdict).toBe('Unknown');
  });

  it.each([
    { name: 'a', labelSelector: { app: 'x' } },
    { name: 'a', atLeast: 2 },
    { atLeast: 0 },
    { labelSelector: {} },
    { labelSelector: { app: 'a b' } },
    { kind: 'secrets' },
    { apiVersion: 'V1' },
    { selector: 'app=x' },
  ])('is refused with %o', (more) => {
    expect(resourceExists.spec.safeParse({ ...base, ...more }).success).toBe(false);
  });
});

describe('podStatus', () => {
  const podSelector = { app: 'orders-db' };

  it.each([
    { more: {}, pods: [], verdict: 'Missing', says: 'there is no Pod with app=orders-db in namespace shop-data' },
    { more: {}, pods: [pod('a')], verdict: 'Healthy', says: 'found 1 of 1' },
    {
      more: {},
      pods: [pod('a', { ready: false })],
      verdict: 'Progressing',
      says: 'found 0 of 1: a is Running, not ready',
    },
    { more: { ready: false }, pods: [pod('a', { ready: false })], verdict: 'Healthy', says: 'found 1 of 1' },
    { more: {}, pods: [pod('a', { leaving: true })], verdict: 'Missing', says: 'there is no Pod' },
    {
      more: { atLeast: 2 },
      pods: [pod('a')],
      verdict: 'Progressing',
      says: 'expected at least 2 Pod with app=orders-db in namespace shop-data Running and ready, found 1 of 1',
    },
    {
      more: { atLeast: 2 },
      pods: [pod('a'), pod('b', { phase: 'Pending', ready: false, waiting: 'CrashLoopBackOff' })],
      verdict: 'Progressing',
      says: 'b is Pending (CrashLoopBackOff)',
    },
    {
      more: { phase: 'Succeeded' },
      pods: [pod('a', { phase: 'Succeeded', ready: false })],
      verdict: 'Healthy',
      says: 'found 1 of 1',
    },
    {
      more: { phase: 'Succeeded' },
      pods: [pod('a', { phase: 'Failed', ready: false })],
      verdict: 'Progressing',
      says: 'a is Failed',
    },
  ])('$more over $pods.length pods is $verdict: $says', async ({ more, pods, verdict, says }) => {
    const seen = await podStatus.observe(
      contextOf(fakeKube({ objects: pods })),
      podStatus.spec.parse({ podSelector, ...more }),
    );

    expect(seen.verdict).toBe(verdict);
    expect(seen.message).toContain(says);
  });

  it('shows three pods of many', async () => {
    const pods = ['a', 'b', 'c', 'd', 'e'].map((name) => pod(name, { ready: false }));

    const seen = await podStatus.observe(contextOf(fakeKube({ objects: pods })), podStatus.spec.parse({ podSelector }));

    expect(seen.message).toContain('c is Running, not ready and 2 more');
  });

  it.each([
    {},
    { podSelector: {} },
    { podSelector, phase: 'Failed' },
    { podSelector, atLeast: 0 },
    { podSelector, phase: 'Succeeded', ready: true },
  ])('is refused as %o', (raw) => {
    expect(podStatus.spec.safeParse(raw).success).toBe(false);
  });
});
