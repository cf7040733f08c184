import { flagged, type QuiesceKind } from '../kind.ts';

/** A paused Schedule makes no Backup; Backups by hand go on. Velero 1.18.3, pkg/apis/velero/v1/schedule_types.go; pkg/controller/schedule_controller.go. */
export const schedule: QuiesceKind = {
  kind: 'Schedule',
  apiVersion: 'velero.io/v1',
  plural: 'schedules',
  ...flagged('paused'),
};
