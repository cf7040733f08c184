import { describe, expect, it } from 'vitest';
import { toolPath } from '../../../lab/build.ts';
import { hierarchies } from '../../../lab/cgroups.ts';
import { isNewEnough } from '../../../lab/go-toolchain.ts';
import { placesOf } from '../../../lab/places.ts';
import { goTools } from '../../../lab/tools.ts';
import { reasonAgainst } from '../../../lab/unavailable.ts';
import type { MachineFacts } from '../../../lab/unavailable.ts';

describe('a Go toolchain', () => {
  it.each([
    ['go version go1.26.8 linux/amd64', true],
    ['go version go1.27rc1 linux/amd64', true],
    ['go version go1.24.13 linux/amd64', false],
    ['go version devel go1.26-abcdef linux/amd64', true],
    ['', false],
  ])('"%s" can build the tools: %s', (answer, expected) => {
    expect(isNewEnough(answer)).toBe(expected);
  });
});

describe('cgroup hierarchies', () => {
  it('are one for each controller with version 1, beside which version 2 does not count', () => {
    const mounts = 'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n';

    expect(hierarchies(mounts)).toEqual([{ version: 1, folder: '/sys/fs/cgroup/cpu' }]);
  });

  it('are a single one with version 2', () => {
    expect(hierarchies('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n')).toEqual([{ version: 2, folder: '/sys/fs/cgroup' }]);
  });
});

describe('built tools', () => {
  it('are kept under a key of their own each', () => {
    const paths = goTools.map(toolPath);

    expect(new Set(paths).size).toBe(goTools.length);
    for (const [index, tool] of goTools.entries()) {
      expect(paths[index]).toMatch(new RegExp(`/rekindle/tools/${tool.name}-[0-9a-f]{12}/${tool.name}$`));
    }
  });

  it('change their key with what is linked into them', () => {
    const [tool] = goTools;

    expect(toolPath({ ...tool, variables: { 'main.version': '2' } })).not.toBe(toolPath(tool));
  });
});

describe('places of a site', () => {
  it('keep what survives the loss of the cluster out of what is deleted with it', () => {
    const places = placesOf('/cache/labs/blue', '/cache');

    for (const kept of [places.s3, places.poolImage, places.pki]) expect(kept.startsWith(places.cluster)).toBe(false);
    expect(places.seen.get('/cache/labs/blue/cluster/kubelet')).toBe('/var/lib/kubelet');
  });
});

describe('where no lab can run', () => {
  const able: MachineFacts = {
    platform: 'linux',
    arch: 'x64',
    isRoot: true,
    missingCommands: [],
    missingFileSystems: [],
    hasLoopDevices: true,
  };

  it.each<[string, Partial<MachineFacts>, RegExp]>([
    ['another system', { platform: 'darwin' }, /needs Linux and this is darwin/],
    ['another processor', { arch: 'arm64' }, /pinned for x86-64 and this machine is arm64/],
    ['no root', { isRoot: false }, /needs root.*run it with sudo, take --level control-plane/],
    ['a command missing', { missingCommands: ['ip', 'perl'] }, /needs the commands ip, perl/],
    ['a file system missing', { missingFileSystems: ['btrfs'] }, /knows no btrfs file system/],
    ['no loop devices', { hasLoopDevices: false }, /no loop devices/],
  ])('%s is told in one sentence that names the choices', (_what, fact, expected) => {
    const reason = reasonAgainst('site', { ...able, ...fact });

    expect(reason).toMatch(expected);
    expect(reason).toMatch(/use a cluster of your own \(its kubeconfig context, by --context\)/);
    expect(reason).not.toContain('\n');
  });

  it('an API server alone asks for no root', () => {
    expect(reasonAgainst('control-plane', { ...able, isRoot: false, hasLoopDevices: false })).toBeUndefined();
    expect(reasonAgainst('site', able)).toBeUndefined();
  });
});
