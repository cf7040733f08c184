import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { language } from '../../../src/language.ts';
import { checkTypes, driverNames, stepsOf } from '../../../src/model/plan.ts';
import { planJsonSchemaText } from '../../../src/plan/json-schema.ts';
import { loadPlanByName } from '../../../src/plan/load.ts';
import { planReference } from '../../../src/plan/reference.ts';
import { issuesOf, mustParse, planOfCheck, planOfStep } from './plan-text.ts';

const root = new URL('../../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const plans = readdirSync(new URL('plans', root)).filter((file) => file.endsWith('.yaml'));
const examples = readdirSync(new URL('plans/examples', root)).filter((file) => file.endsWith('.yaml'));

describe('the language of this version', () => {
  it('has every driver and check of the model', () => {
    expect(Object.keys(language.drivers).sort()).toEqual([...driverNames].sort());
    expect(Object.keys(language.checks).sort()).toEqual([...checkTypes].sort());
  });

  it('has a fresh JSON schema: `npm run schema` makes it', () => {
    expect(textOf('plans/plan.schema.json')).toBe(planJsonSchemaText(language));
  });

  it('has a fresh reference page: `npm run schema` makes it', () => {
    expect(textOf('docs/plan-reference.md')).toBe(planReference(language));
  });

  it('describes every key in the reference page', () => {
    const rows = planReference(language)
      .split('\n')
      .filter((line) => line.startsWith('| `'));

    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((row) => /\|\s*(?:\*\*Required\.\*\*\s*)?\|$/.test(row))).toEqual([]);
    expect(rows.filter((row) => / \| anything \| /.test(row))).toEqual([]);
  });
});

describe('the plans of this project', () => {
  it.each(plans)('%s is valid, and editors complete it', async (file) => {
    const loaded = await loadPlanByName(file.replace('.yaml', ''), new URL('plans', root).pathname, language);

    expect('issues' in loaded ? loaded.issues : []).toEqual([]);
    expect(textOf(`plans/${file}`).split('\n')[0]).toBe('# yaml-language-server: $schema=plan.schema.json');
  });

  it.each(examples)('examples/%s is valid, and editors complete it', async (file) => {
    const loaded = await loadPlanByName(file.replace('.yaml', ''), new URL('plans/examples', root).pathname, language);

    expect('issues' in loaded ? loaded.issues : []).toEqual([]);
    expect('plan' in loaded && [...stepsOf(loaded.plan)].length).toBeGreaterThan(0);
    expect(textOf(`plans/examples/${file}`).split('\n')[0]).toBe('# yaml-language-server: $schema=../plan.schema.json');
  });
});

describe('the real drivers and checks', () => {
  it('carry the plan of the design', () => {
    const plan = mustParse(
      planOfStep(
        `velero: { includedResources: [clusters.postgresql.cnpg.io] }
timeout: 20m
checks:
  - name: accepts-connections
    exec: { podSelector: { app: orders-db }, container: postgres, command: [pg_isready, -U, app] }
    timeout: 15m
  - name: rows-are-back
    asserts: data
    exec: { podSelector: { app: orders-db }, command: [psql, -tAc, "select count(*) from orders"], expect: { atLeast: 1 } }`,
      ),
      language,
    );

    expect(plan.tiers.databases[0]?.checks.map(({ type }) => type)).toEqual(['exec', 'exec']);
  });

  it.each(['databases', 'queues', 'applications', 'ingress'])('refuse an unfiltered velero step in tier %s', (tier) => {
    const issues = issuesOf(planOfStep('velero: {}', tier), language);

    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(`a velero step in tier ${tier} needs a filter`);
  });

  it.each(['namespaces', 'crds', 'storage'])(
    'take a velero step without a filter in tier %s, which has one',
    (tier) => {
      expect(issuesOf(planOfStep('velero: {}', tier), language)).toEqual([]);
    },
  );

  it('refuse a data assertion without an expectation, and one that an empty table satisfies', () => {
    const check = (expectation: string): string =>
      planOfCheck(`asserts: data\nexec: { podSelector: { app: db }, command: [psql, -c, x]${expectation} }`).replace(
        'includedResources: [x]',
        'includedResources: [pods]',
      );

    expect(issuesOf(check(''), language)).toEqual([
      expect.stringContaining('a data assertion must say what it expects'),
    ]);
    expect(issuesOf(check(', expect: { atLeast: 0 }'), language)).toEqual([
      expect.stringContaining('a data assertion must'),
    ]);
    expect(issuesOf(check(', expect: { atLeast: 1 }'), language)).toEqual([]);
  });

  it('name what they know when a key is wrong', () => {
    const issues = issuesOf(
      planOfStep('velero: { includeResources: [pods], labelSelector: { matchLabels: { app: 1 } } }'),
      language,
    );

    expect(issues).toEqual([
      expect.stringContaining('unknown key "includeResources" (did you mean "includedResources"?)'),
      expect.stringContaining('velero.labelSelector.matchLabels.app: found 1; expected text'),
    ]);
  });
});
