import type { KubeObject } from '../kube/types.ts';
import { countAt, textAt } from './fields.ts';

/**
 * Data that a Restore moves: a DataDownload (data mover) or a PodVolumeRestore (file-system backup). Both have the same
 * phases: "", New, Accepted, Prepared, InProgress, Canceling, Canceled, Completed, Failed. Velero 1.18.3, pkg/apis/velero.
 */
export type Volume = KubeObject;

/** Its phase, empty where nobody has taken it up. */
export function phaseOf(volume: Volume): string {
  return textAt(volume, 'status', 'phase') ?? '';
}

/** Whether it ended without its data. */
export function hasFailed(volume: Volume): boolean {
  return ['Failed', 'Canceled'].includes(phaseOf(volume));
}

/** Whether it still has something to do. */
export function isOpen(volume: Volume): boolean {
  return phaseOf(volume) !== 'Completed' && !hasFailed(volume);
}

/** What it fills: a claim, or a volume of a pod. */
export function targetOf(volume: Volume): string {
  const at = (...path: string[]): string => textAt(volume, 'spec', ...path) ?? '';
  return volume.kind === 'DataDownload'
    ? claimTarget(at('targetVolume', 'namespace'), at('targetVolume', 'pvc'))
    : podTarget(at('pod', 'namespace'), at('pod', 'name'), at('volume'));
}

/** A claim as something to be filled. */
export function claimTarget(namespace: string, name: string): string {
  return `claim ${namespace}/${name}`;
}

/** A volume of a pod, by the pod's own name for it, as something to be filled. */
export function podTarget(namespace: string, pod: string, volume: string): string {
  return `pod ${namespace}/${pod}/${volume}`;
}

/** Of volumes of several Restores: those whose last one did not bring the data. A Restore that died leaves such behind. */
export function unfilled(volumes: readonly Volume[]): readonly Volume[] {
  const newest = new Map<string, Volume>();
  const made = (volume: Volume): number => Date.parse(volume.metadata.creationTimestamp ?? '') || 0;
  for (const volume of volumes) {
    const known = newest.get(targetOf(volume));
    if (!known || made(volume) >= made(known)) newest.set(targetOf(volume), volume);
  }
  return [...newest.values()].filter((volume) => phaseOf(volume) !== 'Completed');
}

/** The open ones as the end of a reason, `; DataDownload x of claim shop/data …`; empty where all have ended. */
export function volumesText(volumes: readonly Volume[]): string {
  const open = volumes.filter((volume) => phaseOf(volume) !== 'Completed');
  if (open.length === 0) return '';
  const more = open.length > 3 ? `; and ${open.length - 3} more volumes` : '';
  const [total, done] = [sum(volumes, 'totalBytes'), sum(volumes, 'bytesDone')];
  const all = volumes.length > 1 && total > 0 ? `; ${bytesText(done, total)} of ${volumes.length} volumes` : '';
  return `${all}; ${open.slice(0, 3).map(volumeText).join('; ')}${more}`;
}

function sum(volumes: readonly Volume[], field: 'totalBytes' | 'bytesDone'): number {
  return volumes.reduce((all, volume) => all + countAt(volume, 'status', 'progress', field), 0);
}

/** One volume: whose data, where, how far, and what is wrong with it. */
export function volumeText(volume: Volume): string {
  const total = countAt(volume, 'status', 'progress', 'totalBytes');
  const done = total > 0 ? `, ${bytesText(countAt(volume, 'status', 'progress', 'bytesDone'), total)}` : '';
  const why = textAt(volume, 'status', 'message');
  const node = textAt(volume, 'status', 'node');
  return `${volume.kind} ${volume.metadata.name}${ofText(volume)}${node ? ` on node ${node}` : ''} is ${phaseOf(volume) || 'not taken up'}${done}${why ? ` (${why.slice(0, 200)})` : ''}`;
}

/** Whose data a PodVolumeRestore (a pod's) or DataDownload (a claim's) moves. */
function ofText(volume: Volume): string {
  const pod = textAt(volume, 'spec', 'pod', 'name');
  if (pod) return ` of Pod ${textAt(volume, 'spec', 'pod', 'namespace') ?? ''}/${pod}`;
  const claim = textAt(volume, 'spec', 'targetVolume', 'pvc');
  return claim ? ` of claim ${textAt(volume, 'spec', 'targetVolume', 'namespace') ?? ''}/${claim}` : '';
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `12.3 of 101 MiB`: in the unit that fits the whole, three figures. */
export function bytesText(done: number, total: number): string {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, total)) / 10)));
  const inUnit = (bytes: number): string => {
    const value = bytes / 1024 ** step;
    return step === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
  };
  return `${inUnit(done)} of ${inUnit(total)} ${units[step] ?? ''}`;
}
