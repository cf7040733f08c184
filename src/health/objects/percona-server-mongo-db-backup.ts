import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/**
 * Ready: the backup is whole. An error is not tried again. Source: Percona Server for MongoDB operator 1.23,
 * pkg/apis/psmdb/v1/perconaservermongodbbackup_types.go BackupState; `rejected` is in it until 1.20.
 */
export const perconaServerMongoDbBackup: KindRule = {
  group: 'psmdb.percona.com',
  kind: 'PerconaServerMongoDBBackup',
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
