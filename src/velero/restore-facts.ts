import type { KubeClient, KubeObject } from '../kube/types.ts';
import { dataDownloadKind, podVolumeRestoreKind, restoreKind, restoreNameLabel } from './api.ts';
import { DownloadError, downloadJson } from './download.ts';
import { textAt } from './fields.ts';
import type { RestoreHandle } from './restore.ts';
import { aheadOf, type RestoreFacts } from './restore-state.ts';
import { parseResults, type ResultTexts } from './results.ts';
import { signTimes } from './sign-times.ts';
import { signsOf, type Surroundings } from './stuck.ts';
import { readSurroundings } from './surroundings.ts';
import { readWrapUp } from './unbound.ts';
import type { Volume } from './volumes.ts';

/** Reads what a look at a Restore needs: itself, its volumes and what stands around them, or who is ahead of it. */
export async function readRestoreFacts(
  kube: KubeClient,
  handle: RestoreHandle,
  signal: AbortSignal,
): Promise<RestoreFacts> {
  const { namespace, name } = handle.restore;
  const restore = await kube.get({ ...restoreKind, ...handle.restore }, { signal });
  const now = new Date();
  const base = { name: `${namespace}/${name}`, restore, now, errors: [], dataDownloads: [], podVolumeRestores: [] };
  const phase = textAt(restore, 'status', 'phase') ?? '';
  if (phase === '' || phase === 'New')
    return { ...base, ...(restore ? await queueFacts(kube, namespace, name, now, signal) : { others: [] }) };
  const [volumes, errors] = await Promise.all([
    volumesOf(kube, namespace, name, signal),
    phase === 'PartiallyFailed' ? resultTexts(kube, handle, 'errors', signal) : [],
  ]);
  const around = await aroundOf(kube, restore, volumes, now, signal);
  const wrapsUp = restore && phase.startsWith('Finalizing');
  return {
    ...base,
    ...(wrapsUp ? { wrapUp: await readWrapUp(kube, restore, signal) } : {}),
    others: [],
    errors,
    around,
    dataDownloads: volumes.filter(({ kind }) => kind === dataDownloadKind.kind),
    podVolumeRestores: volumes.filter(({ kind }) => kind === podVolumeRestoreKind.kind),
  };
}

/** The others in Velero's queue, and what the one at work is waiting for. */
async function queueFacts(
  kube: KubeClient,
  namespace: string,
  name: string,
  now: Date,
  signal: AbortSignal,
): Promise<Pick<RestoreFacts, 'others' | 'ahead'>> {
  const others = await listServed(kube, restoreKind, { namespace, signal });
  const ahead = aheadOf(others, name);
  if (!ahead) return { others };
  const volumes = await volumesOf(kube, namespace, ahead.metadata.name, signal);
  return { others, ahead: { volumes, around: await aroundOf(kube, ahead, volumes, now, signal) } };
}

/** What stands around a Restore's volumes, and since when something is seen to be wrong with it. */
async function aroundOf(
  kube: KubeClient,
  restore: KubeObject | undefined,
  volumes: readonly Volume[],
  now: Date,
  signal: AbortSignal,
): Promise<Surroundings> {
  const { uid = '', namespace = '' } = restore?.metadata ?? {};
  const around = await readSurroundings(kube, volumes, namespace, now, signal);
  const signs = signsOf(volumes, around, textAt(restore, 'status', 'phase') === 'InProgress');
  return { ...around, since: signTimes(kube, uid, signs, now) };
}

/** Both kinds of data that a Restore moves. */
function volumesOf(
  kube: KubeClient,
  namespace: string,
  restore: string,
  signal: AbortSignal,
): Promise<readonly Volume[]> {
  return listVolumes(kube, namespace, signal, `${restoreNameLabel}=${restore}`);
}

/** DataDownloads and PodVolumeRestores of Velero's namespace. */
export async function listVolumes(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
  labelSelector?: string,
): Promise<readonly Volume[]> {
  const options = { namespace, signal, ...(labelSelector ? { labelSelector } : {}) };
  const lists = await Promise.all([
    listServed(kube, dataDownloadKind, options),
    listServed(kube, podVolumeRestoreKind, options),
  ]);
  return lists.flat();
}

/** The kinds of data movement are not installed everywhere. */
async function listServed(
  kube: KubeClient,
  kind: { readonly apiVersion: string; readonly kind: string },
  options: { readonly namespace: string; readonly labelSelector?: string; readonly signal: AbortSignal },
): Promise<readonly KubeObject[]> {
  if (!(await kube.resource(kind, { signal: options.signal }))) return [];
  const { items } = await kube.list(kind, options);
  return items.map((item) => ({ ...item, ...kind }));
}

/** Texts of a Restore's errors or warnings; none where they cannot be read: they explain, they do not decide. */
export async function resultTexts(
  kube: KubeClient,
  handle: RestoreHandle,
  half: 'errors' | 'warnings',
  signal: AbortSignal,
): Promise<readonly ResultTexts[]> {
  try {
    return parseResults(await downloadJson(kube, { ...handle.restore, kind: 'RestoreResults' }, signal), half);
  } catch (error) {
    if (error instanceof DownloadError) return [];
    throw error;
  }
}
