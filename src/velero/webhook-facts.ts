import { listAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { WebhookFacts } from '../model/backup.ts';
import { textAt, textsAt } from './fields.ts';

/**
 * The webhooks of a configuration that are asked when something is created. What is not written is as the API server
 * defaults it: fails closed, every scope. Source: admissionregistration.k8s.io/v1, Kubernetes 1.34, types.go. Pure.
 */
export function webhooksOf(configuration: KubeObject): readonly WebhookFacts[] {
  return listAt(configuration, 'webhooks').flatMap((webhook) => {
    const rules = listAt(webhook, 'rules').filter((rule) =>
      textsAt(rule, 'operations').some((operation) => operation === '*' || operation === 'CREATE'),
    );
    if (rules.length === 0) return [];
    const service = serviceOf(webhook);
    return [
      {
        name: `${configuration.kind} ${configuration.metadata.name}: ${textAt(webhook, 'name') ?? '?'}`,
        failsClosed: textAt(webhook, 'failurePolicy') !== 'Ignore',
        ...(service ? { service } : {}),
        creates: [...new Set(rules.flatMap(watchedBy))],
        scope: scopeOf(rules),
        namespaceSelector: valueAt(webhook, 'namespaceSelector'),
        objectSelector: valueAt(webhook, 'objectSelector'),
      },
    ];
  });
}

function serviceOf(webhook: unknown): WebhookFacts['service'] {
  const namespace = textAt(webhook, 'clientConfig', 'service', 'namespace');
  const name = textAt(webhook, 'clientConfig', 'service', 'name');
  return namespace && name ? { namespace, name } : undefined;
}

/** `group/plural` of a rule, subresources left out: creating an object asks about none. */
function watchedBy(rule: unknown): readonly string[] {
  const resources = textsAt(rule, 'resources')
    .filter((resource) => resource === '*/*' || !resource.includes('/'))
    .map((resource) => (resource === '*/*' ? '*' : resource));
  return textsAt(rule, 'apiGroups').flatMap((group) => resources.map((resource) => `${group}/${resource}`));
}

/** Rules of different scopes together mean every scope: seen too often rather than overlooked. */
function scopeOf(rules: readonly unknown[]): WebhookFacts['scope'] {
  const scopes = new Set(rules.map((rule) => textAt(rule, 'scope') ?? '*'));
  const [only] = scopes;
  return scopes.size === 1 && (only === 'Cluster' || only === 'Namespaced') ? only : '*';
}
