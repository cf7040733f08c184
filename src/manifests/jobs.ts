import { listAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';

/** Whether a Job still has something to do: neither complete nor failed, and not stopped already. */
export function isJobAtWork(object: KubeObject): boolean {
  if (object.kind !== 'Job' || !object.apiVersion.startsWith('batch/')) return false;
  if (valueAt(object, 'spec', 'suspend') === true) return false;
  return !listAt(object, 'status', 'conditions').some(
    (condition) =>
      ['Complete', 'Failed'].includes(String(valueAt(condition, 'type'))) && valueAt(condition, 'status') === 'True',
  );
}
