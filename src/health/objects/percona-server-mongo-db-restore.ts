import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/**
 * Ready: the data is back (of its cluster it says nothing). An error or a rejection is not tried again. Source: Percona Server for
 * MongoDB operator 1.23, pkg/apis/psmdb/v1/perconaservermongodbrestore_types.go RestoreState.
 */
export const perconaServerMongoDbRestore: KindRule = {
  group: 'psmdb.percona.com',
  kind: 'PerconaServerMongoDBRestore',
  terminal: ['Error', 'Rejected'],
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      {
        healthy: ['ready'],
        progressing: ['waiting', 'requested', 'running'],
        degraded: ['error', 'rejected'],
      },
      { writer: 'its operator', field: 'state', why: textAt(object, 'status', 'error') },
    ),
};
