import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { note, part } from './events.ts';
import type { Report } from './events.ts';
import { writeIfChanged } from './files.ts';
import type { ImageArchive } from './images/images.ts';
import type { NodeSettings } from './node.ts';
import { containerdSocket } from './places.ts';
import type { SitePlaces } from './places.ts';
import { waitFor } from './run.ts';

/** Starts containerd; after the loss of a cluster it forgets that cluster's containers first. Images stay. */
export async function startContainers(node: NodeSettings): Promise<void> {
  await startContainerd(node);
  if (!existsSync(lostMark(node.places))) return;
  await forgetContainers(node);
  // Started anew, it holds no memory of them either.
  await node.machine.killDaemon('containerd');
  await startContainerd(node);
  rmSync(lostMark(node.places), { force: true });
}

/** Notes that the containers that containerd knows of went down with their cluster. */
export function markContainersLost(places: SitePlaces): void {
  writeFileSync(lostMark(places), '');
}

/** Imports those archives whose images containerd does not have yet. */
export async function importImages(
  node: NodeSettings,
  archives: readonly ImageArchive[],
  name: string,
  report: Report,
): Promise<void> {
  const known = importedArchives(node.places);
  const missing = archives.filter(({ path }) => !known.includes(basename(path)));
  if (missing.length === 0) return;
  await part(report, name, async () => {
    for (const [index, { path }] of missing.entries()) {
      note(report, name, `importing ${basename(path)}`, { done: index + 1, total: missing.length });
      await containerd(node, ['images', 'import', path]);
      writeIfChanged(importMark(node.places), JSON.stringify([...importedArchives(node.places), basename(path)]));
    }
  });
}

async function startContainerd(settings: NodeSettings): Promise<void> {
  const { machine, places, programs } = settings;
  const cniFolder = join(places.config, 'cni');
  writeIfChanged(join(cniFolder, '10-lab.conflist'), JSON.stringify(cniNetwork(machine.range.podRange), null, 2));
  const file = join(places.config, 'containerd.toml');
  writeIfChanged(file, containerdConfig(programs.root, cniFolder));
  machine.daemon('containerd', [join(programs.root, 'usr/bin/containerd'), '--config', file]);
  await waitFor('containerd answers', 120, async () => {
    machine.daemons.insist('containerd');
    await containerd(settings, ['version']);
    return true;
  });
}

// containerd's own client, in the kubelet's namespace.
function containerd(settings: NodeSettings, args: readonly string[]): Promise<string> {
  const client = join(settings.programs.root, 'usr/bin/ctr');
  return settings.machine.run([client, `--address=${containerdSocket}`, '--namespace=k8s.io', ...args]);
}

function cniNetwork(podRange: string): unknown {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: '/var/lib/cni/networks',
  };
  return {
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [
      // No masquerading: the host has a route back to the pods, so it sees their own addresses.
      { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function containerdConfig(root: string, cniFolder: string): string {
  const disabled = ['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `"io.containerd.snapshotter.v1.${name}"`);
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [${disabled.join(', ')}]
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/rekindle-lab/pause:1"
  # Without CAP_SYS_RESOURCE a container's score cannot be lowered; runc then dies with "can't get final child's PID".
  restrict_oom_score_adj = true
  max_container_log_line_size = 65536
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${join(root, 'usr/sbin/runc')}"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${join(root, 'usr/lib/cni')}"
    conf_dir = "${cniFolder}"
`;
}

async function forgetContainers(node: NodeSettings): Promise<void> {
  const lines = async (args: string[]): Promise<string[]> => (await containerd(node, args)).split('\n').filter(Boolean);
  const containers = await lines(['containers', 'list', '--quiet']);
  if (containers.length > 0) await containerd(node, ['containers', 'rm', ...containers]);
  // What a container wrote is a snapshot that is "Active"; the images' own layers are "Committed".
  const rows = (await lines(['snapshots', 'list'])).map((line) => line.trim().split(/\s+/));
  const active = rows.filter((row) => row.at(-1) === 'Active').map((row) => row[0] ?? '');
  for (const snapshot of active) await containerd(node, ['snapshots', 'rm', snapshot]);
}

function lostMark(places: SitePlaces): string {
  return join(places.stateDir, 'containers-lost');
}

function importMark(places: SitePlaces): string {
  return join(places.stateDir, 'containerd', 'imported.json');
}

function importedArchives(places: SitePlaces): string[] {
  try {
    return JSON.parse(readFileSync(importMark(places), 'utf8')) as string[];
  } catch {
    return [];
  }
}
