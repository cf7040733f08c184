/** What breaks under a velero step, on the real Velero, and the sentence that an operator reads. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { up } from '../../lab/lab.ts';
import { poolFolder } from '../../lab/places.ts';
import { showEvents } from '../../lab/report.ts';
import { waitUntil } from '../../lab/sites/cluster.ts';
import { velero } from '../../src/drivers/velero.ts';
import { type GateLook, lookAtGate } from '../../src/health/gate.ts';
import { textAt } from '../../src/kube/read.ts';
import type { RestoreHandle } from '../../src/velero/restore.ts';
import { machineOf } from '../support/lab-machine.ts';
import { useSite } from '../support/site.ts';
import { images, type LabStep, VeleroLab } from '../support/velero-lab.ts';

const site = useSite();
let lab: VeleroLab;

const bySnapshot = 'by-snapshot';
const byFile = 'by-file';

beforeAll(async () => {
  lab = await VeleroLab.fill(site());
  await lab.backUp(bySnapshot, { snapshotVolumes: true });
  await lab.backUp(byFile, { defaultVolumesToFsBackup: true });
});
afterAll(() => lab?.clusters.close());

const workload = ['persistentvolumeclaims', 'deployments.apps'];
const settings = { includedResources: ['configmaps'] };

/** Looks at a step's gate until its sentence is as expected. */
async function gateSays(step: LabStep, handle: RestoreHandle, words: RegExp): Promise<GateLook> {
  let look: GateLook | undefined;
  await waitUntil(`the gate does not say ${words.source}`, 120_000, async () => {
    const { kube, plan, tier, signal } = step.ctx;
    look = await lookAtGate({ kube, plan, tier, refs: velero.objects(step.ctx, handle), signal });
    return words.test(look.reason) ? undefined : look.reason || 'it passes';
  });
  if (!look) throw new Error('the gate was not looked at');
  return look;
}

const phaseOf = async ({ restore }: RestoreHandle): Promise<string> =>
  textAt(await lab.get('velero.io/v1', 'Restore', restore.namespace, restore.name), 'status', 'phase') ?? '';

const untilPhase = (handle: RestoreHandle, phases: readonly string[]): Promise<void> =>
  waitUntil(`Restore ${handle.restore.name} is not ${phases.join(' or ')}`, 120_000, async () => {
    const phase = await phaseOf(handle);
    return phases.includes(phase) ? undefined : phase;
  });

describe('Velero, killed in mid-restore', () => {
  it('is lost; the next attempt does not take what is empty for restored; made anew every byte is back', async () => {
    const step = { backup: byFile, spec: { includedResources: workload, includeOwnedPods: true } };
    const first = await lab.step(step);
    // A helper that never starts holds the Restore in its middle: the pod is there, its files are not.
    await lab.helperImage(images.pause);
    const handle = await first.start();
    await first.untilReason(handle, /PodVolumeRestore \S+ of Pod .* is not taken up/);
    await lab.helperImage(undefined);
    await lab.killVelero();
    await untilPhase(handle, ['Failed']);

    expect(await first.end(handle)).toEqual({
      state: 'lost',
      reason: 'VeleroDied',
      message: `Velero's server died during Restore velero/${handle.restore.name}`,
    });

    const again = { ...step, recovery: first.ctx.recovery, target: first.target };
    const second = await (await lab.step({ ...again, attempt: 2 })).run();
    expect(second).toMatchObject({ state: 'failed', reason: 'ExistingObject', retry: 'again' });
    const claim = `PersistentVolumeClaim ${first.target}/data \\(made at \\S+ by Restore ${handle.restore.name} of this recovery`;
    expect(second).toHaveProperty(
      'message',
      expect.stringMatching(
        new RegExp(`${claim}, which did not come to its end: whether its data is there is not known`),
      ),
    );

    await lab.dropNamespace(first.target);
    expect(await (await lab.step({ ...again, generation: 2 })).run()).toMatchObject({ state: 'succeeded' });
    expect(await lab.sumIn(first.target)).toBe(lab.sum);
  });
});

describe('a snapshot whose handle no longer exists', () => {
  it('is named by the gate, with what the driver says', async () => {
    const machine = await machineOf(site());
    const snapshots = async (): Promise<string[]> =>
      (await machine.run(['ls', `${poolFolder}/snapshots`])).split('\n').filter((name) => name.endsWith('.json'));
    const before = await snapshots();
    const backup = `without-${randomBytes(3).toString('hex')}`;
    await lab.backUp(backup, { snapshotVolumes: true });
    const made = (await snapshots()).filter((name) => !before.includes(name));
    expect(made).toHaveLength(1);
    await machine.run(['rm', `${poolFolder}/snapshots/${made[0] ?? ''}`]);

    const step = await lab.step({ backup, tier: 'storage', spec: {} });
    const handle = await step.start();
    await step.end(handle);

    const look = await gateSays(step, handle, /VolumeSnapshot(Content)? .*snapshot/);
    expect(look.passed).toBe(false);
    expect(look.waiting.map(({ verdict }) => verdict)).toContain('Degraded');
  });
});

describe('the object store, gone', () => {
  it('keeps a step waiting that cannot be read, stops what begins, and is named; then all goes on', async () => {
    const over = await lab.step({ backup: bySnapshot, tier: 'namespaces', spec: settings });
    const meanwhile = await lab.step({ backup: bySnapshot, tier: 'namespaces', spec: settings });
    await over.ctx.inventory();
    await meanwhile.ctx.inventory();
    const done = await over.start();
    await untilPhase(done, ['Completed']);
    await (await machineOf(site())).killDaemon('s3');

    expect(await over.look(done)).toMatchObject({
      state: 'running',
      reason: expect.stringMatching(/^Velero has ended the Restore, but what it restored cannot be read: .+/),
    });
    await waitUntil('preflight does not see it', 120_000, async () => {
      const [finding] = await velero.preflight(over.ctx, over.spec);
      return finding?.reason === 'LocationUnavailable' ? undefined : (finding?.reason ?? 'no finding');
    });
    expect(await velero.preflight(over.ctx, over.spec)).toEqual([
      {
        severity: 'block',
        reason: 'LocationUnavailable',
        message: expect.stringMatching(
          /^BackupStorageLocation velero\/default is Unavailable \(.*\); make its object store reachable from Velero, then look again$/s,
        ),
      },
    ]);
    const refused = await meanwhile.run();
    expect(refused).toMatchObject({ state: 'failed' });
    expect(refused).toHaveProperty('message', expect.stringMatching(/default|backup store|unavailable/i));

    await up({ name: site().name, report: showEvents(process.stderr) });
    expect(await over.end(done)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a CSI driver that refuses', () => {
  it('is quoted while Velero waits for the claim without a word', async () => {
    const step = await lab.step({
      backup: bySnapshot,
      tier: 'storage',
      spec: {
        storageClassMapping: { lab: 'lab-now' },
        resourceModifiers: [
          {
            conditions: { groupResource: 'persistentvolumeclaims' },
            mergePatches: [{ patchData: { spec: { accessModes: ['ReadWriteMany'] } } }],
          },
        ],
      },
    });
    const handle = await step.start();

    await step.untilReason(
      handle,
      new RegExp(
        `^Velero wraps up and waits for its claims: claim ${step.target}/data is not bound: .*access mode MULTI_NODE_MULTI_WRITER is not supported`,
      ),
    );
    const look = await gateSays(step, handle, /access mode MULTI_NODE_MULTI_WRITER is not supported/);
    expect(look.reason).toContain(`PersistentVolumeClaim ${step.target}/data`);
    // For ten minutes it wraps up nothing else.
    const behind = await lab.step({ backup: bySnapshot, tier: 'namespaces', spec: settings });
    const reason = `^Velero wraps up, behind Restore velero/${handle.restore.name}, which waits for its claims: claim `;
    await behind.untilReason(await behind.start(), new RegExp(reason));
  });
});
