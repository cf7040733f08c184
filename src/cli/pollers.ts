/** Who takes runs: the workers that polled our task queue lately. */
import { taskQueue } from '../model/run.ts';
import type { Temporal } from '../temporal.ts';

const taskQueueTypeWorkflow = 1; // temporal.api.enums.v1.TaskQueueType
// A poll lasts a minute: a worker that has not polled for longer is gone.
const freshMs = 70_000;

/** The identities of the workers that poll. */
export async function pollers(temporal: Temporal): Promise<readonly string[]> {
  const described = await temporal.connection.workflowService.describeTaskQueue({
    namespace: temporal.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: taskQueueTypeWorkflow,
  });
  return (described.pollers ?? []).flatMap(({ identity, lastAccessTime }) =>
    Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < freshMs ? [identity ?? ''] : [],
  );
}
