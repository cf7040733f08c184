import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError, waitFor } from './run.ts';

/** The mount points of all cgroup hierarchies: one on a machine with cgroup v2, one for each controller with v1. */
export function hierarchies(
  mounts: string = readFileSync('/proc/mounts', 'utf8'),
): { version: 1 | 2; folder: string }[] {
  const rows = mounts.split('\n').map((line) => line.split(' '));
  const found = (type: string): string[] => rows.filter((row) => row[2] === type).map((row) => row[1] ?? '');
  const first = found('cgroup').map((folder) => ({ version: 1 as const, folder }));
  // Beside v1 hierarchies a v2 mount holds no controllers.
  return first.length > 0 ? first : found('cgroup2').map((folder) => ({ version: 2 as const, folder }));
}

/** Makes the lab's own cgroup in every hierarchy; the kubelet puts all pods below it. */
export function makeCgroups(name: string): void {
  const all = hierarchies();
  if (all.length === 0)
    throw new LabError(
      'no cgroup hierarchy is mounted on this machine: pods cannot run here; take --level control-plane',
    );
  for (const { version, folder } of all) {
    const own = join(folder, name);
    if (version === 2) enableControllers(folder);
    mkdirSync(own, { recursive: true });
    if (version === 2) enableControllers(own);
    // With v1 a new cpuset is empty, and nothing can be put into an empty one.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const from = join(folder, file);
      if (version === 1 && existsSync(from)) writeFileSync(join(own, file), readFileSync(from, 'utf8'));
    }
  }
}

/** Removes the lab's cgroups once the kernel has cleared away their processes. */
export async function removeCgroups(name: string): Promise<void> {
  for (const { folder } of hierarchies()) {
    const own = join(folder, name);
    await waitFor(`cgroup ${own} is empty`, 20, () => removeTree(own));
  }
}

function removeTree(folder: string): true {
  if (!existsSync(folder)) return true;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
  return true;
}

function enableControllers(folder: string): void {
  const controllers = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(/\s+/);
  for (const controller of controllers.filter((one) => one !== '')) {
    writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
  }
}
