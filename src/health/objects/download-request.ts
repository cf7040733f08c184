import type { KindRule } from '../assess.ts';
import { byPhase } from '../velero.ts';

/** Velero has written where the file can be had. Source: Velero 1.18.3, download_request_types.go. */
export const downloadRequest: KindRule = {
  group: 'velero.io',
  kind: 'DownloadRequest',
  assess: (object) => byPhase(object, { good: ['Processed'], bad: [] }),
};
