import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, fieldsAt, textAt } from '../read.ts';

/** At least one disk has a whole copy; Longhorn makes failed ones anew. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/backingimage.go BackingImageState. */
export const longhornBackingImage: KindRule = {
  group: 'longhorn.io',
  kind: 'BackingImage',
  assess(object) {
    const copies = Object.values(fieldsAt(object, 'status', 'diskFileStatusMap'));
    const of = (...states: readonly string[]): readonly unknown[] =>
      copies.filter((copy) => states.includes(textAt(copy, 'state') ?? ''));
    const counts = `${of('ready').length} of ${copies.length} copies ready`;
    if (of('ready').length > 0) return healthy('Ready', counts);
    const [failed] = of('failed', 'failed-and-cleanup');
    if (failed !== undefined && of('failed', 'failed-and-cleanup').length === copies.length)
      return degraded('CopiesFailed', `${counts}${after(textAt(failed, 'message'))}`);
    return progressing(copies.length === 0 ? 'NoStatus' : 'Copying', counts);
  },
};
