import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/** Its sidecar is connected. Source: csi-addons 0.14, api/csiaddons/v1alpha1/csiaddonsnode_types.go. */
export const csiAddonsNode: KindRule = {
  group: 'csiaddons.openshift.io',
  kind: 'CSIAddonsNode',
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      { healthy: ['Connected'], progressing: ['Retrying'], degraded: ['Failed'] },
      { writer: 'csi-addons', field: 'state', why: textAt(object, 'status', 'message') },
    ),
};
