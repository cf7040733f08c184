import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';
import { byCondition } from './by-status.ts';
import { after, conditionOf, valueAt, type Condition } from './read.ts';

const group = 'k8s.mariadb.com';
const writer = 'its operator';

/** `Ready=False` reasons of MariaDB and MaxScale that are a step on the way. Any other is an error, which is tried again. */
const onTheWay: readonly string[] = [
  'StatefulSetNotReady',
  'GaleraNotReady',
  'GaleraInitializing',
  'MaxScaleNotReady',
  'Initializing',
  'RestoreBackup',
  'RestorePhysicalBackup',
  'ReplayBinlogs',
  'ArchiveBinlogs',
  'SwitchPrimary',
  'ScalingOut',
  'ReplicaRecovering',
  'Updating',
  'ResizingStorage',
  'WaitStorageResize',
];

/** `Ready` reasons by which a person holds it; `Maintenance` and `PendingUpdate` (updates only by hand) are True all the same. */
const held: readonly string[] = ['Suspended', 'Maintenance', 'Cordoned', 'PendingUpdate'];

/** Suspended by its spec. Source: mariadb-operator 26.6, api/v1alpha1/base_types.go SuspendTemplate. */
export function mariadbAside(object: KubeObject): Verdict | undefined {
  return valueAt(object, 'spec', 'suspend') === true
    ? suspended('Suspended', 'its operator leaves it alone: spec.suspend is true')
    : undefined;
}

/**
 * The condition `Ready` of what runs. Not every True is good: `Initializing` is True once the job that prepares the data has
 * ended, before any server runs. Source: mariadb-operator 26.6 (`v25.8` alike), pkg/condition/ready.go, api/v1alpha1/condition_types.go.
 */
export function mariadbReady(object: KubeObject): Verdict {
  const ready = conditionOf(object, 'Ready');
  if (ready !== undefined && held.includes(ready.reason)) return suspended(ready.reason, textOf(ready));
  if (ready?.status === 'True' && ready.reason === 'Initializing') return progressing('Initializing', textOf(ready));
  return plain(object, onTheWay);
}

/** A server that does not answer is written as `Ready=False` with reason `Healthy`, which may not stand in a verdict that is not. */
function plain(object: KubeObject, waiting: readonly string[] = []): Verdict {
  const verdict = byCondition(conditionOf(object, 'Ready'), { writer, waiting });
  return verdict.verdict === 'Degraded' && verdict.reason === 'Healthy' ? { ...verdict, reason: 'Unhealthy' } : verdict;
}

/** The rule of what is declared inside a server (a database, a user, a grant): `Ready`, tried again while its server is not there. */
export function mariadbDeclared(kind: string): KindRule {
  return { group, kind, assess: (object) => plain(object) };
}

/**
 * The rule of what runs once or by a schedule, by the condition `Complete`. True is no success by itself: it is True with reason JobFailed too.
 * A schedule that has not run yet and one whose last run failed are both `CronJobScheduled`, told apart by the message
 * alone. A job that has failed is not made again. Source: mariadb-operator 26.6, pkg/condition/complete.go, condition_types.go.
 */
export function mariadbComplete(kind: string, terminal: readonly string[] = ['JobFailed']): KindRule {
  return {
    group,
    kind,
    terminal,
    aside: (object) =>
      valueAt(object, 'spec', 'schedule', 'suspend') === true
        ? suspended('Suspended', 'is suspended: spec.schedule.suspend is true')
        : undefined,
    assess: byComplete,
  };
}

function byComplete(object: KubeObject): Verdict {
  const complete = conditionOf(object, 'Complete');
  if (complete === undefined) return progressing('NoStatus', `${writer} has not reported Complete yet`);
  const message = textOf(complete);
  const { reason } = complete;
  if (reason === 'CronJobScheduled')
    return /^Failed/iu.test(complete.message)
      ? degraded('LastRunFailed', `its last run failed: ${message}`)
      : healthy('Scheduled', 'is scheduled, and has not run yet');
  if (reason === 'JobFailed' || reason === 'SnapshotFailed') return degraded(reason, message);
  if (reason === 'JobSuspended' || reason === 'SnapshotSuspended') return suspended(reason, message);
  if (complete.status === 'True') return healthy(reason || 'Complete', message);
  if (reason === 'Failed' && !/not ready|not complete/iu.test(complete.message)) return degraded('CannotRun', message);
  return progressing(reason === 'Failed' ? 'WaitsForAnother' : reason || 'NotComplete', message);
}

function textOf(condition: Condition): string {
  return `${condition.type}=${condition.status}${after([condition.reason, condition.message].filter(Boolean).join(', '))}`;
}
