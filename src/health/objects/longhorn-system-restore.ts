import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { conditionOf, textAt } from '../read.ts';

/** Completed. Longhorn does not try a failed one again. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/systemrestore.go. */
export const longhornSystemRestore: KindRule = {
  group: 'longhorn.io',
  kind: 'SystemRestore',
  terminal: ['Error'],
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      {
        healthy: ['Completed'],
        progressing: [
          'Pending',
          'Initializing',
          'Downloading',
          'Unpacking',
          'Restoring',
          'InProgress',
          'Unknown',
          'Deleting',
        ],
        degraded: ['Error'],
      },
      { writer: 'Longhorn', field: 'state', why: conditionOf(object, 'Error')?.message },
    ),
};
