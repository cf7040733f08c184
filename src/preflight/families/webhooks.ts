import type { WebhookFacts } from '../../model/backup.ts';
import type { FindingReport } from '../../model/report.ts';
import { namespaceLabels, selectsRaw } from '../selecting.ts';
import { itemText } from '../mapped.ts';
import { type Assigned, block, type Family, few, restoredOf, type Survey, warn } from '../survey.ts';

/** Webhooks that fail closed and have nobody to answer: what they watch cannot be restored. */
export const webhooks: Family = {
  name: 'webhooks',
  judge: (survey) => {
    const restored = restoredOf(survey);
    return [...live(survey, restored), ...brought(survey, restored)];
  },
};

/** Those of the cluster: asked from the first step on, until a step brings the Service behind them. */
function live(survey: Survey, restored: readonly Assigned[]): FindingReport[] {
  return survey.live.webhooks.flatMap((webhook) => {
    const { service } = webhook;
    if (!webhook.failsClosed || !service || isAnswered(survey, service)) return [];
    const { order: answeredFrom, maybe } = backendOf(survey, service);
    const refused = watched(survey, webhook, restored).filter(({ places }) => (places[0]?.order ?? 0) <= answeredFrom);
    if (refused.length === 0) return [];
    const later = Number.isFinite(answeredFrom) ? ', and the plan brings it too late' : '';
    return [
      (maybe ? warn : block)(
        'WebhookUnanswered',
        `${webhook.name} refuses what it watches while nobody answers, and Service ${service.namespace}/${service.name} behind it has no ready endpoint${later}: it would reject ${namesOf(refused)}; bring its workload up first, or remove the configuration`,
        { object: configurationOf(webhook) },
      ),
    ];
  });
}

/** Those of the Backup: asked as soon as their step has restored them. */
function brought(survey: Survey, restored: readonly Assigned[]): FindingReport[] {
  return restored.flatMap((configuration) =>
    (configuration.item.facts?.webhooks ?? []).flatMap((webhook) => {
      const { service } = webhook;
      const from = configuration.places[0]?.order ?? 0;
      if (!webhook.failsClosed || !service || isAnswered(survey, service)) return [];
      const { order: answeredFrom, maybe } = backendOf(survey, service);
      if (answeredFrom <= from) return [];
      const refused = watched(survey, webhook, restored).filter(({ places }) => {
        const order = places[0]?.order ?? 0;
        return order > from && order <= answeredFrom;
      });
      if (refused.length === 0) return [];
      const step = configuration.places[0]?.step ?? '';
      const when = Number.isFinite(answeredFrom) ? 'comes only in a later tier' : 'is brought by no step';
      return [
        (maybe ? warn : block)(
          'WebhookBeforeBackend',
          `step ${step} restores ${webhook.name}, which refuses what it watches while nobody answers, and Service ${service.namespace}/${service.name} behind it ${when}: it would reject ${namesOf(refused)}; restore its workload and Service in the same tier or an earlier one`,
          { step, object: configurationOf(webhook) },
        ),
      ];
    }),
  );
}

type Service = NonNullable<WebhookFacts['service']>;

function isAnswered({ live: facts }: Survey, { namespace, name }: Service): boolean {
  if (facts.answering.includes(`${namespace}/${name}`)) return true;
  // Not looked at is not unanswered.
  return facts.unread.includes(`EndpointSlice objects in namespace ${namespace}`);
}

/** Who answers for a webhook's Service. */
interface Backend {
  /** The tier after which it answers, its gate held; Infinity where no step brings it. */
  readonly order: number;
  /** It is this plan's and on its way, or its workload is not known: refused is then only what comes too soon, maybe nothing. */
  readonly maybe: boolean;
}

function backendOf(survey: Survey, { namespace, name }: Service): Backend {
  const found = survey.objects.find(
    ({ at, fate }) =>
      at.resource === 'services' &&
      at.namespace === namespace &&
      at.name === name &&
      (fate === 'restored' || fate === 'there' || fate === 'derived'),
  );
  if (found) return { order: found.places[0]?.order ?? Number.POSITIVE_INFINITY, maybe: found.fate !== 'restored' };
  const byFile = survey.brought.find(({ objects }) =>
    objects.some(
      ({ kind, metadata }) => kind === 'Service' && metadata.namespace === namespace && metadata.name === name,
    ),
  );
  return { order: byFile?.place.order ?? Number.POSITIVE_INFINITY, maybe: byFile !== undefined };
}

/** The objects whose creation a webhook would be asked about. Its matchConditions are not looked at: they may let more pass. */
function watched(survey: Survey, webhook: WebhookFacts, restored: readonly Assigned[]): readonly Assigned[] {
  return restored.filter(({ at: item }) => {
    const [plural = '', ...rest] = item.resource.split('.');
    const group = rest.join('.');
    const isWatched = webhook.creates.some((rule) => {
      const [ruleGroup, rulePlural] = rule.split('/');
      return (ruleGroup === '*' || ruleGroup === group) && (rulePlural === '*' || rulePlural === plural);
    });
    if (!isWatched || isExempt(item.resource)) return false;
    if (webhook.scope === 'Namespaced' && item.namespace === undefined) return false;
    if (webhook.scope === 'Cluster' && item.namespace !== undefined) return false;
    return (
      selectsRaw(webhook.objectSelector, item.labels) &&
      (item.namespace === undefined || selectsRaw(webhook.namespaceSelector, namespaceLabels(survey, item.namespace)))
    );
  });
}

/** The API server never asks webhooks about webhook configurations. */
function isExempt(resource: string): boolean {
  return resource.endsWith('.admissionregistration.k8s.io');
}

function configurationOf({ name }: WebhookFacts): string {
  return name.slice(0, name.indexOf(': '));
}

function namesOf(list: readonly Assigned[]): string {
  return few(
    list.map(({ item }) => itemText(item)),
    3,
  );
}
