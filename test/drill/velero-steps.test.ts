/** Everything that a velero step can say, on the real Velero: one small site, three Backups, each restored elsewhere. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { listAt, textAt, valueAt } from '../../src/kube/read.ts';
import { velero } from '../../src/drivers/velero.ts';
import { recoverSiteType } from '../../src/model/run.ts';
import { putBackObject } from '../../src/quiesce/apply.ts';
import { quiesceKinds } from '../../src/quiesce/registry.ts';
import { VeleroSpec } from '../../src/velero/spec.ts';
import { realActivities, type RecoverHandle } from '../support/real-worker.ts';
import { useSite } from '../support/site.ts';
import { useTemporal } from '../support/temporal.ts';
import { images, type LabStep, planOfStore, store, VeleroLab } from '../support/velero-lab.ts';

const site = useSite();
let lab: VeleroLab;

const bySnapshot = 'by-snapshot';
const byFile = 'by-file';
const moved = 'moved';

beforeAll(async () => {
  lab = await VeleroLab.fill(site());
  await lab.backUp(bySnapshot, { snapshotVolumes: true });
  await lab.backUp(byFile, { defaultVolumesToFsBackup: true });
  await lab.backUp(moved, { snapshotMoveData: true });
});
afterAll(() => lab?.clusters.close());

const workload = ['persistentvolumeclaims', 'deployments.apps'];
const everything = [...workload, 'configmaps', 'services', 'ingresses.networking.k8s.io'];

/** What the gate would look at. */
async function gated(step: LabStep): Promise<string[]> {
  const found: string[] = [];
  const handle = { restore: { namespace: 'velero', name: step.ctx.objectName } };
  for await (const { kind, namespace, name } of velero.objects(step.ctx, handle))
    found.push(`${kind} ${namespace ?? ''}/${name}`);
  return found;
}

describe('a site that comes back changed', () => {
  it('in another namespace, of another class and image, patched, with a status from the Backup', async () => {
    const step = await lab.step({
      backup: bySnapshot,
      spec: {
        includedResources: everything,
        storageClassMapping: { lab: 'lab-now' },
        imageMapping: { [images.pause]: images.velero },
        restoreStatus: { includedResources: ['ing'] },
        resourceModifiers: [
          {
            conditions: { groupResource: 'configmaps', resourceNameRegex: '^settings$' },
            mergePatches: [{ patchData: { data: { mode: 'drill' } } }],
          },
        ],
      },
    });

    expect(await velero.preflight(step.ctx, step.spec)).toEqual([]);
    const progress = await step.run();

    expect(progress).toMatchObject({ state: 'succeeded' });
    expect(progress).not.toHaveProperty('exceptions');
    const { target } = step;
    expect(await lab.sumIn(target)).toBe(lab.sum);
    const claim = await lab.get('v1', 'PersistentVolumeClaim', target, 'data');
    expect(textAt(claim, 'spec', 'storageClassName')).toBe('lab-now');
    const app = await lab.get('apps/v1', 'Deployment', target, 'app');
    const [container] = listAt(app, 'spec', 'template', 'spec', 'containers');
    expect(textAt(container, 'image')).toBe(images.velero);
    expect(valueAt(await lab.get('v1', 'ConfigMap', target, 'settings'), 'data')).toEqual({ mode: 'drill' });
    const door = await lab.get('networking.k8s.io/v1', 'Ingress', target, 'door');
    expect(listAt(door, 'status', 'loadBalancer', 'ingress')).toEqual([{ hostname: 'door.lost.example' }]);
    // The gate looks where the objects are now, not where they were.
    const objects = await gated(step);
    expect(objects).toContain(`Deployment ${target}/app`);
    expect(objects.filter((line) => line.includes(` ${store}/`))).toEqual([]);
  });

  it('is not adopted where its rules have changed, and says what a mapping misses', async () => {
    const step = await lab.step({
      backup: bySnapshot,
      tier: 'namespaces',
      spec: { includedResources: ['configmaps'], imageMapping: { 'registry.elsewhere/': 'x/' } },
    });
    expect(await velero.preflight(step.ctx, step.spec)).toMatchObject([
      {
        severity: 'warn',
        reason: 'MappingUnused',
        message: expect.stringContaining('registry.elsewhere/ fits no image'),
      },
    ]);
    const rules = (mode: string) => [
      { conditions: { groupResource: 'configmaps' }, mergePatches: [{ patchData: { data: { mode } } }] },
    ];
    const spec = (mode: string) => VeleroSpec.parse({ ...step.spec, resourceModifiers: rules(mode) });
    await velero.start(step.ctx, spec('one'));
    await velero.start(step.ctx, spec('one'));

    await expect(velero.start(step.ctx, spec('two'))).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringMatching(/^ConfigMap velero\/.* of this step was made with another filter/),
    });
  });
});

describe('what the plan quiesces', () => {
  it('comes back stopped and marked, and runs as it was once it is put back', async () => {
    const target = 'store-quiet';
    const quiesce = [{ kind: 'Deployment', namespaces: [target], names: ['app'], optional: false }] as const;
    const step = await lab.step({
      backup: bySnapshot,
      target,
      spec: { includedResources: ['deployments.apps', 'configmaps'] },
      plan: { quiesce },
    });

    expect(await step.run()).toMatchObject({ state: 'succeeded' });

    const stopped = await lab.get('apps/v1', 'Deployment', target, 'app');
    expect(valueAt(stopped, 'spec', 'replicas')).toBe(0);
    expect(stopped?.metadata.annotations).toMatchObject({
      'rekindle.dev/quiesced-by': step.ctx.recovery,
      'rekindle.dev/before': '{"replicas":1}',
    });
    const pods = await lab.kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: target });
    expect(pods.items).toEqual([]);
    const { kube, recovery, signal } = step.ctx;
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: target, name: 'app' };
    expect(await putBackObject({ kube, kind: quiesceKinds.Deployment, ref, recovery, signal })).toEqual({
      state: 'put back',
    });
    const back = await lab.get('apps/v1', 'Deployment', target, 'app');
    expect(valueAt(back, 'spec', 'replicas')).toBe(1);
    expect(back?.metadata.annotations).not.toHaveProperty(['rekindle.dev/before']);
  });
});

describe('hooks', () => {
  it('run in the restored pod; one that fails holds the step until somebody bears it', async () => {
    const step = await lab.step({
      backup: bySnapshot,
      spec: {
        includedResources: workload,
        includeOwnedPods: true,
        hooks: [
          {
            name: 'mark',
            postHooks: [
              {
                init: {
                  initContainers: [
                    {
                      name: 'mark-init',
                      image: images.pause,
                      imagePullPolicy: 'Never',
                      command: ['/bin/busybox', 'touch', '/data/by-init'],
                      volumeMounts: [{ name: 'data', mountPath: '/data' }],
                    },
                  ],
                },
              },
              { exec: { container: 'app', command: ['/bin/busybox', 'touch', '/data/by-exec'] } },
              { exec: { container: 'app', command: ['/bin/busybox', 'ls', '/data/not-there'], onError: 'Continue' } },
            ],
          },
        ],
      },
    });
    const handle = await step.start();
    const progress = await step.end(handle);

    expect(progress).toMatchObject({ state: 'failed', reason: 'PartiallyFailed' });
    expect(progress).toHaveProperty('message', expect.stringContaining('1 of its hooks failed'));
    expect(progress).toHaveProperty('message', expect.stringContaining('accept the errors (Update acceptErrors'));
    const names = await lab.listFiles(step.target);
    expect(names).toEqual(expect.arrayContaining(['blob', 'by-exec', 'by-init']));

    const rule = { matches: 'hook mark in container app failed', reason: 'the folder is new in the next release' };
    const listed = await step.look(handle, {}, { ...step.spec, acceptErrors: [rule] });
    expect(listed).toMatchObject({
      state: 'succeeded',
      exceptions: [expect.stringContaining('accepted by the plan (the folder is new in the next release)')],
    });
    const other = await step.look(handle, {}, { ...step.spec, acceptErrors: [{ ...rule, matches: 'something else' }] });
    expect(other).toMatchObject({ state: 'failed', reason: 'PartiallyFailed' });
    const borne = await step.look(handle, { acceptedErrors: { by: 'ana', reason: 'looked at it' } });
    expect(borne).toMatchObject({
      state: 'succeeded',
      exceptions: [expect.stringContaining('accepted by ana, as stated (looked at it)')],
    });
    expect(await lab.sumIn(step.target)).toBe(lab.sum);
  });
});

describe.concurrent('data that a node agent carries', () => {
  it('file by file: every byte is back, and without its pod the step is refused', async () => {
    const without = await lab.step({ backup: byFile, spec: { includedResources: workload } });
    expect(await velero.preflight(without.ctx, without.spec)).toMatchObject([
      { severity: 'block', reason: 'FilesWithoutPod', message: expect.stringContaining('includeOwnedPods: true') },
    ]);

    const step = await lab.step({ backup: byFile, spec: { includedResources: workload, includeOwnedPods: true } });
    expect(await velero.preflight(step.ctx, step.spec)).toEqual([]);
    expect(await step.run()).toMatchObject({ state: 'succeeded' });

    expect(step.reasons.join('\n')).toMatch(/PodVolumeRestore .* of Pod /);
    expect(await lab.sumIn(step.target)).toBe(lab.sum);
  });

  it('by the data mover, with the bytes on the way', async () => {
    const step = await lab.step({ backup: moved, spec: { includedResources: workload } });

    expect(await step.run()).toMatchObject({ state: 'succeeded' });

    expect(step.reasons.join('\n')).toMatch(/DataDownload \S+ of claim store-\w+\/data on node node-1 is \w+/);
    expect(step.reasons.join('\n')).toMatch(/24\.0 of 24\.0 MiB/);
    expect(await lab.sumIn(step.target)).toBe(lab.sum);
  });

  it('the data mover, a claim without a consumer: named at once, and a pod lets it go on', async () => {
    const step = await lab.step({
      backup: moved,
      tier: 'storage',
      spec: {},
    });
    const handle = await step.start();

    expect(await step.end(handle)).toMatchObject({
      state: 'failed',
      reason: 'WaitsForConsumer',
      message: expect.stringContaining(`waits for a pod that mounts claim ${step.target}/data, and there is none`),
      retry: 'wait',
    });
    await lab.consume(step.target);
    expect(await step.end(handle)).toMatchObject({ state: 'succeeded' });
    expect(await lab.sumIn(step.target)).toBe(lab.sum);
  });
});

describe('a whole recovery with the data mover', () => {
  const temporal = useTemporal();
  let plansFolder: string;
  beforeAll(async () => {
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
  });
  afterAll(() => rm(plansFolder, { recursive: true, force: true }));

  it('brings every byte back into another namespace, and has asked for them', async () => {
    const plan = planOfStore(site().context, 'store-run', moved, lab.sum);
    await writeFile(join(plansFolder, 'store.yaml'), stringify(plan));
    const activities = { ...realActivities(temporal, lab.clusters, plansFolder) };

    const report = await temporal.withWorker(activities, async () => {
      const handle: RecoverHandle = await temporal.client.workflow.start(recoverSiteType, {
        taskQueue: temporal.taskQueue(),
        workflowId: temporal.workflowId(),
        args: [{ plan: 'store', onFailure: 'abort' }],
      });
      return handle.result();
    });

    expect({ outcome: report.outcome, because: report.because }).toEqual({ outcome: 'recovered', because: undefined });
    expect(report.completeness.missing).toEqual([]);
    expect(await lab.sumIn('store-run')).toBe(lab.sum);
  });
});

describe('a helper that does not start', () => {
  afterAll(() => lab.helperImage(undefined));

  it('is named, and so is who waits behind it; both go on when Velero restarts', async () => {
    await lab.helperImage(images.pause);
    const step = await lab.step({ backup: byFile, spec: { includedResources: workload, includeOwnedPods: true } });
    const behind = await lab.step({
      backup: bySnapshot,
      tier: 'namespaces',
      spec: { includedResources: ['configmaps'] },
    });
    const handle = await step.start();

    expect(await step.end(handle)).toMatchObject({
      state: 'failed',
      reason: 'RestoreHelperFails',
      message: expect.stringContaining(`init container restore-wait of image ${images.pause}, does not start`),
    });
    const queued = await behind.start();
    const stuck = await behind.end(queued);
    expect(stuck).toMatchObject({ state: 'failed', reason: 'QueueStuck', retry: 'wait' });
    expect(stuck).toHaveProperty(
      'message',
      expect.stringMatching(
        /^queued behind Restore velero\/\S+, stuck since \S+ .*nothing moves until Velero restarts \(kubectl -n velero rollout restart deployment velero\)$/,
      ),
    );

    await lab.restartVelero();
    expect(await step.end(handle)).toMatchObject({ state: 'lost', reason: 'VeleroDied' });
    expect(await behind.end(queued)).toMatchObject({ state: 'succeeded' });
  });
});
