import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/** Shares its volume, or is stopped because nobody mounts it. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/sharemanager.go ShareManagerState. */
export const longhornShareManager: KindRule = {
  group: 'longhorn.io',
  kind: 'ShareManager',
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      { healthy: ['running', 'stopped'], progressing: ['starting', 'stopping', 'unknown'], degraded: ['error'] },
      { writer: 'Longhorn', field: 'state' },
    ),
};
