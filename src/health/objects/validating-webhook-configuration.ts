import type { KindRule } from '../assess.ts';
import { endpointNeeds } from '../endpoints.ts';
import { assessWebhooks } from '../webhook.ts';

/** Somebody answers for each of its webhooks; the rule is in webhook.ts. */
export const validatingWebhookConfiguration: KindRule = {
  group: 'admissionregistration.k8s.io',
  kind: 'ValidatingWebhookConfiguration',
  needs: endpointNeeds,
  assess: assessWebhooks,
};
