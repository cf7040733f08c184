import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';
import { byPhase, dataMoverPhases } from '../velero.ts';

/** The data mover has saved a volume. Source: Velero 1.18.3, pkg/apis/velero/v2alpha1/data_upload_types.go. */
export const dataUpload: KindRule = {
  group: 'velero.io',
  kind: 'DataUpload',
  assess: (object) => byPhase(object, dataMoverPhases, textAt(object, 'status', 'message')),
};
