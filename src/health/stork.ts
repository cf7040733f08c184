import type { KubeObject } from '../kube/types.ts';
import { unknown, type Verdict } from '../model/verdict.ts';
import { byWord, type Words } from './by-status.ts';
import { listAt, textAt } from './read.ts';

/**
 * The words of all of Stork's kinds that run once. A part of the data that is missing is no success. An action that was
 * rolled back has done nothing. Source: Stork 24.3, pkg/apis/stork/v1alpha1 *StatusType.
 */
const words: Words = {
  healthy: ['Successful'],
  progressing: ['Pending', 'Scheduled', 'InProgress', 'In-Progress', 'Staged'],
  degraded: ['Failed', 'PartialSuccess', 'RollbackSuccessful', 'RollbackFailed'],
};

/** The verdict on one of Stork's kinds that run once; with the stage, and the first part of it that failed. Pure. */
export function storkVerdict(object: KubeObject): Verdict {
  const status = textAt(object, 'status', 'status');
  if (status === 'Purged') return unknown('Purged', 'its object was deleted: how it ended is not known any more');
  const verdict = byWord(status, words, {
    writer: 'Stork',
    field: 'status',
    why: failedPart(object) ?? textAt(object, 'status', 'reason'),
  });
  const stage = textAt(object, 'status', 'stage');
  return verdict.verdict === 'Healthy' || stage === undefined
    ? verdict
    : { ...verdict, message: `${verdict.message}, stage ${stage}` };
}

/** `orders: volume not found`, of the first volume or resource that did not get through. */
function failedPart(object: KubeObject): string | undefined {
  const parts = [...listAt(object, 'status', 'volumes'), ...listAt(object, 'status', 'resources')];
  const failed = parts.find((part) => ['Failed', 'PartialSuccess'].includes(textAt(part, 'status') ?? ''));
  if (failed === undefined) return undefined;
  const name =
    textAt(failed, 'persistentVolumeClaim') ??
    textAt(failed, 'pvc') ??
    textAt(failed, 'name') ??
    textAt(failed, 'volume');
  return `${name ?? 'a part'}: ${textAt(failed, 'reason') ?? textAt(failed, 'status') ?? ''}`;
}
