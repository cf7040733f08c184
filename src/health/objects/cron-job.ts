import type { KubeObject } from '../../kube/types.ts';
import { healthy, suspended } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { conditionsOf, dateAt, textAt, valueAt } from '../read.ts';
import { podNeeds } from '../workload.ts';
import { job } from './job.ts';

/**
 * Healthy by being there: its status stays empty until the first time it runs, a month later perhaps. A last run that failed
 * is told and no more: the next one may be a day away, and no gate could wait for it. Source: batch/v1 CronJobStatus, Kubernetes 1.34.
 */
export const cronJob: KindRule = {
  group: 'batch',
  kind: 'CronJob',
  needs: [...podNeeds, { apiVersion: 'batch/v1', kind: 'Job' }],
  assess(object, related, now) {
    if (valueAt(object, 'spec', 'suspend') === true)
      return suspended('Suspended', 'is suspended: spec.suspend is true');
    const schedule = `runs by the schedule ${textAt(object, 'spec', 'schedule') ?? 'that it has'}`;
    const last = lastRunSucceeded(object) ? undefined : newestJob(object, related);
    if (last === undefined || !hasFailed(last)) return healthy('Scheduled', schedule);
    return healthy(
      'Scheduled',
      `${schedule}; its last job ${last.metadata.name} ${job.assess(last, related, now).message}`,
    );
  },
};

/** Asked first: what has nothing to tell fetches no jobs. */
function lastRunSucceeded(object: KubeObject): boolean {
  const [started, succeeded] = [
    dateAt(object, 'status', 'lastScheduleTime'),
    dateAt(object, 'status', 'lastSuccessfulTime'),
  ];
  return started === undefined || (succeeded !== undefined && succeeded >= started);
}

function newestJob(object: KubeObject, related: Related): KubeObject | undefined {
  const made = (one: KubeObject): number => dateAt(one, 'metadata', 'creationTimestamp')?.getTime() ?? 0;
  const own = related
    .of('Job', object.metadata.namespace)
    .filter((one) =>
      (one.metadata.ownerReferences ?? []).some(
        ({ kind, name }) => kind === 'CronJob' && name === object.metadata.name,
      ),
    );
  return own.toSorted((a, b) => made(b) - made(a))[0];
}

function hasFailed(one: KubeObject): boolean {
  return conditionsOf(one).some(({ type, status }) => type === 'Failed' && status === 'True');
}
