import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, textAt, valueAt } from '../read.ts';

/** The operator has applied it in the cluster; it tries again when it could not. Source: CloudNativePG 1.27, api/v1/database_types.go DatabaseStatus. */
export const cnpgDatabase: KindRule = {
  group: 'postgresql.cnpg.io',
  kind: 'Database',
  assess(object) {
    const applied = valueAt(object, 'status', 'applied');
    if (applied === true) return healthy('Applied');
    if (applied === false)
      return degraded('NotApplied', `could not be applied${after(textAt(object, 'status', 'message'))}`);
    return progressing('NoStatus', 'its operator has not applied it yet');
  },
};
