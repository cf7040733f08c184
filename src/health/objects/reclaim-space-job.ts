import { progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { numberAt, textAt } from '../read.ts';

/** Ended well. A result is final: no retry follows it. Source: csi-addons 0.14, api/csiaddons/v1alpha1/reclaimspacejob_types.go; internal/controller/csiaddons/reclaimspacejob_controller.go. */
export const reclaimSpaceJob: KindRule = {
  group: 'csiaddons.openshift.io',
  kind: 'ReclaimSpaceJob',
  terminal: ['Failed'],
  assess(object) {
    const result = textAt(object, 'status', 'result');
    if (result === undefined && textAt(object, 'status', 'startTime') !== undefined)
      return progressing('Running', `is at work, retried ${numberAt(object, 'status', 'retries') ?? 0} times`);
    return byWord(
      result,
      { healthy: ['Succeeded'], progressing: [], degraded: ['Failed'] },
      { writer: 'csi-addons', field: 'result', why: textAt(object, 'status', 'message') },
    );
  },
};
