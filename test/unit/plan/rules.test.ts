import { describe, expect, it } from 'vitest';
import { header, issuesOf, mustParse, planOf, planOfCheck, planOfStep } from './plan-text.ts';

/** The one issue of a plan; more or fewer are an error of the test. */
function onlyIssue(text: string): string {
  const issues = issuesOf(text);
  expect(issues).toHaveLength(1);
  return issues[0] ?? '';
}

describe('steps', () => {
  it.each([
    ['{}', 'the plan has no step; give at least one tier a step'],
    ['{ storage: [], databases: }', 'the plan has no step; give at least one tier a step'],
    ['', 'found nothing; expected a mapping'],
  ])('are needed: tiers %j is refused', (tiers, message) => {
    expect(onlyIssue(`${header}  tiers: ${tiers}\n`)).toContain(`shop.yaml:9:3: spec.tiers: ${message}`);
  });

  it('have an unknown tier named once, with the nearest one', () => {
    expect(onlyIssue(planOf('database: [{ name: one, velero: {} }]'))).toBe(
      'shop.yaml:10:5: spec.tiers.database: unknown tier "database" (did you mean "databases"?); ' +
        'the eight tiers are namespaces, crds, operators, storage, databases, queues, applications, ingress',
    );
  });

  it('have one driver: an unknown one is named with the nearest', () => {
    expect(onlyIssue(planOfStep('velro: {}'))).toContain(
      'shop.yaml:12:9: spec.tiers.databases[0].velro: unknown driver or key "velro" (did you mean "velero"?); a step has exactly one of velero, manifests, and may have name,',
    );
  });

  it('have one driver: none is refused', () => {
    expect(onlyIssue(planOfStep('timeout: 5m'))).toContain(
      'shop.yaml:11:9: spec.tiers.databases[0]: found no driver; a step has exactly one of velero, manifests',
    );
  });

  it('have one driver: two are refused, and named', () => {
    expect(onlyIssue(planOfStep('velero: {}\nmanifests: { path: x }', 'crds'))).toContain(
      'shop.yaml:13:9: spec.tiers.crds[0].manifests: found two driver keys, velero and manifests; a step has exactly one',
    );
  });

  it('have one driver: with two, nothing is said of what either lacks or where it may stand', () => {
    expect(onlyIssue(planOfStep('velero: {}\nmanifests: {}', 'ingress'))).toContain(
      'found two driver keys, velero and manifests',
    );
    expect(onlyIssue(planOfCheck('exec: {}\nresourceExists: { kind: 1 }'))).toContain(
      'found two check keys, exec and resourceExists',
    );
  });

  it('have a driver that fits the tier', () => {
    expect(onlyIssue(planOfStep('manifests: { path: x }', 'ingress'))).toContain(
      'shop.yaml:12:9: spec.tiers.ingress[0].manifests: a manifests step makes no sense in tier ingress; it may stand in namespaces, crds or operators',
    );
  });

  it('are refused by their driver where they make no sense, as an unfiltered velero step does', () => {
    expect(onlyIssue(planOfStep('velero: {}'))).toContain(
      'shop.yaml:12:9: spec.tiers.databases[0].velero: an unfiltered velero step in tier databases would restore everything',
    );
    expect(issuesOf(planOfStep('velero: {}', 'storage'))).toEqual([]);
  });

  it('have names of their own, across tiers', () => {
    expect(onlyIssue(planOf('storage: [{ name: one, velero: {} }]\ncrds:\n  - name: one\n    velero: {}'))).toContain(
      'shop.yaml:10:23: spec.tiers.storage[0].name: duplicate step name "one", first on line 12',
    );
  });

  it.each(['One', 'a_b', '-a', 'a-', 'a.b', 'ä', 'x'.repeat(41), '""'])('are not named %s', (name) => {
    expect(onlyIssue(planOf(`storage: [{ name: ${name}, velero: {} }]`))).toContain(
      'allowed are 1 to 40 lower-case letters, digits and hyphens',
    );
  });

  it.each(['planning', 'preflight', 'quiesce', 'phase-one-gate', 'verify'])(
    'are not named as the run’s own stage %s',
    (name) => {
      expect(onlyIssue(planOf(`storage: [{ name: ${name}, velero: {} }]`))).toContain(
        `found "${name}"; a stage of the run itself has this name, choose another one`,
      );
    },
  );

  it('are mappings', () => {
    expect(onlyIssue(planOf('storage: [volumes]'))).toContain(
      'spec.tiers.storage[0]: found "volumes"; expected a mapping',
    );
    expect(onlyIssue(planOf('storage: { name: volumes, velero: {} }'))).toContain(
      'spec.tiers.storage: found a mapping; expected a list',
    );
  });
});

describe('reserved words', () => {
  it.each(['source', 'before', 'after'])('%s of a plan is refused with "not yet"', (key) => {
    expect(onlyIssue(planOf('storage: [{ name: one, velero: {} }]', `  ${key}: {}\n`))).toContain(
      `shop.yaml:9:3: spec.${key}: "${key}" is not yet supported`,
    );
  });

  it.each(['source', 'before', 'after', 'quiesce', 'drill'])('%s of a step is refused with "not yet"', (key) => {
    expect(onlyIssue(planOf(`storage: [{ name: one, velero: {}, ${key}: [] }]`))).toContain(
      `"${key}" is not yet supported`,
    );
  });
});

describe('dependsOn', () => {
  const steps = (...lines: readonly string[]): string =>
    planOf(
      `storage: [{ name: volumes, velero: {} }]\ncrds:\n${lines.map((line) => `  - { velero: {}, ${line} }`).join('\n')}`,
    );

  it('names a step that is there, and the nearest one', () => {
    expect(onlyIssue(steps('name: one', 'name: two, dependsOn: [oen]'))).toContain(
      'shop.yaml:13:46: spec.tiers.crds[1].dependsOn[0]: unknown step "oen" (did you mean "one"?); tier crds has one',
    );
    expect(onlyIssue(steps('name: one, dependsOn: [x]'))).toContain('unknown step "x"; tier crds has no other step');
  });

  it('names a step of the same tier', () => {
    expect(onlyIssue(steps('name: one, dependsOn: [volumes]'))).toContain(
      'step "volumes" is in tier storage (line 10), not in crds; dependsOn names steps of the same tier',
    );
  });

  it('makes no cycle: the cycle is named', () => {
    expect(
      onlyIssue(
        steps(
          'name: a, dependsOn: [c]',
          'name: b, dependsOn: [a]',
          'name: c, dependsOn: [b]',
          'name: d, dependsOn: [a]',
        ),
      ),
    ).toContain('shop.yaml:12:32: spec.tiers.crds[0].dependsOn: these steps wait for each other: a → c → b → a');
  });

  it('does not name the step itself', () => {
    expect(onlyIssue(steps('name: a, dependsOn: [a]'))).toContain('these steps wait for each other: a → a');
  });

  it('may make a diamond', () => {
    expect(
      issuesOf(steps('name: a', 'name: b, dependsOn: [a]', 'name: c, dependsOn: [a]', 'name: d, dependsOn: [b, c]')),
    ).toEqual([]);
  });
});

describe('the velero section', () => {
  const plan = (velero: string): string =>
    `${header.replace('  velero: { backup: nightly }\n', velero)}  tiers: { storage: [{ name: volumes, velero: {} }] }\n`;

  it('is there where a velero step stands', () => {
    expect(onlyIssue(plan(''))).toContain(
      'shop.yaml:4:1: spec.velero: missing, and step "volumes" restores with velero; write',
    );
  });

  it('may be missing where none stands', () => {
    const text = `${header.replace('  velero: { backup: nightly }\n', '')}  tiers: { crds: [{ name: one, manifests: { path: x } }] }\n`;

    expect(issuesOf(text)).toEqual([]);
  });

  it('names a backup or a schedule, not both and not neither', () => {
    expect(onlyIssue(plan('  velero: { backup: a, schedule: b }\n'))).toContain(
      'spec.velero: found both backup and schedule; write one',
    );
    expect(onlyIssue(plan('  velero: {}\n'))).toContain('spec.velero: found neither backup nor schedule; write one');
    expect(onlyIssue(plan('  velero:\n'))).toContain('spec.velero: found nothing; expected a mapping');
    expect(issuesOf(plan('  velero: { schedule: nightly }\n'))).toEqual([]);
  });
});

describe('checks', () => {
  it('have names of their own in a step; another step may use them again', () => {
    const step = (name: string, second: string): string =>
      `  - name: ${name}\n    velero: {}\n    checks:\n      - { name: x, exec: { command: [a] } }\n      - { name: ${second}, exec: { command: [a] } }`;

    expect(onlyIssue(planOf(`crds:\n${step('one', 'x')}`))).toContain(
      'shop.yaml:15:21: spec.tiers.crds[0].checks[1].name: duplicate check name "x", first on line 14',
    );
    expect(issuesOf(planOf(`crds:\n${step('one', 'y')}\n${step('two', 'y')}`))).toEqual([]);
  });

  it('have one check key: unknown, none and two are refused', () => {
    expect(onlyIssue(planOfCheck('exek: { command: [x] }'))).toContain(
      'unknown check or key "exek" (did you mean "exec"?); a check has exactly one of exec, resourceExists',
    );
    expect(onlyIssue(planOfCheck('timeout: 5m'))).toContain(
      'found no check; a check has exactly one of exec, resourceExists',
    );
    expect(onlyIssue(planOfCheck('exec: { command: [x] }\nresourceExists: { kind: A, name: b }'))).toContain(
      'found two check keys, exec and resourceExists',
    );
  });

  it('that assert data say what they expect', () => {
    expect(onlyIssue(planOfCheck('asserts: data\nexec: { command: [x] }'))).toContain(
      'shop.yaml:15:22: spec.tiers.databases[0].checks[0].asserts: a data assertion must say what it expects',
    );
    expect(onlyIssue(planOfCheck('asserts: data\nresourceExists: { kind: A, name: b }'))).toContain(
      'a resourceExists check cannot assert data; exec can',
    );
    expect(issuesOf(planOfCheck('asserts: data\nexec: { command: [x], expect: { atLeast: 1 } }'))).toEqual([]);
  });

  it('at the end of the plan keep the same rules', () => {
    expect(
      onlyIssue(
        planOf(
          'storage: [{ name: one, velero: {} }]',
          '  verify: [{ name: x, asserts: data, exec: { command: [x] } }]\n',
        ),
      ),
    ).toContain('spec.verify[0].asserts: a data');
    expect(onlyIssue(planOf('storage: [{ name: one, velero: {} }]', '  verify: [{ name: x }]\n'))).toContain(
      'spec.verify[0]: found no check',
    );
  });

  it('have attempts and pauses that fit into their timeout', () => {
    expect(onlyIssue(planOfCheck('exec: { command: [x] }\ntimeout: 5s\nattemptTimeout: 6s'))).toContain(
      'attemptTimeout: found "6s"; it must not be longer than the check\'s timeout, "5s"',
    );
    expect(onlyIssue(planOfCheck('exec: { command: [x] }\ntimeout: 5s\nevery: 1m'))).toContain(
      'every: found "1m"; it must not be longer',
    );
  });
});

describe("the plan's own verdict rules", () => {
  const tiers = 'storage: [{ name: one, velero: {} }]';
  const withRules = (...rules: readonly string[]): string =>
    planOf(tiers, `  verdicts:\n${rules.map((rule) => `    - ${rule}\n`).join('')}`);

  it('are carried by the plan, in its order', () => {
    const rule = `{ group: "", kind: Widget, progressing: a, degraded: b, healthy: c }`;

    expect(mustParse(withRules(rule, '{ group: example.com, kind: Widget, healthy: d }')).verdicts).toEqual([
      { group: '', kind: 'Widget', progressing: 'a', degraded: 'b', healthy: 'c' },
      { group: 'example.com', kind: 'Widget', healthy: 'd' },
    ]);
  });

  it('have expressions that the language understands: each that it does not is named with its place', () => {
    expect(
      issuesOf(withRules('{ group: a.b, kind: Widget, progressing: nonsense one, healthy: nonsense two }')),
    ).toEqual([
      'shop.yaml:10:48: spec.verdicts[0].progressing: found "nonsense one"; it is nonsense',
      'shop.yaml:10:71: spec.verdicts[0].healthy: found "nonsense two"; it is nonsense',
    ]);
  });

  it('say when the kind is healthy', () => {
    expect(onlyIssue(withRules('{ group: a.b, kind: Widget, degraded: x }'))).toContain(
      'spec.verdicts[0].healthy: missing, and it is required: CEL: true when it is as it should be',
    );
    expect(onlyIssue(withRules('{ group: a.b, kind: Widget, healthy: true }'))).toContain(
      'spec.verdicts[0].healthy: found true',
    );
    expect(onlyIssue(withRules('{ group: a.b, kind: Widget, healthy: "" }'))).toContain('spec.verdicts[0].healthy');
  });

  it('are one for each kind of a group', () => {
    const rule = '{ group: a.b, kind: Widget, healthy: x }';

    expect(onlyIssue(withRules(rule, rule))).toContain(
      'spec.verdicts[1].kind: found a second rule for "Widget" of group "a.b", first on line 10; a kind has one rule',
    );
    expect(issuesOf(withRules(rule, rule.replace('a.b', 'a.c')))).toEqual([]);
  });

  it('name a group without its version, and a kind as in a manifest', () => {
    expect(onlyIssue(withRules('{ group: a.b/v1, kind: Widget, healthy: x }'))).toContain(
      'spec.verdicts[0].group: found "a.b/v1"; an API group is written as in a manifest without its version',
    );
    expect(onlyIssue(withRules('{ group: a.b, kind: widgets, healthy: x }'))).toContain('found "widgets"; a kind is');
  });
});
