import { healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { hasStatusContent, numberAt } from '../read.ts';

/** As many PgBouncer instances as it wants. Source: CloudNativePG 1.27, api/v1/pooler_types.go PoolerStatus. */
export const cnpgPooler: KindRule = {
  group: 'postgresql.cnpg.io',
  kind: 'Pooler',
  assess(object) {
    const wanted = numberAt(object, 'spec', 'instances') ?? 1;
    if (wanted === 0) return suspended('ScaledToZero', 'wants no instances: spec.instances is 0');
    if (!hasStatusContent(object)) return progressing('NoStatus', 'its operator has not reported on it yet');
    const there = numberAt(object, 'status', 'instances') ?? 0;
    return there < wanted
      ? progressing('LessInstances', `${there} of ${wanted} instances there`)
      : healthy('Running', `${there} of ${wanted} instances there`);
  },
};
