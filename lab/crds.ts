import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { applyFiles, kubectl } from './api.ts';
import type { Admin } from './api.ts';
import { ensureTools } from './build.ts';
import { cacheFolder } from './cache.ts';
import { goEnvironment } from './go-toolchain.ts';
import type { LabInfo } from './lab.ts';
import { checkout } from './names.ts';
import { LabError, run, waitFor } from './run.ts';

interface ManifestSource {
  /** Folder below `lab/tools` whose go.mod pins the version. */
  readonly tools: string;
  readonly module: string;
  /** Files and folders of the module; of a folder, its YAML files. */
  readonly paths: readonly string[];
  readonly leaveOut?: RegExp;
}

/** Manifests that the modules publish beside their code, at the very version that is built. */
const sources = {
  velero: {
    tools: 'site',
    module: 'github.com/vmware-tanzu/velero',
    paths: ['config/crd/v1/bases', 'config/crd/v2alpha1/bases'],
  },
  // Group snapshots are an alpha feature that the lab leaves off.
  snapshot: {
    tools: 'site',
    module: 'github.com/kubernetes-csi/external-snapshotter/client/v8',
    paths: ['config/crd'],
    leaveOut: /^(groupsnapshot|kustomization)/,
  },
  cnpg: { tools: 'site', module: 'github.com/cloudnative-pg/cloudnative-pg', paths: ['config/crd/bases'] },
  'cnpg-operator': {
    tools: 'site',
    module: 'github.com/cloudnative-pg/cloudnative-pg',
    paths: ['releases/cnpg-1.27.0.yaml'],
  },
  contour: { tools: 'contour', module: 'github.com/projectcontour/contour', paths: ['examples/contour/01-crds.yaml'] },
} as const satisfies Record<string, ManifestSource>;

/** A set of manifests that can be had. */
export type ManifestSet = keyof typeof sources;

/** The files of a set, from the cache or, the first time, from the module (checked against go.sum). */
export async function manifestFiles(set: ManifestSet): Promise<string[]> {
  const source: ManifestSource = sources[set];
  const folder = join(cacheFolder(), 'manifests', `${set}-${pinnedVersion(source)}`);
  if (!existsSync(folder)) await copyFromModule(source, folder);
  return readdirSync(folder)
    .sort()
    .map((file) => join(folder, file));
}

/** Makes the kinds of these sets known to a lab's API server, with nobody behind them: tests write the statuses. */
export async function installCrds(lab: LabInfo, sets: readonly Exclude<ManifestSet, 'cnpg-operator'>[]): Promise<void> {
  const { kube } = await ensureTools(['kube'], () => undefined);
  const admin: Pick<Admin, 'kube' | 'kubeconfig'> = { kube, kubeconfig: lab.kubeconfig };
  const files = await Promise.all(sets.map(manifestFiles));
  await applyKinds(admin, files.flat());
}

/** Applies definitions of kinds and waits until objects of these kinds can be made. */
export async function applyKinds(admin: Pick<Admin, 'kube' | 'kubeconfig'>, files: readonly string[]): Promise<void> {
  await applyFiles(admin, files);
  // One question for all of them: kubectl's own wait asks for one after the other, twice as slow as making them.
  const established = '{range .items[*]}{.status.conditions[?(@.type=="Established")].status}{"\\n"}{end}';
  await waitFor('the new kinds can be used', 180, async () => {
    const answers = await kubectl(admin, ['get', 'customresourcedefinitions', `--output=jsonpath=${established}`]);
    return answers
      .split('\n')
      .slice(0, -1)
      .every((answer) => answer === 'True')
      ? true
      : undefined;
  });
}

function pinnedVersion(source: ManifestSource): string {
  const text = readFileSync(join(checkout, 'lab/tools', source.tools, 'go.mod'), 'utf8');
  const found = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([module]) => module === source.module);
  const version = found?.[1];
  if (version === undefined) throw new LabError(`lab/tools/${source.tools}/go.mod does not name ${source.module}`);
  return version;
}

async function copyFromModule(source: ManifestSource, folder: string): Promise<void> {
  const cwd = join(checkout, 'lab/tools', source.tools);
  const env = await goEnvironment(() => undefined);
  await run(['go', 'mod', 'download', source.module], { cwd, env });
  const module = (await run(['go', 'list', '-m', '-f', '{{.Dir}}', source.module], { cwd, env })).trim();
  const aside = `${folder}.${process.pid}.part`;
  mkdirSync(aside, { recursive: true });
  try {
    for (const path of source.paths) {
      const from = join(module, path);
      const files = path.endsWith('.yaml') ? [from] : readdirSync(from).map((file) => join(from, file));
      for (const file of files.filter(
        (one) => one.endsWith('.yaml') && source.leaveOut?.test(basename(one)) !== true,
      )) {
        cpSync(file, join(aside, basename(file)));
      }
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
