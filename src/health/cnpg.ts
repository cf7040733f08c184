import { degraded, healthy, progressing } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';
import { after, textAt, valueAt } from './read.ts';

/**
 * The rule of what CloudNativePG declares inside a cluster: it has been applied there. The operator tries again when it
 * could not, so that is suspect alone: its cluster may be still to come.
 */
export function cnpgApplied(kind: string): KindRule {
  return {
    group: 'postgresql.cnpg.io',
    kind,
    assess(object) {
      const applied = valueAt(object, 'status', 'applied');
      if (applied === true) return healthy('Applied');
      if (applied === false)
        return degraded('NotApplied', `could not be applied${after(textAt(object, 'status', 'message'))}`);
      return progressing('NoStatus', 'its operator has not applied it yet');
    },
  };
}
