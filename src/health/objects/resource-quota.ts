import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { fieldsAt } from '../read.ts';

/** Its controller has taken over every limit of the spec: before that the quota refuses pods. Source: core/v1 ResourceQuotaStatus, Kubernetes 1.34. */
export const resourceQuota: KindRule = {
  group: '',
  kind: 'ResourceQuota',
  assess(object) {
    const [wanted, seen, used] = [
      fieldsAt(object, 'spec', 'hard'),
      fieldsAt(object, 'status', 'hard'),
      fieldsAt(object, 'status', 'used'),
    ];
    const open = Object.keys(wanted).filter(
      (resource) => seen[resource] !== wanted[resource] || used[resource] === undefined,
    );
    if (open.length > 0)
      return progressing('NotCounted', `its controller has not counted ${open.slice(0, 3).join(', ')} yet`);
    return healthy('Counted');
  },
};
