import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { DriverContext } from '../../src/drivers/driver.ts';
import { manifests } from '../../src/drivers/manifests.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { refText } from '../../src/model/verdict.ts';
import { contextOf, planOf } from '../support/driver-context.ts';

describe('the driver manifests', () => {
  let clusters: ClusterSource;
  let kube: KubeClient;
  let plansFolder: string;
  let namespace: string;
  let recovery: string;

  beforeAll(() => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
  });
  afterAll(() => clusters.close());
  beforeEach(async () => {
    namespace = `m-${randomUUID().slice(0, 8)}`;
    recovery = `shop-${randomUUID().slice(0, 8)}`;
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-manifests-'));
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    return () => rm(plansFolder, { recursive: true, force: true });
  });

  const spec = { paths: ['site.yaml'] };
  const write = (...documents: readonly string[]): Promise<void> =>
    writeFile(join(plansFolder, 'site.yaml'), documents.join('---\n'));
  const settings = (value = 'hello'): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { greeting: ${value} }\n`;
  const context = (
    more: { spec?: JsonObject; generation?: number; recovery?: string; step?: string } = {},
  ): DriverContext => {
    const step = more.step ?? 'basics';
    const plan = planOf(
      [namespace],
      [{ tier: 'namespaces', name: step, driver: 'manifests', spec: more.spec ?? spec }],
    );
    return contextOf({
      kube,
      plan,
      step,
      recovery: more.recovery ?? recovery,
      generation: more.generation ?? 1,
      firstWriteAt: new Date().toISOString(),
      plansFolder,
    });
  };
  const live = (name = 'settings') => kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

  it('applies, in the plan’s first namespace where none is written, and labels what it made', async () => {
    await write(settings());
    const ctx = context();

    const handle = await manifests.start(ctx, spec);

    expect(await manifests.observe(ctx, handle)).toMatchObject({
      state: 'succeeded',
      evidence: [`1 objects applied by rekindle, labelled ${recovery} basics generation 1`],
    });
    expect((await live())?.metadata.labels).toMatchObject({
      'rekindle.dev/recovery': recovery,
      'rekindle.dev/step': 'basics',
      'rekindle.dev/generation': '1',
    });
    const refs: string[] = [];
    for await (const ref of manifests.objects(ctx, handle)) refs.push(refText(ref));
    expect(refs).toEqual([`ConfigMap ${namespace}/settings`]);
  });

  it('started twice changes nothing', async () => {
    await write(settings());
    const ctx = context();
    const first = await manifests.start(ctx, spec);
    const version = (await live())?.metadata.resourceVersion;

    expect(await manifests.start(ctx, spec)).toEqual(first);
    expect((await live())?.metadata.resourceVersion).toBe(version);
  });

  it('applies over what its own earlier generation made', async () => {
    await write(settings());
    await manifests.start(context(), spec);
    await write(settings('goodbye'));
    const second = context({ generation: 2 });

    expect(await manifests.observe(second, await manifests.start(second, spec))).toMatchObject({ state: 'succeeded' });
    expect(await live()).toMatchObject({
      data: { greeting: 'goodbye' },
      metadata: { labels: { 'rekindle.dev/generation': '2' } },
    });
  });

  it.each([
    ['somebody else', () => undefined],
    ['another recovery', () => ({ 'rekindle.dev/recovery': 'shop-zzzzzzzz', 'rekindle.dev/step': 'basics' })],
    ['another step', () => ({ 'rekindle.dev/recovery': recovery, 'rekindle.dev/step': 'other' })],
  ])('touches nothing where %s made one of the objects', async (_who, labels) => {
    await write(`apiVersion: v1\nkind: ConfigMap\nmetadata: { name: first }\n`, settings());
    const marks = labels();
    await kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'settings', ...(marks ? { labels: marks } : {}) },
    });

    expect(await manifests.preflight(context(), spec)).toMatchObject([
      {
        severity: 'block',
        reason: 'ExistingObject',
        message: expect.stringContaining(`ConfigMap ${namespace}/settings`),
      },
    ]);
    await expect(manifests.start(context(), spec)).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining(`ConfigMap ${namespace}/settings: there already`),
    });
    expect(await live('first')).toBeUndefined();
  });

  it('names the manager of a field that it may not take over', async () => {
    await write(settings());
    await manifests.start(context(), spec);
    const changed = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: 'settings' },
      data: { greeting: 'mine' },
    };
    await kube.apply(changed, { fieldManager: 'somebody', force: true });

    await expect(manifests.start(context(), spec)).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringMatching(/somebody/),
    });
    expect(await live()).toMatchObject({ data: { greeting: 'mine' } });
  });

  it('waits for the kind of a definition that it has just applied', async () => {
    const group = `${namespace}.example.io`;
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `tills.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'tills', singular: 'till', kind: 'Till' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    };
    await write(`apiVersion: ${group}/v1\nkind: Till\nmetadata: { name: one }\n`, `${JSON.stringify(definition)}\n`);
    const ctx = context();

    const handle = await manifests.start(ctx, spec);

    expect(await manifests.observe(ctx, handle)).toMatchObject({ state: 'succeeded' });
    expect(await kube.get({ apiVersion: `${group}/v1`, kind: 'Till', namespace, name: 'one' })).toBeDefined();
  });

  it('says what the API server refuses', async () => {
    await write('apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: 0 }] }\n');

    await expect(manifests.start(context(), spec)).rejects.toMatchObject({
      type: 'EngineRefused',
      message: expect.stringContaining(`Service ${namespace}/web`),
    });
  });

  it('is not done where an object is gone again', async () => {
    await write(settings());
    const ctx = context();
    const handle = await manifests.start(ctx, spec);
    await kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' });

    expect(await manifests.observe(ctx, handle)).toMatchObject({
      state: 'failed',
      reason: 'ItemsMissing',
      message: expect.stringContaining(`ConfigMap ${namespace}/settings (gone)`),
      retry: 'again',
    });
  });

  it('does not judge files that have changed since', async () => {
    await write(settings());
    const ctx = context();
    const handle = await manifests.start(ctx, spec);
    await write(settings('changed'));

    await expect(manifests.observe(ctx, handle)).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('have changed since they were applied'),
    });
  });

  it('refuses files of another hash than the plan wants, before anything is applied', async () => {
    await write(settings());
    const pinned = { ...spec, sha256: '0'.repeat(64) };

    expect(await manifests.preflight(context({ spec: pinned }), pinned)).toMatchObject([
      { severity: 'block', reason: 'ManifestsInvalid', message: expect.stringContaining('the plan wants 0000') },
    ]);
    await expect(manifests.start(context({ spec: pinned }), pinned)).rejects.toMatchObject({ type: 'EngineRefused' });
    expect(await live()).toBeUndefined();
  });

  it.each([
    { paths: ['/etc/passwd'] },
    { paths: ['../other'] },
    { paths: ['a\\b'] },
    { paths: [] },
    { path: 'site.yaml' },
  ])('does not parse %o', (wrong) => {
    expect(manifests.spec.safeParse(wrong).success).toBe(false);
  });
});
