import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';
import { byPhase } from '../velero.ts';

/** The repository of file-system backups is open; Velero tries again when it is not. Source: Velero 1.18.3, backup_repository_types.go. */
export const backupRepository: KindRule = {
  group: 'velero.io',
  kind: 'BackupRepository',
  assess: (object) => byPhase(object, { good: ['Ready'], bad: ['NotReady'] }, textAt(object, 'status', 'message')),
};
