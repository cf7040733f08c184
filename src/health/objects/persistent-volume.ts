import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, textAt } from '../read.ts';

/** Bound or Available. Released still names a claim that is gone: no new one can bind it. Source: core/v1 PersistentVolumePhase, Kubernetes 1.34. */
export const persistentVolume: KindRule = {
  group: '',
  kind: 'PersistentVolume',
  terminal: ['VolumeFailed', 'VolumeReleased'],
  assess(object) {
    const phase = textAt(object, 'status', 'phase');
    const claim = `${textAt(object, 'spec', 'claimRef', 'namespace') ?? ''}/${textAt(object, 'spec', 'claimRef', 'name') ?? ''}`;
    switch (phase) {
      case 'Bound':
        return healthy('Bound', `bound to ${claim}`);
      case 'Available':
        return healthy('Available');
      case 'Released':
        return degraded(
          'VolumeReleased',
          `still names the claim ${claim}, which is gone; clear spec.claimRef to make it available`,
        );
      case 'Failed':
        return degraded('VolumeFailed', `reclaiming it failed${after(textAt(object, 'status', 'message'))}`);
      case undefined:
        return progressing('NoStatus', 'has no phase yet');
      default:
        return progressing(phase, `phase is ${phase}, expected Bound or Available`);
    }
  },
};
