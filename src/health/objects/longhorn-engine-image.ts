import { degraded } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { conditionOf, textAt, valueAt } from '../read.ts';

/** On every node, and of a version that this Longhorn can use. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/engineimage.go EngineImageStatus. */
export const longhornEngineImage: KindRule = {
  group: 'longhorn.io',
  kind: 'EngineImage',
  assess(object) {
    if (valueAt(object, 'status', 'incompatible') === true)
      return degraded('Incompatible', 'is of a version that this Longhorn cannot use');
    return byWord(
      textAt(object, 'status', 'state'),
      { healthy: ['deployed'], progressing: ['deploying'], degraded: [] },
      { writer: 'Longhorn', field: 'state', why: conditionOf(object, 'Ready')?.message },
    );
  },
};
