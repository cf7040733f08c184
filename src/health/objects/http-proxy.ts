import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, textAt } from '../read.ts';

/** Contour serves it. Invalid and orphaned ones mend when what they name appears. Source: Contour 1.32, apis/projectcontour/v1/httpproxy.go HTTPProxyStatus. */
export const httpProxy: KindRule = {
  group: 'projectcontour.io',
  kind: 'HTTPProxy',
  assess(object) {
    const status = textAt(object, 'status', 'currentStatus');
    const words = after(textAt(object, 'status', 'description'));
    if (status === undefined || status === 'NotReconciled')
      return progressing('NoStatus', 'Contour has not looked at it yet');
    if (status === 'valid') return healthy('Valid');
    if (status === 'orphaned') return degraded('Orphaned', `is orphaned${words}`);
    if (status === 'invalid') return degraded('Invalid', `is invalid${words}`);
    return progressing('UnknownPhase', `status is ${status}, a word that is not known here${words}`);
  },
};
