import type { DriverContext, StopOptions } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import { listAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { type ObjectRef, refText } from '../model/verdict.ts';

/** On a Job that an ended run has suspended, with the recovery's id: one that is suspended otherwise is left so. */
const stoppedAnnotation = 'rekindle.dev/stopped-by';

function isJob({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'Job' && apiVersion.startsWith('batch/');
}

function refOf({ apiVersion, kind, metadata: { name, namespace = '' } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, namespace };
}

/** Whether a Job still has something to do: neither complete nor failed, and not stopped already. */
function isAtWork(job: KubeObject): boolean {
  if (valueAt(job, 'spec', 'suspend') === true) return false;
  return !listAt(job, 'status', 'conditions').some(
    (condition) =>
      ['Complete', 'Failed'].includes(String(valueAt(condition, 'type'))) && valueAt(condition, 'status') === 'True',
  );
}

function isStoppedBy(job: KubeObject, recovery: string): boolean {
  return job.metadata.annotations?.[stoppedAnnotation] === recovery;
}

/** Suspends a Job that is at work; with `undo` it is removed with its pods. A line where something was done; of another object none. */
export async function stopJob(ctx: DriverContext, live: KubeObject, { undo }: StopOptions): Promise<readonly string[]> {
  if (!isJob(live) || !(isAtWork(live) || isStoppedBy(live, ctx.recovery))) return [];
  const { kube, signal, recovery } = ctx;
  const ref = refOf(live);
  const what = refText(ref);
  try {
    const body = { spec: { suspend: true }, metadata: { annotations: { [stoppedAnnotation]: recovery } } };
    await kube.patch(ref, 'merge', body, { signal });
  } catch (error) {
    return [refusedText(error, `${what} is still at work and may not be suspended from here`)];
  }
  const suspended = `${what} was still at work and was suspended`;
  if (!undo) return [suspended];
  try {
    const { uid } = live.metadata;
    await kube.remove(ref, { signal, propagation: 'Background', ...(uid ? { uid } : {}) });
    return [`${what} was still at work and was removed`];
  } catch (error) {
    return [refusedText(error, `${suspended}; it may not be removed from here`)];
  }
}

/** Lets a Job that an earlier run of the recovery has suspended go on, before it is applied again. */
export async function startAgain(ctx: DriverContext, wanted: KubeObject): Promise<void> {
  if (!isJob(wanted)) return;
  const { kube, signal, recovery } = ctx;
  const ref = refOf(wanted);
  const live = await kube.get(ref, { signal });
  if (!live || !isStoppedBy(live, recovery)) return;
  const suspend = valueAt(wanted, 'spec', 'suspend') === true;
  const body = { spec: { suspend }, metadata: { annotations: { [stoppedAnnotation]: null } } };
  await kube.patch(ref, 'merge', body, { signal });
}

function refusedText(error: unknown, what: string): string {
  if (!(error instanceof KubeError) || error.code !== 403) throw error;
  return `${what}: ${error.message}`;
}
