import { degraded, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { after, conditionOf, dateAt } from '../read.ts';

/**
 * Ready, not expired, and not being issued anew. An issuance that failed is tried again, later each time; Argo CD calls
 * a certificate that is to come Degraded. Source: cert-manager 1.21, pkg/apis/certmanager/v1/types_certificate.go;
 * internal/controller/certificates/policies/constants.go.
 */
export const certManagerCertificate: KindRule = {
  group: 'cert-manager.io',
  kind: 'Certificate',
  assess(object, _related, now) {
    const ready = byReady(object, { writer: 'cert-manager', waiting: ['DoesNotExist', 'MissingData', 'Renewing'] });
    const issuing = conditionOf(object, 'Issuing');
    const notAfter = dateAt(object, 'status', 'notAfter');
    // Also while it says Ready: then cert-manager does not run.
    if (issuing?.status !== 'True' && notAfter !== undefined && notAfter <= now)
      return degraded('Expired', `has expired at ${notAfter.toISOString()}`);
    if (issuing?.status === 'True')
      return progressing('Issuing', `is being issued${after(issuing.message || issuing.reason)}`);
    if (ready.verdict !== 'Healthy' && issuing?.status === 'False')
      return degraded(
        'IssuanceFailed',
        `could not be issued, is tried again later${after(issuing.message || issuing.reason)}`,
      );
    return ready;
  },
};
