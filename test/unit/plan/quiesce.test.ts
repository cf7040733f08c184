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
    ['{ kind: DaemonSet }', 'spec.quiesce[0].kind: found "DaemonSet"'],
    ['{ kind: Cronjob }', 'did you mean "CronJob"?'],
    ['{ names: [a] }', 'spec.quiesce[0].kind'],
    ['{ kind: CronJob, name: a }', 'spec.quiesce[0].name: unknown key "name"'],
    ['{ kind: CronJob, names: [] }', 'found an empty list; name at least one'],
    ['{ kind: CronJob, names: [Bad_Name] }', 'found "Bad_Name"; a name is'],
    ['{ kind: CronJob, selector: {} }', 'an empty selector selects everything'],
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
