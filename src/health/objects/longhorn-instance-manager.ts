import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/** Runs. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/instancemanager.go InstanceManagerState. */
export const longhornInstanceManager: KindRule = {
  group: 'longhorn.io',
  kind: 'InstanceManager',
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'currentState'),
      { healthy: ['running'], progressing: ['starting', 'stopped', 'unknown'], degraded: ['error'] },
      { writer: 'Longhorn', field: 'state' },
    ),
};
