import { degraded, healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf, textAt, valueAt } from '../read.ts';

/**
 * The backup store answers. Longhorn looks at it again and again, so what is away may come. The default one exists
 * without a URL too: no backup can be restored through it. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/backuptarget.go,
 * controller/backup_target_controller.go.
 */
export const longhornBackupTarget: KindRule = {
  group: 'longhorn.io',
  kind: 'BackupTarget',
  assess(object) {
    if (textAt(object, 'spec', 'backupTargetURL') === undefined)
      return suspended('NoUrl', 'names no backup store: spec.backupTargetURL is empty');
    // True means trouble here.
    const away = conditionOf(object, 'Unavailable');
    if (away?.status === 'True')
      return degraded('Unavailable', `the backup store does not answer${after(away.message)}`);
    if (valueAt(object, 'status', 'available') !== true)
      return progressing('NoStatus', 'Longhorn has not looked at the backup store yet');
    return healthy('Available');
  },
};
