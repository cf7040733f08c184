import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kubectlCache } from './api.ts';
import type { Admin } from './api.ts';
import { awaitIngress, ingressPort, startIngress } from './addons/ingress.ts';
import { startCsi } from './addons/csi.ts';
import { startDns } from './addons/dns.ts';
import { awaitVelero, installVelero } from './addons/velero.ts';
import { ensureTools } from './build.ts';
import { applyKinds, manifestFiles } from './crds.ts';
import { cacheFolder, stateFolder } from './cache.ts';
import { serviceAddress, startControlPlane } from './control-plane.ts';
import type { ControlPlaneSettings } from './control-plane.ts';
import { note, part, together } from './events.ts';
import type { Report } from './events.ts';
import { writeIfChanged } from './files.ts';
import { ensureEngineImage, type EngineName } from './images/engines.ts';
import { ensureDataImages, ensureImages } from './images/images.ts';
import type { ImageArchive } from './images/images.ts';
import { guestsOf, homeOf, rememberJoin } from './joins.ts';
import type { Home } from './joins.ts';
import type { LabInfo } from './lab.ts';
import { Machine } from './machine.ts';
import { checkout } from './names.ts';
import type { LabNames } from './names.ts';
import { chooseRange, connectLabs } from './network.ts';
import { importImages, markContainersLost, startContainers } from './containers.ts';
import { nodeName, startNode } from './node.ts';
import type { NodeSettings } from './node.ts';
import { placesOf } from './places.ts';
import type { SitePlaces } from './places.ts';
import { ensurePki } from './pki.ts';
import { ensurePrograms, withFreshPackageLists } from './programs.ts';
import type { Programs } from './programs.ts';
import { awaitPoolFree, bucket, ensurePool, hasBackups, joinStorage, leaveStorage } from './storage.ts';
import { s3Endpoint, s3Keys, startStorage } from './storage.ts';
import { siteTools } from './tools.ts';
import type { ToolPaths } from './tools.ts';

// What the lab's own pods are made of: the sandbox of every pod, and Velero.
const ownImages = /\/(pause|velero[^/]*):/;

interface Site {
  readonly machine: Machine;
  readonly places: SitePlaces;
  readonly programs: Programs;
  readonly tools: ToolPaths;
  readonly images: readonly ImageArchive[];
  /** The lab that this one is joined to. */
  readonly home?: Home;
}

/** Brings up a whole site; parts that run are left alone. `joins`: the lab whose bucket and pool it works with. */
export async function siteUp(names: LabNames, joins: string | undefined, report: Report): Promise<LabInfo> {
  const site = await prepareSite(names, joins, report);
  return startSite(site, report);
}

/** Loses the cluster: its database, its node's state and everything that ran. The bucket and the pool stay, and an empty cluster comes up. */
export async function siteWipe(names: LabNames, joins: string | undefined, report: Report): Promise<LabInfo> {
  const site = await prepareSite(names, joins, report);
  await part(report, 'lose the cluster', async () => {
    await site.machine.stop();
    rmSync(site.places.cluster, { recursive: true, force: true });
    rmSync(kubectlCache(site.places.kubeconfigs), { recursive: true, force: true });
    markContainersLost(site.places);
  });
  return startSite(site, report);
}

/** Brings images of engines, built where they are missing, to a site that runs. */
export async function siteAddEngines(names: LabNames, engines: readonly EngineName[], report: Report): Promise<void> {
  const stateDir = stateFolder(names.name);
  const cacheDir = cacheFolder();
  const places = placesOf(stateDir, cacheDir);
  const programs = await ensurePrograms(places.bin, report);
  const { kube } = await ensureTools(['kube'], report);
  const range = await chooseRange(join(stateDir, 'range.json'), names);
  const machine = new Machine(names, range, stateDir, programs.environment);
  const ferretdb = async (): Promise<string> => (await ensureTools(['ferretdb'], report)).ferretdb;
  const context = { cacheDir, ferretdb, report: (message: string): void => note(report, 'images', message) };
  const images: ImageArchive[] = [];
  for (const engine of engines) {
    const build = (): Promise<ImageArchive> => ensureEngineImage(context, engine);
    images.push(await part(report, `image of ${engine}`, () => withFreshPackageLists(report, build)));
  }
  await importImages({ machine, places, programs, kube }, images, 'engine images', report);
}

/** Ends everything of a site on this machine. Its files are left for the caller to delete. */
export async function siteDown(names: LabNames, joins: string | undefined, report: Report): Promise<void> {
  const stateDir = stateFolder(names.name);
  const rangeFile = join(stateDir, 'range.json');
  if (!existsSync(rangeFile)) return;
  await part(report, 'stop the site', async () => {
    const machine = new Machine(names, await chooseRange(rangeFile, names), stateDir, {});
    await machine.stop();
    await awaitPoolFree(placesOf(stateDir, cacheFolder()).poolImage, 20);
  });
  if (joins !== undefined) await leave(names, joins, report);
}

// Its volumes and snapshots lie in a pool that stays.
async function leave(names: LabNames, joins: string, report: Report): Promise<void> {
  let home: Home;
  try {
    home = homeOf(joins);
  } catch {
    note(report, 'leave the pool', `lab ${joins} is not up: what lab ${names.name} made in its pool stays there`);
    return;
  }
  const tools = await ensureTools(['lab-csi'], report);
  await part(report, 'leave the pool', () => leaveStorage(names.name, home, tools));
}

// Builds, downloads, images and addresses: all that does not need the lab to run.
async function prepareSite(names: LabNames, joins: string | undefined, report: Report): Promise<Site> {
  const home = joins === undefined ? {} : { home: homeOf(joins) };
  const stateDir = stateFolder(names.name);
  const cache = cacheFolder();
  const places = placesOf(stateDir, cache);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (joins !== undefined) rememberJoin(names.name, joins);
  const programs = await ensurePrograms(places.bin, report);
  // The images' root file system comes over the network while the processors compile.
  const say = (message: string): void => note(report, 'images', message);
  const data = part(report, 'database images', () =>
    withFreshPackageLists(report, () => ensureDataImages({ cacheDir: cache, report: say })),
  );
  const [tools] = await together([ensureTools(siteTools, report), data]);
  const images = await part(report, 'images', () => ensureImages({ cacheDir: cache, tools, report: say }));
  const range = await chooseRange(join(stateDir, 'range.json'), names);
  const machine = new Machine(names, range, stateDir, programs.environment);
  return { machine, places, programs, tools, images, ...home };
}

async function startSite(site: Site, report: Report): Promise<LabInfo> {
  const { machine, places, home } = site;
  const { names, range } = machine;
  await part(report, 'namespaces and link', () => machine.start(join(checkout, 'lab/machine-init.sh'), places.seen));
  await plugCables(site);
  const admin = await startFoundation(site, report);
  const endpoint = home?.endpoint ?? s3Endpoint(range);
  await startAddons(site, admin, endpoint, report);
  const info: LabInfo = {
    name: names.name,
    level: 'site',
    stateDir: places.stateDir,
    kubeconfig: admin.kubeconfig,
    context: names.context,
    ingress: { address: range.nodeAddress, port: ingressPort },
    s3: { endpoint, bucket },
    nodeAddress: range.nodeAddress,
    ...(home === undefined ? {} : { joins: home.machine.names.name }),
  };
  writeIfChanged(join(places.stateDir, 'lab.json'), `${JSON.stringify(info, null, 2)}\n`);
  return info;
}

// A cable goes with either of its ends: a lab that was started anew is without those to the labs that are joined to it.
async function plugCables({ machine, home }: Site): Promise<void> {
  const pairs =
    home === undefined
      ? guestsOf(machine.names.name).map((guest) => ({ from: machine, to: guest }))
      : [{ from: home.machine, to: machine }];
  for (const { from, to } of pairs)
    await connectLabs(
      to.names.joinInterface,
      { pid: from.initPid(), range: from.range },
      { pid: to.initPid(), range: to.range },
    );
}

// Everything below the API: certificates, containers with their images, storage, the control plane.
async function startFoundation(site: Site, report: Report): Promise<Admin> {
  const { machine, places, programs, tools } = site;
  const { nodeAddress } = machine.range;
  const nodes = [{ name: nodeName, address: nodeAddress }];
  await part(report, 'certificates', () =>
    ensurePki(tools.pki, { folder: places.pki, apiAddress: nodeAddress, serviceAddress, nodes }),
  );
  const controlPlane: ControlPlaneSettings = {
    daemons: machine.daemons,
    kube: tools.kube,
    pkiFolder: places.pki,
    dataFolder: places.cluster,
    kubeconfigFolder: places.kubeconfigs,
    context: machine.names.context,
    address: nodeAddress,
    ports: { api: 6443, etcd: 2379, etcdPeer: 2380 },
    wrap: (argv) => machine.wrap(argv),
  };
  const storage =
    site.home === undefined
      ? part(report, 'storage and S3', async () => {
          await ensurePool(places, programs);
          const isShared = guestsOf(machine.names.name).length > 0;
          await startStorage({ machine, tools, nodeName }, places, isShared);
        })
      : joined(site, site.home, report);
  const containers = part(report, 'containerd', () => startContainers(nodeSettings(site)));
  const [admin] = await together([startControlPlane(controlPlane, report), storage, containers]);
  return admin;
}

function joined({ machine, tools }: Site, home: Home, report: Report): Promise<void> {
  return part(report, `storage and S3 of lab ${home.machine.names.name}`, () =>
    joinStorage({ machine, tools, nodeName }, home),
  );
}

// The node, and what every cluster of the lab has from its first minute on.
async function startAddons(site: Site, admin: Admin, endpoint: string, report: Report): Promise<void> {
  const { machine, places, programs, tools, home } = site;
  const store = home?.places ?? places;
  const kinds = part(report, 'kinds of Velero, CSI and ingress', async () => {
    const sets = await Promise.all((['snapshot', 'velero', 'contour'] as const).map(manifestFiles));
    await applyKinds(admin, sets.flat());
  });
  const dns = part(report, 'names (DNS)', () => startDns(machine, places, tools.coredns, admin));
  const own = site.images.filter(({ images }) => images.some((image) => ownImages.test(image)));
  const ownImported = importImages(nodeSettings(site), own, 'lab images', report);
  await together([startNode(nodeSettings(site), admin, report), kinds, dns, ownImported]);
  await together([
    // The databases' images are ten times as large, and nothing of the lab itself waits for them.
    importImages(nodeSettings(site), site.images, 'site images', report),
    part(report, 'CSI', () => startCsi(machine, admin, tools, nodeName)),
    part(report, 'Velero', async () => {
      await installVelero(admin, { endpoint, bucket, keys: s3Keys(store), isReadOnly: home !== undefined });
      await awaitVelero(admin, hasBackups(store));
    }),
    part(report, 'ingress controller', async () => {
      await startIngress(machine, places, tools.contour, programs.envoy, admin);
      await awaitIngress(machine);
    }),
  ]);
}

function nodeSettings({ machine, places, programs, tools }: Site): NodeSettings {
  return { machine, places, programs, kube: tools.kube };
}
