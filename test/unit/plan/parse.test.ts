import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parsePlan } from '../../../src/plan/parse.ts';
import { fakeLanguage } from './fake-language.ts';
import { header, issuesOf, mustParse, planOf, planOfCheck, planOfStep } from './plan-text.ts';

describe('a valid plan', () => {
  it('gets every default', () => {
    const plan = mustParse(planOfCheck('exec: { command: [true] }'.replace('true', '"true"')));

    expect(plan).toEqual({
      name: 'shop',
      site: 'shop',
      cluster: 'dr-east',
      namespaces: ['shop'],
      objectives: {},
      velero: { namespace: 'velero', backup: 'nightly' },
      approval: { beforePhaseTwo: false },
      accept: [],
      ignore: [],
      verdicts: [],
      stableForMs: 3_000,
      degradedForMs: 600_000,
      parallelism: 8,
      tiers: {
        namespaces: [],
        crds: [],
        operators: [],
        storage: [],
        databases: [
          {
            name: 'one',
            driver: 'velero',
            spec: { includedResources: ['x'] },
            dependsOn: [],
            timeoutMs: 1_200_000,
            checks: [
              {
                name: 'first',
                type: 'exec',
                spec: { command: ['true'] },
                timeoutMs: 900_000,
                attemptTimeoutMs: 10_000,
                everyMs: 1_000,
              },
            ],
          },
        ],
        queues: [],
        applications: [],
        ingress: [],
      },
      verify: [],
    });
  });

  it('keeps what it says instead of the defaults', () => {
    const more = `  objectives: { rto: 30m, rpo: 24h }
  approval: { beforePhaseTwo: true }
  accept: [{ kind: Pod, name: batch-1, namespace: shop, verdict: Degraded, reason: known to fail }]
  ignore: [{ kind: ConfigMap, name: cache }]
  stableFor: 500ms
  parallelism: 2
  verify: [{ name: all, exec: { command: [x] }, timeout: 5s }]
`;

    const plan = mustParse(planOf('storage: [{ name: volumes, velero: {}, timeout: 1h }]', more));

    expect(plan).toMatchObject({
      objectives: { rtoMs: 1_800_000, rpoMs: 86_400_000 },
      approval: { beforePhaseTwo: true },
      accept: [{ kind: 'Pod', name: 'batch-1', namespace: 'shop', verdict: 'Degraded', reason: 'known to fail' }],
      ignore: [{ kind: 'ConfigMap', name: 'cache' }],
      stableForMs: 500,
      parallelism: 2,
      verify: [{ name: 'all', type: 'exec', timeoutMs: 5_000, attemptTimeoutMs: 5_000, everyMs: 1_000 }],
    });
    expect(plan.tiers.storage[0]?.timeoutMs).toBe(3_600_000);
  });

  it('may leave keys empty, in any order of tiers, and use anchors', () => {
    const tiers = `ingress:
databases:
  - name: one
    velero: &filter { includedResources: [x] }
  - name: two
    velero: { <<: *filter, mode: fast }
    dependsOn: [one]
    checks:`;

    const plan = mustParse(planOf(tiers, '  verify:\n  accept: []\n'));

    expect(plan.tiers.databases.map(({ spec }) => spec)).toEqual([
      { includedResources: ['x'] },
      { includedResources: ['x'], mode: 'fast' },
    ]);
    expect(plan.tiers.databases[1]?.dependsOn).toEqual(['one']);
    expect(plan.tiers.ingress).toEqual([]);
  });

  it('hands on what the schema of a driver made of its spec', () => {
    const velero = { tiers: ['storage'] as const, spec: z.strictObject({ mode: z.string().default('careful') }) };

    const plan = mustParse(planOf('storage: [{ name: a, velero: {} }]'), {
      drivers: { velero },
      checks: {},
      expressionFault: () => undefined,
    });

    expect(plan.tiers.storage[0]?.spec).toEqual({ mode: 'careful' });
  });
});

describe('the shape of a plan', () => {
  it.each([
    [
      'apiVersion',
      header.replace('v1alpha1', 'v1'),
      'shop.yaml:1:13: apiVersion: found "rekindle.dev/v1"; allowed is rekindle.dev/v1alpha1',
    ],
    ['kind', header.replace('RestorePlan', 'Plan'), 'shop.yaml:2:7: kind: found "Plan"; allowed is RestorePlan'],
    [
      'a key that is missing',
      header.replace('  cluster: dr-east\n', ''),
      'shop.yaml:4:1: spec.cluster: missing, and it is required: Context of',
    ],
    [
      'a site with capitals',
      header.replace('site: shop', 'site: Shop'),
      'shop.yaml:5:9: spec.site: found "Shop"; allowed are 1 to 40 lower-case',
    ],
    [
      'a site that is a number',
      header.replace('site: shop', 'site: 12'),
      'shop.yaml:5:9: spec.site: found 12; put it in quotes',
    ],
    [
      'no namespace',
      header.replace('[shop]', '[]'),
      'shop.yaml:7:15: spec.namespaces: found an empty list; name at least one',
    ],
    [
      'one namespace that is no list',
      header.replace('[shop]', 'shop'),
      'shop.yaml:7:15: spec.namespaces: found "shop"; expected a list',
    ],
    [
      'a namespace twice',
      header.replace('[shop]', '[shop, shop]'),
      'shop.yaml:7:22: spec.namespaces[1]: namespace "shop" is listed twice',
    ],
    [
      "Rekindle's namespace",
      header.replace('[shop]', '[rekindle-system]'),
      'shop.yaml:7:16: spec.namespaces[0]: found "rekindle-system"; it is Rekindle\'s own',
    ],
    [
      'a name of an unknown key',
      `${header}  objectivs: {}\n`,
      'shop.yaml:9:3: spec.objectivs: unknown key "objectivs" (did you mean "objectives"?); allowed are site,',
    ],
    [
      'a text where a switch stands',
      `${header}  approval: { beforePhaseTwo: yes }\n`,
      'shop.yaml:9:31: spec.approval.beforePhaseTwo: found "yes"; expected true or false',
    ],
    [
      'too much at once',
      `${header}  parallelism: 65\n`,
      'shop.yaml:9:16: spec.parallelism: found 65; at most 64 is allowed',
    ],
    [
      'nothing at once',
      `${header}  parallelism: 0\n`,
      'shop.yaml:9:16: spec.parallelism: found 0; at least 1 is needed',
    ],
    [
      'half a step at once',
      `${header}  parallelism: 1.5\n`,
      'shop.yaml:9:16: spec.parallelism: found 1.5; expected a whole number',
    ],
    [
      'an accepted verdict that is Healthy',
      `${header}  accept: [{ kind: Pod, verdict: Healthy, reason: x }]\n`,
      'shop.yaml:9:34: spec.accept[0].verdict: found "Healthy"; allowed are Progressing, Degraded, Suspended, Missing or Unknown',
    ],
    [
      'an acceptance without a reason',
      `${header}  accept: [{ kind: Pod, verdict: Missing }]\n`,
      'shop.yaml:9:12: spec.accept[0].reason: missing, and it is required: Why it may pass',
    ],
    [
      'a kind in the plural',
      `${header}  ignore: [{ kind: pods }]\n`,
      'shop.yaml:9:20: spec.ignore[0].kind: found "pods"; a kind is written as in a manifest',
    ],
  ])('names %s', (_what, text, line) => {
    const issues = issuesOf(`${text}  tiers: { storage: [{ name: one, velero: {} }] }\n`);

    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(line);
  });

  it.each([
    ['90', 'found 90; a duration is whole numbers with a unit (d, h, m, s or ms), as 90s, 15m or 1h30m'],
    ['"90"', 'found "90"; a duration is whole numbers with a unit'],
    ['soon', 'found "soon"; a duration is whole numbers with a unit'],
    ['1.5h', 'found "1.5h"; a duration is whole numbers with a unit'],
    ['0s', 'found "0s"; the duration must be 1s to 7d'],
    ['8d', 'found "8d"; the duration must be 1s to 7d'],
    ['99999999999999999999d', 'the duration must be 1s to 7d'],
  ])('refuses the duration %s', (duration, message) => {
    const issues = issuesOf(planOfStep(`velero: { includedResources: [x] }\ntimeout: ${duration}`));

    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(`shop.yaml:13:18: spec.tiers.databases[0].timeout: `);
    expect(issues[0]).toContain(message);
  });

  it('speaks of a spec of a driver as of the rest of the plan', () => {
    expect(issuesOf(planOfStep('velero: { includedResources: pods, mode: quick, includedResource: [] }'))).toEqual([
      'shop.yaml:12:38: spec.tiers.databases[0].velero.includedResources: found "pods"; expected a list',
      'shop.yaml:12:50: spec.tiers.databases[0].velero.mode: found "quick"; allowed are fast or careful',
      'shop.yaml:12:57: spec.tiers.databases[0].velero.includedResource: unknown key "includedResource" (did you mean "includedResources"?); allowed are includedResources, mode',
    ]);
  });

  it('keeps the sentences of a schema, and puts what was found before them', () => {
    const spec = z.strictObject({
      path: z.string().refine((path) => !path.startsWith('/'), 'a path starts in the plans folder'),
      selector: z.strictObject({}).refine(() => false, 'an empty selector selects everything'),
    });
    const language = {
      drivers: { manifests: { tiers: ['crds'] as const, spec } },
      checks: {},
      expressionFault: () => undefined,
    };

    expect(issuesOf(planOf('crds: [{ name: a, manifests: { path: /etc, selector: {} } }]'), language)).toEqual([
      'shop.yaml:10:42: spec.tiers.crds[0].manifests.path: found "/etc"; a path starts in the plans folder',
      'shop.yaml:10:58: spec.tiers.crds[0].manifests.selector: found a mapping; an empty selector selects everything',
    ]);
  });

  it('says all that a union takes', () => {
    expect(issuesOf(planOfCheck('exec: { command: [x], port: true }'))).toEqual([
      'shop.yaml:15:41: spec.tiers.databases[0].checks[0].exec.port: found true; expected a number or text',
    ]);
  });

  it('shows nothing that a terminal would obey', () => {
    const [issue] = issuesOf(planOf(String.raw`storage: [{ name: "\u001b[2J\u009b1m\u202Ex", velero: {} }]`));

    expect(issue).toContain(String.raw`found "\u001b[2J\u009b1m\u202ex"`);
  });

  it('shows no long value whole', () => {
    const [issue] = issuesOf(header.replace('dr-east', `"${'a b'.repeat(200)}"`));

    expect(issue?.length).toBeLessThan(250);
  });
});

describe('all errors at once', () => {
  it('finds errors of shape and of rules in one reading, in the order of the file', () => {
    const text = planOf(
      `databases:
  - name: one
    velero: {}
    timeout: 20
  - name: one
    velro: {}
    dependsOn: [tow]
  - name: two
    checks: [{ name: x, asserts: data, exec: { command: [x] } }, { name: x }]`,
      '  quiesce: {}\n',
    );

    const result = parsePlan(text, 'shop.yaml', fakeLanguage);

    expect('issues' in result && result.issues.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '9 spec.quiesce',
      '13 spec.tiers.databases[0].velero',
      '14 spec.tiers.databases[0].timeout',
      '15 spec.tiers.databases[1].name',
      '16 spec.tiers.databases[1].velro',
      '17 spec.tiers.databases[1].dependsOn[0]',
      '18 spec.tiers.databases[2]',
      '19 spec.tiers.databases[2].checks[0].asserts',
      '19 spec.tiers.databases[2].checks[1]',
      '19 spec.tiers.databases[2].checks[1].name',
    ]);
  });

  it('lists a hundred errors and counts the rest', () => {
    const steps = Array.from({ length: 130 }, (_, i) => `  - { name: s${i}, velro: {} }`);

    const issues = issuesOf(planOf(`crds:\n${steps.join('\n')}`));

    expect(issues).toHaveLength(101);
    expect(issues.at(-1)).toBe('shop.yaml: and 30 more; mend these first');
  });

  it('reads the largest plan with unknown names everywhere in a short time', () => {
    const steps = Array.from(
      { length: 1_500 },
      (_, i) => `  - { name: step-${i}, velero: {}, dependsOn: [stop-${i}, stop-${i}x, stap-${i}] }`,
    );
    // CPU time, not the clock's: other tests run beside it.
    const began = process.cpuUsage();

    const issues = issuesOf(planOf(`crds:\n${steps.join('\n')}`));

    expect(issues.at(-1)).toBe('shop.yaml: and 4400 more; mend these first');
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(8_000);
  }, 60_000);
});
