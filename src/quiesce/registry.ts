import { quiesceGroups, type QuiesceKindName } from '../model/quiesce.ts';
import { groupOf } from '../model/verdict.ts';
import type { QuiesceKind } from './kind.ts';
import { application } from './kinds/application.ts';
import { cronJob } from './kinds/cron-job.ts';
import { deployment } from './kinds/deployment.ts';
import { helmRelease } from './kinds/helm-release.ts';
import { horizontalPodAutoscaler } from './kinds/horizontal-pod-autoscaler.ts';
import { kustomization } from './kinds/kustomization.ts';
import { recurringJob } from './kinds/recurring-job.ts';
import { schedule } from './kinds/schedule.ts';
import { scheduledBackup } from './kinds/scheduled-backup.ts';
import { statefulSet } from './kinds/stateful-set.ts';

/** Every kind that can be stopped: one file in `kinds`, one line here. */
export const quiesceKinds = {
  Schedule: schedule,
  CronJob: cronJob,
  HorizontalPodAutoscaler: horizontalPodAutoscaler,
  Application: application,
  Kustomization: kustomization,
  HelmRelease: helmRelease,
  ScheduledBackup: scheduledBackup,
  RecurringJob: recurringJob,
  Deployment: deployment,
  StatefulSet: statefulSet,
} as const satisfies { readonly [K in QuiesceKindName]: QuiesceKind & { readonly kind: QuiesceKindName } };

/** The kind of an object, where it is one that can be stopped. */
export function quiesceKindOf(object: { readonly apiVersion: string; readonly kind: string }): QuiesceKind | undefined {
  if (!Object.hasOwn(quiesceKinds, object.kind)) return undefined;
  const found: QuiesceKind = quiesceKinds[object.kind as QuiesceKindName];
  return quiesceGroups[found.kind] === groupOf(object.apiVersion) ? found : undefined;
}
