import type { KubeObject } from '../kube/types.ts';
import type { Verdict } from '../model/verdict.ts';
import { byWord } from './by-status.ts';
import { textAt } from './read.ts';

/** The states of RFC 8555, 7.1.6 that are final and not good: a certificate makes another order. */
const bad = ['invalid', 'expired', 'errored'];

/** The reasons of `acmeVerdict` that no waiting mends. */
export const acmeTerminal: readonly string[] = ['Invalid', 'Expired', 'Errored'];

/** The verdict on an Order or a Challenge. Source: cert-manager 1.21, pkg/apis/acme/v1/types_order.go State. Pure. */
export function acmeVerdict(object: KubeObject): Verdict {
  return byWord(
    textAt(object, 'status', 'state'),
    { healthy: ['valid'], progressing: ['pending', 'ready', 'processing'], degraded: bad },
    { writer: 'cert-manager', field: 'state', why: textAt(object, 'status', 'reason') },
  );
}
