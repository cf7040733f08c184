import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, unknown, type Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { hasEndpoint } from './endpoints.ts';
import { fieldsAt, listAt, textAt, type Fields } from './read.ts';

/**
 * Every webhook has a CA bundle, and a Service with a ready endpoint behind it. Without one, a webhook that fails closed
 * blocks all that it watches: Degraded; one that fails open is left out meanwhile: Progressing. A webhook at a URL cannot be
 * looked at from here. Source: admissionregistration.k8s.io/v1 WebhookClientConfig, Kubernetes 1.34. Pure.
 */
export function assessWebhooks(object: KubeObject, related: Related): Verdict {
  const verdicts = listAt(object, 'webhooks').map((webhook) => assessWebhook(webhook, related));
  const order = ['Degraded', 'Unknown', 'Progressing'];
  for (const verdict of order) {
    const found = verdicts.find((entry) => entry.verdict === verdict);
    if (found !== undefined) return found;
  }
  return healthy('Answered', `${verdicts.length} webhooks, each with somebody to answer`);
}

function assessWebhook(webhook: Fields, related: Related): Verdict {
  const name = `webhook ${textAt(webhook, 'name') ?? '?'}`;
  const service = fieldsAt(webhook, 'clientConfig', 'service');
  const [namespace, serviceName] = [textAt(service, 'namespace'), textAt(service, 'name')];
  if (namespace === undefined || serviceName === undefined) return healthy('External', `${name} is at a URL`);
  // Where nothing is written the CA of the API server's host counts, which never signs a Service's name: an operator still has to write it.
  if (textAt(webhook, 'clientConfig', 'caBundle') === undefined)
    return progressing('NoCaBundle', `${name} has no caBundle yet`);
  const ready = hasEndpoint(related, namespace, serviceName);
  if (ready === true) return healthy('Answered');
  if (ready === undefined)
    return unknown(
      'EndpointsNotKnown',
      `the endpoints of Service ${namespace}/${serviceName} behind ${name} were not looked at`,
    );
  const message = `Service ${namespace}/${serviceName} behind ${name} has no ready endpoint`;
  if (textAt(webhook, 'failurePolicy') === 'Ignore')
    return progressing('NoReadyEndpoint', `${message}; it is left out until then`);
  return degraded('NoReadyEndpoint', `${message}: what it watches cannot be written`);
}
