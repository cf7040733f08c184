import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, textAt } from '../read.ts';

/** Completed. walArchivingFailing is waited out by the operator. Source: CloudNativePG 1.27, api/v1/backup_types.go BackupPhase. */
export const cnpgBackup: KindRule = {
  group: 'postgresql.cnpg.io',
  kind: 'Backup',
  terminal: ['Failed', 'InvalidDefinition'],
  assess(object) {
    const phase = textAt(object, 'status', 'phase');
    const error = after(textAt(object, 'status', 'error'));
    switch (phase) {
      case undefined:
        return progressing('NoStatus', 'its operator has not begun with it');
      case 'completed':
        return healthy('Completed');
      case 'failed':
        return degraded('Failed', `has failed${error}`);
      case 'walArchivingFailing':
        return degraded('WalArchivingFailing', `waits for WAL archiving, which fails${error}`);
      case 'invalid backup definition':
        return degraded('InvalidDefinition', `its definition is not valid${error}`);
      default:
        return progressing('Running', `phase is ${phase}`);
    }
  },
};
