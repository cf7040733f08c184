import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { listAt, numberAt, textAt } from '../read.ts';

/**
 * Passes when external-dns has read it, which is all that it can ever tell: its only field, the generation, is written before
 * any record is made, and nothing says later how that went. So it holds no gate; the check dnsResolves looks at the records
 * themselves. Source: external-dns 0.20, source/crd.go Endpoints.
 */
export const dnsEndpoint: KindRule = {
  group: 'externaldns.k8s.io',
  kind: 'DNSEndpoint',
  assess(object) {
    const [first, ...others] = listAt(object, 'spec', 'endpoints').map((entry) => textAt(entry, 'dnsName') ?? '?');
    if (numberAt(object, 'status', 'observedGeneration') === undefined)
      return progressing('NoStatus', 'external-dns has not read it yet');
    const names = first === undefined ? 'nothing' : `${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
    return healthy(
      'RecordsNotProven',
      `was read by external-dns, which does not tell whether ${names} is in the DNS: only the check dnsResolves proves it`,
    );
  },
};
