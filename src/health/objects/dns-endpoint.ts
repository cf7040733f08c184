import { progressing, unknown } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { listAt, numberAt, textAt } from '../read.ts';

/**
 * Never Healthy: external-dns writes its only field, the generation, when it reads the object, before any record is made,
 * and never says how that went. The check dnsResolves looks at the records themselves. Source: external-dns 0.20, source/crd.go Endpoints.
 */
export const dnsEndpoint: KindRule = {
  group: 'externaldns.k8s.io',
  kind: 'DNSEndpoint',
  assess(object) {
    const [first, ...others] = listAt(object, 'spec', 'endpoints').map((entry) => textAt(entry, 'dnsName') ?? '?');
    if (numberAt(object, 'status', 'observedGeneration') === undefined)
      return progressing('NoStatus', 'external-dns has not read it yet');
    const names = first === undefined ? 'nothing' : `${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
    return unknown(
      'RecordsNotProven',
      `was read by external-dns, which does not tell whether ${names} is in the DNS: ask the check dnsResolves`,
    );
  },
};
