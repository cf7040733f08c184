import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf, secondsBetween } from '../read.ts';

/** Its pods may come up so long after it before that is wrong. */
const graceMs = 2 * 60_000;

/**
 * Available, as the aggregator finds it. One that stays unavailable blocks discovery and the deletion of namespaces, but it
 * mends as soon as its pods answer. Source: apiregistration.k8s.io/v1 APIServiceConditionType, kube-aggregator 1.34.
 */
export const apiService: KindRule = {
  group: 'apiregistration.k8s.io',
  kind: 'APIService',
  assess(object, _related, now) {
    const available = conditionOf(object, 'Available');
    if (available === undefined) return progressing('NoStatus', 'the aggregator has not looked at it yet');
    if (available.status === 'True') return healthy('Available');
    const { since, reason, message } = available;
    const text = `is not available${since === undefined ? '' : ` for ${secondsBetween(since, now)} s`}${after(message)}`;
    const isLasting = available.status === 'False' && since !== undefined && now.getTime() - since.getTime() > graceMs;
    return isLasting ? degraded(reason || 'NotAvailable', text) : progressing(reason || 'NotAvailable', text);
  },
};
