import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DriverContext } from '../../../src/drivers/driver.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/types.ts';
import type { BackupItem } from '../../../src/model/backup.ts';
import { type ObjectRef, refText } from '../../../src/model/verdict.ts';
import { observeRestore, restoredObjects } from '../../../src/velero/observe.ts';
import { VeleroSpec } from '../../../src/velero/spec.ts';
import { contextOf, planOf } from '../../support/driver-context.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { claim, namespaced } from './items.ts';

/** What Velero keeps in its object store of the one Restore of a test. */
let kept: { readonly errors: readonly string[]; readonly list: { readonly [kind: string]: readonly string[] } };
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const results = { errors: { namespaces: { shop: kept.errors } }, warnings: {} };
    response.end(gzipSync(JSON.stringify(request.url?.includes('results') ? results : kept.list)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => new Promise((closed) => server.close(closed)));

const at = '2026-11-21T09:00:01Z';
const banner = namespaced('configmaps', 'ConfigMap', 'shop', 'banner');
const settings = namespaced('configmaps', 'ConfigMap', 'shop', 'settings');
const moved: BackupItem = { ...claim('shop', 'data'), annotations: { 'velero.io/data-upload-name': 'velero/x' } };
const denied = 'error restoring configmaps/shop/banner: denied by the banner police';

const live = (item: BackupItem): KubeObject => ({
  apiVersion: item.apiVersion,
  kind: item.kind,
  metadata: {
    name: item.name,
    namespace: 'shop',
    creationTimestamp: at,
    labels: { 'velero.io/restore-name': 'shop-r-storage-volumes-g1' },
  },
});

const download = (phase: string): KubeObject => ({
  apiVersion: 'velero.io/v2alpha1',
  kind: 'DataDownload',
  metadata: {
    name: 'dd',
    namespace: 'velero',
    creationTimestamp: at,
    labels: { 'velero.io/restore-name': 'shop-r-storage-volumes-g1' },
  },
  spec: { targetVolume: { namespace: 'shop', pvc: 'data' } },
  status: { phase, message: 'the node is gone' },
});

interface Given {
  readonly items: readonly BackupItem[];
  readonly there: readonly KubeObject[];
  readonly status: object;
  readonly acceptErrors?: readonly { matches: string; reason: string }[];
  readonly person?: DriverContext['acceptedErrors'];
}

/** Names of Restores differ from test to test: what a worker has read of one it keeps. */
let uid = 0;
beforeEach(() => {
  uid += 1;
});

function look(given: Given) {
  const spec = VeleroSpec.parse({
    includedResources: ['persistentvolumeclaims', 'configmaps'],
    ...(given.acceptErrors ? { acceptErrors: given.acceptErrors } : {}),
  });
  const plan = planOf(['shop'], [{ tier: 'storage', name: 'volumes', driver: 'velero', spec }]);
  const name = 'shop-r-storage-volumes-g1';
  const backup = { namespace: 'velero', name: 'b', storageLocation: 'd', startTimestamp: at, phase: 'Completed' };
  const made = fakeKube({ objects: given.there });
  const kube: KubeClient = {
    ...made,
    get: async (ref, options) => {
      const found = await made.get(ref, options);
      return found?.kind === 'DownloadRequest' ? withUrl(found) : found;
    },
  };
  const context = contextOf({
    kube,
    plan,
    step: 'volumes',
    recovery: 'shop-r',
    backup,
    inventory: () => Promise.resolve({ items: given.items }),
    firstWriteAt: '2026-11-21T08:00:00Z',
  });
  const ctx: DriverContext = { ...context, ...(given.person ? { acceptedErrors: given.person } : {}) };
  made.put({
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name, namespace: 'velero', uid: `restore-${uid}`, labels: ctx.labels, creationTimestamp: at },
    status: { progress: { totalItems: 2 }, ...given.status },
  });
  made.put({
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'b', namespace: 'velero' },
    spec: { snapshotMoveData: true },
  });
  const handle = { restore: { namespace: 'velero', name } };
  return {
    progress: () => observeRestore(ctx, spec, handle),
    gated: async (): Promise<string[]> => {
      const refs: ObjectRef[] = [];
      for await (const ref of restoredObjects(ctx, spec, handle)) refs.push(ref);
      return refs.map((ref) => refText(ref));
    },
  };
}

function withUrl(request: KubeObject): KubeObject {
  const { port } = server.address() as AddressInfo;
  const expiration = new Date(Date.now() + 600_000).toISOString();
  const target = JSON.stringify(request['spec']).includes('RestoreResults') ? 'results' : 'list';
  return { ...request, status: { downloadURL: `http://127.0.0.1:${port}/${target}`, expiration, phase: 'Processed' } };
}

const partly = { phase: 'PartiallyFailed', errors: 1 };
const rule = [{ matches: 'banner police', reason: 'the banner is old' }];
const bannerFailed = { 'v1/ConfigMap': ['shop/banner(failed)', 'shop/settings(created)'] };

describe('an error that was accepted', () => {
  it.each([
    ['by the plan', { acceptErrors: rule }],
    ['by a person', { person: { by: 'ana', reason: 'seen' } }],
  ])('%s: the object that it names is missing, named as an exception, and no gate waits for it', async (_who, by) => {
    kept = { errors: [denied], list: bannerFailed };
    const seen = look({ items: [banner, settings], there: [live(settings)], status: partly, ...by });

    expect(await seen.progress()).toMatchObject({
      state: 'succeeded',
      evidence: [expect.stringContaining('1 missing and accepted, 1 created')],
      exceptions: [
        expect.stringContaining('accepted by'),
        'Restore velero/shop-r-storage-volumes-g1: ConfigMap shop/banner did not come back (Velero failed it), accepted with its error',
      ],
    });
    expect(await seen.gated()).toEqual(['ConfigMap shop/settings']);
  });

  it('says nothing of an object that it does not name', async () => {
    const list = { 'v1/ConfigMap': ['shop/settings(created)'] };
    kept = { errors: ['error restoring configmaps/shop/banner.old: denied by the banner police'], list };
    const seen = look({ items: [banner, settings], there: [live(settings)], status: partly, acceptErrors: rule });

    expect(await seen.progress()).toMatchObject({ state: 'failed', reason: 'ItemsMissing' });
    expect(await seen.gated()).toEqual(['ConfigMap shop/banner', 'ConfigMap shop/settings']);
  });

  it('makes nothing of a step that created nothing', async () => {
    kept = { errors: [denied], list: { 'v1/ConfigMap': ['shop/banner(failed)'] } };
    const seen = look({ items: [banner], there: [], status: partly, acceptErrors: rule });

    expect(await seen.progress()).toMatchObject({ state: 'failed', reason: 'ItemsMissing' });
  });

  it('does not take a claim that was there before for a restored one', async () => {
    const list = { 'v1/PersistentVolumeClaim': ['shop/data(failed)'], ...bannerFailed };
    kept = { errors: [denied], list };
    const before = { ...live(moved), metadata: { name: 'data', namespace: 'shop', creationTimestamp: at } };
    const seen = look({
      items: [moved, banner, settings],
      there: [before, live(settings)],
      status: partly,
      acceptErrors: rule,
    });

    expect(await seen.progress()).toMatchObject({ state: 'failed', reason: 'ExistingObject' });
  });

  it('of one object leaves the question for the data of another', async () => {
    const list = { 'v1/PersistentVolumeClaim': ['shop/data(created)'], ...bannerFailed };
    kept = { errors: [denied], list };
    const given = { items: [moved, banner, settings], status: partly, acceptErrors: rule };
    const there = [live(moved), live(settings)];

    expect(await look({ ...given, there }).progress()).toMatchObject({
      state: 'failed',
      reason: 'DataNotRestored',
      message: expect.stringContaining('nothing has filled PersistentVolumeClaim shop/data'),
    });
    expect(await look({ ...given, there: [...there, download('Completed')] }).progress()).toMatchObject({
      state: 'succeeded',
    });
  });

  it('of a volume is of its data too', async () => {
    kept = { errors: [], list: { 'v1/PersistentVolumeClaim': ['shop/data(created)'] } };
    const given = { items: [moved], there: [live(moved), download('Failed')], status: partly };
    const volume = [{ matches: 'of claim shop/data is Failed', reason: 'a cache' }];

    expect(await look(given).progress()).toMatchObject({ state: 'failed', reason: 'PartiallyFailed' });
    expect(await look({ ...given, acceptErrors: volume }).progress()).toMatchObject({
      state: 'succeeded',
      exceptions: [expect.stringContaining('DataDownload dd of claim shop/data is Failed')],
    });
  });
});
