import { progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/**
 * The addresses are fenced, or let in again, as the spec says now. The result carries no generation; its message tells
 * which of the two it was. Source: csi-addons 0.14, api/csiaddons/v1alpha1/networkfence_types.go; internal/controller/csiaddons/networkfence_controller.go.
 */
export const networkFence: KindRule = {
  group: 'csiaddons.openshift.io',
  kind: 'NetworkFence',
  assess(object) {
    const result = textAt(object, 'status', 'result');
    const message = textAt(object, 'status', 'message') ?? '';
    const wanted = textAt(object, 'spec', 'fenceState') ?? 'Fenced';
    const did = /^unfencing /u.test(message) ? 'Unfenced' : 'Fenced';
    if (result === 'Succeeded' && did !== wanted)
      return progressing('StaleResult', `was ${did} with success, shall now be ${wanted}`);
    return byWord(
      result,
      { healthy: ['Succeeded'], progressing: [], degraded: ['Failed'] },
      { writer: 'csi-addons', field: 'result', why: message },
    );
  },
};
