import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/**
 * Succeeded. A failed one, and a second one for the same cluster, is not tried again. Source: Percona XtraDB operator 1.20,
 * pkg/apis/pxc/v1/pxc_prestore_types.go RestoreState; `Preparing Cluster` is since 1.18.
 */
export const perconaXtraDbClusterRestore: KindRule = {
  group: 'pxc.percona.com',
  kind: 'PerconaXtraDBClusterRestore',
  terminal: ['Failed'],
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      {
        healthy: ['Succeeded'],
        progressing: [
          'Starting',
          'Stopping Cluster',
          'Restoring',
          'Preparing Cluster',
          'Starting Cluster',
          'Point-in-time recovering',
        ],
        degraded: ['Failed'],
      },
      { writer: 'its operator', field: 'state', why: textAt(object, 'status', 'comments') },
    ),
};
