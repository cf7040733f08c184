import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, textAt, valueAt } from '../read.ts';

/** The volume is attached; the attacher tries again after an error. Source: storage.k8s.io/v1 VolumeAttachmentStatus, Kubernetes 1.34. */
export const volumeAttachment: KindRule = {
  group: 'storage.k8s.io',
  kind: 'VolumeAttachment',
  assess(object) {
    if (valueAt(object, 'status', 'attached') === true) return healthy('Attached');
    const error = textAt(object, 'status', 'attachError', 'message');
    if (error !== undefined) return degraded('AttachError', `cannot be attached${after(error)}`);
    return progressing('NotAttached', `is not attached to node ${textAt(object, 'spec', 'nodeName') ?? '?'} yet`);
  },
};
