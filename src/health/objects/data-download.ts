import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';
import { byPhase, dataMoverPhases } from '../velero.ts';

/** The data mover has brought a volume back. Source: Velero 1.18.3, pkg/apis/velero/v2alpha1/data_download_types.go. */
export const dataDownload: KindRule = {
  group: 'velero.io',
  kind: 'DataDownload',
  terminal: ['Failed', 'Canceled'],
  assess: (object) => byPhase(object, dataMoverPhases, textAt(object, 'status', 'message')),
};
