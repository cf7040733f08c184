import { degraded } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { after, conditionOf } from '../read.ts';

/** Issued. Denied, invalid and failed are for good: a certificate makes another request. Source: cert-manager 1.21, pkg/apis/certmanager/v1/types_certificaterequest.go. */
export const certManagerCertificateRequest: KindRule = {
  group: 'cert-manager.io',
  kind: 'CertificateRequest',
  terminal: ['Denied', 'InvalidRequest', 'Failed'],
  assess(object) {
    for (const type of ['Denied', 'InvalidRequest']) {
      const refusal = conditionOf(object, type);
      if (refusal?.status === 'True') return degraded(type, `${type}${after(refusal.message)}`);
    }
    return byReady(object, { writer: 'cert-manager', waiting: ['Pending'] });
  },
};
