import { degraded, healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { fieldsAt, textAt, valueAt } from '../read.ts';
import { isRecord } from '../../kube/read.ts';

/**
 * Its newest migration got through: what the other site would be brought up from. One that failed is followed by the
 * next. Source: Stork 24.3, pkg/apis/stork/v1alpha1/migrationschedule.go.
 */
export const storkMigrationSchedule: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'MigrationSchedule',
  aside: (object) =>
    valueAt(object, 'spec', 'suspend') === true
      ? suspended('Suspended', 'makes no migrations: spec.suspend is true')
      : undefined,
  assess(object) {
    const runs = Object.values(fieldsAt(object, 'status', 'items'))
      .flat()
      .filter(isRecord);
    const started = (run: unknown): string => textAt(run, 'creationTimestamp') ?? '';
    // A run that was purged says nothing; of the others the newest counts.
    const [newest] = runs
      .filter((run) => textAt(run, 'status') !== 'Purged')
      .toSorted((a, b) => started(b).localeCompare(started(a)));
    if (newest === undefined) return progressing('NoStatus', 'no migration of it has been made yet');
    const [name, status] = [textAt(newest, 'name') ?? '?', textAt(newest, 'status') ?? 'not begun'];
    if (status === 'Successful') return healthy('Successful', `migration ${name} got through`);
    if (status === 'Failed' || status === 'PartialSuccess')
      return degraded(`Last${status}`, `migration ${name} is ${status}; the next may get through`);
    return progressing('Migrating', `migration ${name} is ${status}`);
  },
};
