import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { signTimes } from '../../../src/velero/sign-times.ts';
import { judgeRestore } from '../../../src/velero/restore-state.ts';
import { signsOf, type Stuck, stuckSign, type Surroundings } from '../../../src/velero/stuck.ts';
import { bytesText, unfilled, volumesText } from '../../../src/velero/volumes.ts';
import { fakeKube } from '../../support/fake-kube.ts';

const now = new Date('2026-11-21T10:00:00Z');
const ago = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();

const object = (kind: string, name: string, more: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', creationTimestamp: ago(300), ...metadata },
  ...more,
});
const download = (phase: string, seconds = 120): KubeObject =>
  object(
    'DataDownload',
    'dd',
    {
      spec: { targetVolume: { namespace: 'shop', pvc: 'data' } },
      status: { phase, acceptedTimestamp: ago(seconds) },
    },
    { namespace: 'velero', creationTimestamp: ago(seconds) },
  );
const files = (phase: string, seconds = 120): KubeObject =>
  object(
    'PodVolumeRestore',
    'pvr',
    { spec: { pod: { namespace: 'shop', name: 'web' }, volume: 'data' }, status: { phase } },
    { namespace: 'velero', creationTimestamp: ago(seconds) },
  );
const claim = (metadata: object = {}, phase = 'Pending'): KubeObject =>
  object('PersistentVolumeClaim', 'data', { spec: { storageClassName: 'lab' }, status: { phase } }, metadata);
const storageClass = (volumeBindingMode: string): KubeObject => object('StorageClass', 'lab', { volumeBindingMode });
const consumer = object('Pod', 'p', { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] } });
const helper = (state: object, restartCount = 0, seconds = 120): KubeObject =>
  object(
    'Pod',
    'web',
    {
      spec: { nodeName: 'node-1', initContainers: [{ name: 'restore-wait', image: 'velero:1' }] },
      status: { initContainerStatuses: [{ name: 'restore-wait', restartCount, state }] },
    },
    { creationTimestamp: ago(seconds) },
  );
const agent = object('Pod', 'node-agent-x', { spec: { nodeName: 'node-1' }, status: { phase: 'Running' } });
const crash = { waiting: { reason: 'CrashLoopBackOff' } };

/** What is stuck where all that is seen now is seen since `seconds` ago. */
function look(volume: KubeObject, more: Partial<Surroundings>, seconds = 61, isRestoring = false): Stuck | undefined {
  const around: Surroundings = { claims: [], classes: [], pods: [], agents: [agent], ...more };
  const signs = signsOf([volume], around, isRestoring);
  const since = new Map(signs.map(({ key }) => [key, now.getTime() - seconds * 1000]));
  return stuckSign(signs, { ...around, since }, now);
}
const waiting = { claims: [claim()], classes: [storageClass('WaitForFirstConsumer')] };

describe('a volume that would be waited for in vain', () => {
  it('a claim of the data mover without a consumer', () => {
    expect(look(download('Accepted'), waiting)).toMatchObject({
      reason: 'WaitsForConsumer',
      retry: 'wait',
      message: expect.stringContaining('waits for a pod that mounts claim shop/data, and there is none'),
    });
  });

  it.each<[string, KubeObject, Partial<Surroundings>]>([
    ['with a pod that mounts the claim', download('Accepted'), { ...waiting, pods: [consumer] }],
    [
      'with a node already chosen',
      download('Accepted'),
      {
        ...waiting,
        claims: [claim({ annotations: { 'volume.kubernetes.io/selected-node': 'node-1' } })],
      },
    ],
    ['of a class that binds at once', download('Accepted'), { ...waiting, classes: [storageClass('Immediate')] }],
    ['that is bound', download('Accepted'), { ...waiting, claims: [claim({}, 'Bound')] }],
    ['that is under way', download('InProgress'), waiting],
    ['that failed', download('Failed'), waiting],
  ])('not one %s', (_why, volume, around) => {
    expect(look(volume, around)).toBeUndefined();
  });

  it('not one that is seen for less than its time, and not one whose Restore still makes objects', () => {
    expect(look(download('Accepted', 600), waiting, 59)).toBeUndefined();
    expect(look(download('Accepted', 600), waiting, 600, true)).toBeUndefined();
    expect(look(files('', 600), { agents: [], pods: [helper({ running: {} })] }, 59)).toBeUndefined();
  });

  it('an image that cannot be pulled is suspect for some minutes, and then waited for', () => {
    const pod = helper({ waiting: { reason: 'ErrImagePull' } }, 0, 600);
    expect(look(files('', 600), { pods: [pod] }, 299)).toBeUndefined();
    expect(look(files('', 600), { pods: [pod] }, 300)).toMatchObject({ reason: 'RestoreHelperFails', retry: 'wait' });
    const restore = object('Restore', 'r', { status: { phase: 'InProgress' } });
    const around = { claims: [], classes: [], pods: [pod], agents: [agent] };
    const facts = { name: 'velero/r', restore, others: [], errors: [], dataDownloads: [], now };
    expect(judgeRestore({ ...facts, podVolumeRestores: [files('', 600)], around })).toMatchObject({
      state: 'running',
      reason: expect.stringContaining(
        "; Velero's helper in Pod shop/web, init container restore-wait of image velero:1, does not start (ErrImagePull)",
      ),
    });
  });

  it.each([
    ['has ended three times', helper(crash, 2), 0],
    ['does not start for a minute', helper({ waiting: { reason: 'ErrImageNeverPull' } }), 61],
  ])('files whose helper %s', (_why, pod, seconds) => {
    expect(look(files(''), { pods: [pod] }, seconds)).toMatchObject({
      reason: 'RestoreHelperFails',
      retry: 'again',
      message: expect.stringContaining('init container restore-wait of image velero:1, does not start'),
    });
  });

  it('files whose helper runs, or was only just made, wait', () => {
    expect(look(files(''), { pods: [helper({ running: {} })] })).toBeUndefined();
    expect(look(files(''), { pods: [helper(crash, 0)] }, 20)).toBeUndefined();
    expect(look(files('InProgress'), { pods: [helper(crash, 5)] })).toBeUndefined();
  });

  it('never says what a program printed', () => {
    const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } };
    const pod = helper(state, 3);
    const [status] = (pod['status'] as { initContainerStatuses: object[] }).initContainerStatuses;
    Object.assign(status ?? {}, {
      lastState: { terminated: { reason: 'Error', message: 'no such file or directory: hunter2' } },
    });
    expect(look(files(''), { pods: [pod] })?.message).not.toContain('hunter2');
  });

  it.each([
    ['none at all', download('', 90), [], 'no node agent of Velero runs (pods'],
    [
      'none on its node',
      files('', 90),
      [object('Pod', 'a', { spec: { nodeName: 'node-2' }, status: { phase: 'Running' } })],
      'runs on node node-1',
    ],
  ])('a node agent: %s', (_why, volume, agents, sentence) => {
    expect(look(volume, { agents, pods: [helper({ running: {} })] })).toMatchObject({
      reason: 'NoNodeAgent',
      message: expect.stringContaining(sentence),
    });
  });
});

describe('a sign', () => {
  const [sign] = signsOf([files('')], { claims: [], classes: [], pods: [helper(crash)], agents: [] }, true);
  if (!sign) throw new Error('no sign');
  const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

  it('counts from when it was first seen without a break, through any client of the cluster', () => {
    const kube = fakeKube();
    const watching = { ...fakeKube(), base: kube };
    const since = (seconds: number, seen = [sign], client = kube): number | undefined =>
      signTimes(client, 'uid', seen, at(seconds)).get(sign.key);

    expect(since(0)).toBe(at(0).getTime());
    expect(since(30, [sign], watching)).toBe(at(0).getTime());
    expect(since(31, [])).toBeUndefined();
    expect(since(32)).toBe(at(32).getTime());
    // Nobody has looked for ten minutes: nobody knows what was in between.
    expect(since(632)).toBe(at(632).getTime());
    expect(signTimes(kube, 'another', [sign], at(640)).get(sign.key)).toBe(at(640).getTime());
  });
});

describe('volumes', () => {
  it.each([
    [40, 100, '40 of 100 bytes'],
    [12_897_485, 105_906_176, '12.3 of 101 MiB'],
    [0, 5 * 1024 ** 3, '0.0 of 5.0 GiB'],
    [0, 0, '0 of 0 bytes'],
  ])('%d of %d reads %s', (done, total, text) => {
    expect(bytesText(done, total)).toBe(text);
  });

  it('are told with their sum, node and message', () => {
    const moving = {
      ...download('InProgress'),
      status: { phase: 'InProgress', node: 'node-1', progress: { totalBytes: 2048, bytesDone: 1024 } },
    };
    const done = {
      ...files('Completed'),
      status: { phase: 'Completed', progress: { totalBytes: 2048, bytesDone: 2048 } },
    };
    expect(volumesText([moving, done])).toBe(
      '; 3.0 of 4.0 KiB of 2 volumes; DataDownload dd of claim shop/data on node node-1 is InProgress, 1.0 of 2.0 KiB',
    );
    expect(volumesText([done])).toBe('');
  });

  it('the last word on each counts, whichever Restore spoke it', () => {
    const canceled = files('Canceled', 200);
    expect(unfilled([canceled])).toEqual([canceled]);
    expect(unfilled([canceled, files('Completed', 10)])).toEqual([]);
    expect(unfilled([files('Completed', 200), files('Failed', 10)])).toHaveLength(1);
  });
});
