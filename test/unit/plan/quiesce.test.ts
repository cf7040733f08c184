import { describe, expect, it } from 'vitest';
import { issuesOf, mustParse, planOf } from './plan-text.ts';

const withQuiesce = (...entries: readonly string[]): string =>
  planOf('storage: [{ name: one, velero: {} }]', `  quiesce:\n${entries.map((entry) => `    - ${entry}\n`).join('')}`);

describe('quiesce', () => {
  it('is nothing where nothing is written, and fills in where the objects are', () => {
    expect(mustParse(planOf('storage: [{ name: one, velero: {} }]')).quiesce).toBeUndefined();
    expect(mustParse(planOf('storage: [{ name: one, velero: {} }]', '  quiesce: []\n')).quiesce).toBeUndefined();
    expect(
      mustParse(
        withQuiesce(
          '{ kind: CronJob }',
          '{ kind: Schedule, names: [nightly] }',
          '{ kind: Application, selector: { matchLabels: { site: shop } } }',
          '{ kind: RecurringJob, namespaces: [longhorn] }',
          '{ kind: Deployment, names: [worker], optional: true }',
        ),
      ).quiesce,
    ).toEqual([
      { kind: 'CronJob', namespaces: ['shop'], optional: false },
      { kind: 'Schedule', namespaces: ['velero'], names: ['nightly'], optional: false },
      { kind: 'Application', namespaces: ['argocd'], selector: { matchLabels: { site: 'shop' } }, optional: false },
      { kind: 'RecurringJob', namespaces: ['longhorn'], optional: false },
      { kind: 'Deployment', namespaces: ['shop'], names: ['worker'], optional: true },
    ]);
  });

  it.each([
    '{ kind: CronJob, selector: { matchExpressions: [{ key: app, operator: DoesNotExist }] } }',
    '{ kind: Schedule, namespaces: [velero], selector: { matchExpressions: [{ key: app, operator: DoesNotExist }] } }',
    '{ kind: Deployment, names: [web], selector: { matchExpressions: [{ key: app, operator: NotIn, values: [a] }] } }',
    '{ kind: Deployment, selector: { matchExpressions: [{ key: a, operator: Exists }, { key: b, operator: DoesNotExist }] } }',
    '{ kind: Deployment, selector: { matchLabels: { a: b }, matchExpressions: [{ key: b, operator: DoesNotExist }] } }',
    '{ kind: CronJob, namespaces: [velero] }',
  ])('takes %s', (entry) => {
    expect(issuesOf(withQuiesce(entry))).toEqual([]);
  });

  it('leaves alone what runs in Velero’s own namespace, wherever that is', () => {
    const elsewhere = withQuiesce(
      '{ kind: Deployment, names: [a] }',
      '{ kind: StatefulSet, names: [b], namespaces: [velero] }',
    ).replace('velero: { backup: nightly }', 'velero: { backup: nightly, namespace: shop }');

    expect(issuesOf(elsewhere)).toEqual([
      expect.stringContaining(
        'spec.quiesce[0]: would stop what the recovery itself needs (namespace shop); write namespaces without it',
      ),
    ]);
  });

  it.each([
    ['{ kind: DaemonSet }', 'spec.quiesce[0].kind: found "DaemonSet"'],
    ['{ kind: Cronjob }', 'did you mean "CronJob"?'],
    ['{ names: [a] }', 'spec.quiesce[0].kind'],
    ['{ kind: CronJob, name: a }', 'spec.quiesce[0].name: unknown key "name"'],
    ['{ kind: CronJob, names: [] }', 'found an empty list; name at least one'],
    ['{ kind: CronJob, names: [Bad_Name] }', 'found "Bad_Name"; a name is'],
    ['CronJob', 'spec.quiesce[0]: found "CronJob"; write a mapping, as { kind: CronJob }'],
    ['{ kind: CronJob, selector: {} }', 'found an empty selector, which selects everything'],
    ['{ kind: CronJob, selector: { matchLabels: {}, matchExpressions: [] } }', 'found an empty selector'],
    [
      '{ kind: Deployment, selector: { app: mail, "tier": 1 } }',
      'spec.quiesce[0].selector.app: found a label on its own; write matchLabels: { app: mail, tier: "1" }',
    ],
    ['{ kind: CronJob, selector: { matchLabel: { app: mail } } }', 'did you mean "matchLabels"?'],
    ['{ kind: CronJob, selector: { matchLabels: { "": mail } } }', 'found an empty key; write the key of a label'],
    [
      '{ kind: CronJob, selector: { matchExpressions: [{ key: "", operator: Exists }] } }',
      'spec.quiesce[0].selector.matchExpressions[0].key: found an empty key',
    ],
    [
      '{ kind: CronJob, selector: { matchExpressions: [{ key: app, operator: In }] } }',
      'spec.quiesce[0].selector.matchExpressions[0]: operator In needs values; write values: [mail]',
    ],
    [
      '{ kind: CronJob, selector: { matchExpressions: [{ key: app, operator: NotIn, values: [] }] } }',
      'operator NotIn needs values; write values: [mail]',
    ],
    [
      '{ kind: CronJob, selector: { matchExpressions: [{ key: app, operator: Exists, values: [mail] }] } }',
      'operator Exists takes no values; take them out',
    ],
    [
      '{ kind: CronJob, selector: { matchExpressions: [{ key: app, operator: DoesNotExist, values: [mail] }] } }',
      'operator DoesNotExist takes no values; take them out',
    ],
    [
      '{ kind: Deployment, selector: { matchExpressions: [{ key: app, operator: NotIn, values: [web] }] } }',
      'spec.quiesce[0].selector: selects everything but some Deployments; say which by names, matchLabels, In or Exists',
    ],
    [
      '{ kind: Application, selector: { matchLabels: {}, matchExpressions: [{ key: app, operator: DoesNotExist }] } }',
      'selects everything but some Applications',
    ],
    [
      '{ kind: Deployment, names: [velero], namespaces: [shop, velero] }',
      'spec.quiesce[0].namespaces[1]: would stop what the recovery itself needs (namespace velero); take it out',
    ],
    ['{ kind: CronJob, namespaces: [rekindle-system] }', 'itself needs (namespace rekindle-system); take it out'],
    ['{ kind: Deployment }', 'would scale every Deployment of the site to 0; say which'],
    ['{ kind: StatefulSet, namespaces: [shop] }', 'would scale every StatefulSet'],
    ['{ kind: Application }', 'would stop every Application of a namespace that other sites share'],
    ['{ kind: Schedule }', 'would stop every Schedule'],
  ])('refuses %s', (entry, message) => {
    const issues = issuesOf(withQuiesce(entry));

    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(message);
  });
});
