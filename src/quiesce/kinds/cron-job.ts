import { flagged, type QuiesceKind } from '../kind.ts';

/** Suspended it starts no job; one that runs already goes on. Kubernetes 1.34, pkg/controller/cronjob/cronjob_controllerv2.go. */
export const cronJob: QuiesceKind = {
  kind: 'CronJob',
  apiVersion: 'batch/v1',
  plural: 'cronjobs',
  ...flagged('suspend'),
};
