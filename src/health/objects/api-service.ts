import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf } from '../read.ts';

/**
 * Available, as the aggregator finds it. One that stays unavailable blocks discovery and the deletion of namespaces, but it
 * mends as soon as its pods answer. Source: apiregistration.k8s.io/v1 APIServiceConditionType, kube-aggregator 1.34.
 */
export const apiService: KindRule = {
  group: 'apiregistration.k8s.io',
  kind: 'APIService',
  assess(object) {
    const available = conditionOf(object, 'Available');
    if (available === undefined) return progressing('NoStatus', 'the aggregator has not looked at it yet');
    if (available.status === 'True') return healthy('Available');
    return progressing(available.reason || 'NotAvailable', `is not available${after(available.message)}`);
  },
};
