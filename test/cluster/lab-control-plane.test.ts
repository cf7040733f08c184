import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectl } from '../../lab/api.ts';
import { ensureTools } from '../../lab/build.ts';
import { installCrds } from '../../lab/crds.ts';
import { down, status, up, wipe } from '../../lab/lab.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { markOf } from '../../lab/processes.ts';

const name = `plane-${randomBytes(3).toString('hex')}`;

describe('a lab at control-plane level', () => {
  let lab: LabInfo;
  let ask: (...args: string[]) => Promise<string>;

  beforeAll(async () => {
    const { kube } = await ensureTools(['kube'], () => undefined);
    lab = await up({ name, level: 'control-plane' });
    ask = (...args) => kubectl({ kube, kubeconfig: lab.kubeconfig }, args);
  });

  afterAll(() => down({ name }));

  it('answers under its own context, with a kubeconfig that only its owner can read', async () => {
    expect(await ask('config', 'current-context')).toBe(`rekindle-lab-${name}\n`);
    expect(await ask('get', '--raw', '/readyz')).toBe('ok');
    expect(statSync(lab.kubeconfig).mode & 0o777).toBe(0o600);
  });

  it('lets a namespace really go away', async () => {
    await ask('create', 'namespace', 'short-lived');
    await ask('--namespace', 'short-lived', 'create', 'configmap', 'one', '--from-literal=a=b');

    await ask('delete', 'namespace', 'short-lived', '--timeout=30s');

    await expect(ask('get', 'namespace', 'short-lived')).rejects.toThrow('not found');
  });

  it('knows the kinds of Velero and of volume snapshots once they are installed', async () => {
    await installCrds(lab, ['velero', 'snapshot']);

    expect(await ask('get', 'restores.velero.io,volumesnapshots', '--all-namespaces')).toBe('');
  });

  it('stays as it is when it is brought up a second time', async () => {
    const before = await status({ name });

    const again = await up({ name, level: 'control-plane' });

    expect(again).toEqual(lab);
    expect((await status({ name })).processes).toEqual(before.processes);
  });

  it('says in one sentence that it cannot become a whole site', async () => {
    await expect(up({ name, level: 'site' })).rejects.toThrow(
      `lab ${name} is there at level control-plane: take it down first (lab down --name ${name}), or give another --name`,
    );
  });

  it('is another, empty cluster after a wipe', async () => {
    const uid = (): Promise<string> => ask('get', 'namespace', 'kube-system', '--output=jsonpath={.metadata.uid}');
    const before = await uid();
    await ask('create', 'namespace', 'lost');

    await wipe({ name });

    expect(await uid()).not.toBe(before);
    await expect(ask('get', 'namespace', 'lost')).rejects.toThrow('not found');
  });

  it('leaves neither process nor folder behind when it is taken down', async () => {
    const { processes } = await status({ name });

    await down({ name });

    expect(processes.map((one) => one.name)).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager']);
    expect(processes.filter((one) => markOf(one.pid) !== undefined)).toEqual([]);
    expect(existsSync(lab.stateDir)).toBe(false);
  });
});
