import { healthy } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { listAt, oneLine, textAt } from '../read.ts';
import { notSeenYet } from '../workload.ts';

/** Its expressions have been type-checked; warnings do not stop it. Source: admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyStatus, Kubernetes 1.34. */
export const validatingAdmissionPolicy: KindRule = {
  group: 'admissionregistration.k8s.io',
  kind: 'ValidatingAdmissionPolicy',
  assess(object) {
    const unseen = notSeenYet(object);
    if (unseen !== undefined) return unseen;
    const [warning] = listAt(object, 'status', 'typeChecking', 'expressionWarnings');
    if (warning !== undefined)
      return healthy('Checked', oneLine(`with a warning: ${textAt(warning, 'warning') ?? ''}`));
    return healthy('Checked');
  },
};
