import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import type { KubeObject } from '../kube/types.ts';
import { after, numberAt, textAt } from './read.ts';

/** Phases of a Velero object by what they mean. What is in none of them is Progressing: a newer Velero's word is no failure. */
export interface Phases {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** The verdict by `status.phase`; `why` tells what went wrong. Pure. */
export function byPhase(object: KubeObject, phases: Phases, why?: string): Verdict {
  const phase = textAt(object, 'status', 'phase');
  if (phase === undefined) return progressing('NoStatus', 'Velero has not begun with it');
  if (phases.good.includes(phase)) return healthy(phase);
  if (phases.bad.includes(phase)) return degraded(phase, `phase is ${phase}${after(why)}`);
  return progressing(phase, `phase is ${phase}${progressText(object)}`);
}

/** `, 3 of 13 items` or `, 5 of 20 bytes`, where Velero counts. */
function progressText(object: KubeObject): string {
  const items = numberAt(object, 'status', 'progress', 'totalItems');
  if (items !== undefined) {
    const done =
      numberAt(object, 'status', 'progress', 'itemsRestored') ??
      numberAt(object, 'status', 'progress', 'itemsBackedUp') ??
      0;
    return `, ${done} of ${items} items`;
  }
  const bytes = numberAt(object, 'status', 'progress', 'totalBytes');
  return bytes === undefined ? '' : `, ${numberAt(object, 'status', 'progress', 'bytesDone') ?? 0} of ${bytes} bytes`;
}

/** `2 errors, 1 warnings`, where there are any: Velero keeps the texts in its object store. */
export function countsText(object: KubeObject): string | undefined {
  const errors = numberAt(object, 'status', 'errors') ?? 0;
  const warnings = numberAt(object, 'status', 'warnings') ?? 0;
  return errors + warnings === 0 ? undefined : `${errors} errors, ${warnings} warnings`;
}

/** The phases of DataDownload, DataUpload, PodVolumeRestore and PodVolumeBackup: the data movers of Velero 1.18. */
export const dataMoverPhases: Phases = { good: ['Completed'], bad: ['Failed', 'Canceled'] };
