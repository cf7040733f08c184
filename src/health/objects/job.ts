import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionsOf, numberAt, valueAt, type Condition } from '../read.ts';
import { counted, podNeeds, withPods } from '../workload.ts';

/**
 * Complete, or not: a job that runs is Progressing (kstatus calls it Current). The conditions' status counts, not their
 * type alone. Source: batch/v1 JobConditionType and Job reasons, Kubernetes 1.34.
 */
export const job: KindRule = {
  group: 'batch',
  kind: 'Job',
  needs: podNeeds,
  terminal: [
    'BackoffLimitExceeded',
    'DeadlineExceeded',
    'PodFailurePolicy',
    'FailedIndexes',
    'MaxFailedIndexesExceeded',
    'JobFailed',
  ],
  assess(object, related, now) {
    const base = fromStatus(object);
    if (base.verdict === 'Healthy' || base.verdict === 'Suspended') return base;
    const explained = withPods(base, object, related, now, (pods) => pods);
    // What ended the job stays its reason: its pods tell why.
    return base.verdict === 'Degraded' ? { ...base, message: explained.message } : explained;
  },
};

function fromStatus(object: KubeObject): Verdict {
  const conditions = conditionsOf(object).filter((condition) => condition.status === 'True');
  const find = (...types: readonly string[]): Condition | undefined =>
    conditions.find((condition) => types.includes(condition.type));
  const failure = find('Failed', 'FailureTarget');
  if (failure !== undefined) return degraded(failure.reason || 'JobFailed', `has failed${after(failure.message)}`);
  // SuccessCriteriaMet comes while the last pods still end.
  if (find('Complete', 'SuccessCriteriaMet') !== undefined)
    return healthy('Complete', `${counted(object, 'succeeded')} pods succeeded`);
  if (find('Suspended') !== undefined || valueAt(object, 'spec', 'suspend') === true)
    return suspended('Suspended', 'is suspended: spec.suspend is true');
  const wanted = numberAt(object, 'spec', 'completions') ?? 1;
  const [active, succeeded, failed] = [
    counted(object, 'active'),
    counted(object, 'succeeded'),
    counted(object, 'failed'),
  ];
  if (active + succeeded + failed === 0) return progressing('NotStarted', 'no pod of it runs yet');
  const failures = failed > 0 ? `, ${failed} failed` : '';
  return progressing('Running', `${succeeded} of ${wanted} pods succeeded, ${active} active${failures}`);
}
