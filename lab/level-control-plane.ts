import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { kubectlCache } from './api.ts';
import { ensureTools } from './build.ts';
import { stateFolder } from './cache.ts';
import { serviceAddress, startControlPlane } from './control-plane.ts';
import { part } from './events.ts';
import type { Report } from './events.ts';
import { writeIfChanged } from './files.ts';
import type { LabInfo } from './lab.ts';
import type { LabNames } from './names.ts';
import { ensurePki } from './pki.ts';
import { Daemons } from './processes.ts';
import { LabError } from './run.ts';
import { controlPlaneTools } from './tools.ts';

interface Ports {
  readonly api: number;
  readonly etcd: number;
  readonly etcdPeer: number;
}

const address = '127.0.0.1';
// 16,000 ports from 16384, below those that Linux hands out to outgoing connections (32768 and up).
const firstPort = 16_384;
const portGroups = 4_000;

/** Brings up etcd, the API server and the controller manager on loopback. No root, no containers. */
export async function controlPlaneUp(names: LabNames, report: Report): Promise<LabInfo> {
  const stateDir = stateFolder(names.name);
  const tools = await ensureTools(controlPlaneTools, report);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const pkiFolder = join(stateDir, 'pki');
  await part(report, 'certificates', () =>
    ensurePki(tools.pki, { folder: pkiFolder, apiAddress: address, serviceAddress, nodes: [] }),
  );
  const daemons = new Daemons(join(stateDir, 'run'));
  const admin = await startControlPlane(
    {
      daemons,
      kube: tools.kube,
      pkiFolder,
      dataFolder: dataFolder(stateDir),
      kubeconfigFolder: kubeconfigFolder(stateDir),
      context: names.context,
      address,
      ports: await choosePorts(join(stateDir, 'ports.json'), names.seed),
      wrap: (argv) => argv,
    },
    report,
  );
  const info: LabInfo = {
    name: names.name,
    level: 'control-plane',
    stateDir,
    kubeconfig: admin.kubeconfig,
    context: names.context,
  };
  writeIfChanged(join(stateDir, 'lab.json'), `${JSON.stringify(info, null, 2)}\n`);
  return info;
}

/** Stops the control plane's processes: the API server before its database, without which it does not end when asked. */
export async function controlPlaneDown(names: LabNames, report: Report): Promise<void> {
  const daemons = new Daemons(join(stateFolder(names.name), 'run'));
  if (daemons.list().every((daemon) => !daemon.running)) return;
  await part(report, 'stop control plane', async () => {
    // Its data goes too: nothing is lost by killing.
    for (const daemon of ['kube-controller-manager', 'kube-apiserver', 'etcd']) await daemons.stop(daemon, 0);
  });
}

/** Loses everything that the API server knew; an empty cluster takes its place, at the same address. */
export async function controlPlaneWipe(names: LabNames, report: Report): Promise<LabInfo> {
  await controlPlaneDown(names, report);
  const stateDir = stateFolder(names.name);
  rmSync(dataFolder(stateDir), { recursive: true, force: true });
  rmSync(kubectlCache(kubeconfigFolder(stateDir)), { recursive: true, force: true });
  return controlPlaneUp(names, report);
}

function dataFolder(stateDir: string): string {
  return join(stateDir, 'data');
}

function kubeconfigFolder(stateDir: string): string {
  return join(stateDir, 'kubeconfigs');
}

/** The ports of a lab: the first free group, searched from a place that its name gives; remembered once chosen. */
async function choosePorts(file: string, seed: number): Promise<Ports> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  } catch {
    // Not chosen yet.
  }
  for (let step = 0; step < portGroups; step += 1) {
    const ports = portsAt(seed + step);
    const free = await Promise.all(Object.values(ports).map(isFree));
    if (!free.every(Boolean)) continue;
    writeIfChanged(file, JSON.stringify(ports));
    return ports;
  }
  throw new LabError(`no three free ports between ${firstPort} and ${firstPort + portGroups * 4}`);
}

/** Group number `index` of ports, counted round. */
export function portsAt(index: number): Ports {
  const base = firstPort + (index % portGroups) * 4;
  return { api: base, etcd: base + 1, etcdPeer: base + 2 };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
