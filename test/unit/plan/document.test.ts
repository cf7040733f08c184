import { describe, expect, it } from 'vitest';
import { issuesOf, planOf, planOfStep } from './plan-text.ts';

describe('a file that is no plan', () => {
  it.each([
    ['nothing', '', '1:1: the file is empty; a plan is a mapping'],
    ['a comment alone', '# later\n', '1:1: the file is empty'],
    ['a list', '- a\n- b\n', '1:1: found a list; a plan is a mapping with apiVersion, kind, metadata and spec'],
    ['a word', 'bookstore', '1:1: found a single value; a plan is a mapping'],
    ['two documents', 'kind: a\n---\nkind: b\n', '2:1: not YAML: a second document begins here; a file holds one plan'],
    ['a tab', 'spec:\n\tsite: x\n', '2:1: not YAML: a tab indents this line; YAML is indented with spaces'],
    ['a quote that is not closed', 'kind: "x\nspec: y\n', 'not YAML: something is missing here: a closing quote'],
    ['a bracket that is not closed', 'spec: [a, b\nkind: x\n', 'not YAML:'],
    ['a value with a colon', 'spec: a: b\n', 'not YAML: a mapping cannot begin in the middle of a value'],
    ['wrong indentation', 'spec:\n  site: x\n kind: y\n', 'not YAML: the indentation does not fit'],
    ['an alias without its anchor', 'spec: *nowhere\n', '1:7: spec: this alias names no anchor that stands before it'],
    ['a tag of a vault', 'spec: !vault x\n', '1:7: not YAML: this tag is not known'],
    ['a key that is a mapping', '? { a: b }\n: c\n', 'not YAML: a key must be plain text'],
    [
      'an alias inside its anchor',
      'spec: &a [*a]\n',
      '1:11: spec[0]: this alias stands inside its own anchor; write the value out',
    ],
    ['brackets without end', '['.repeat(100_000), 'not YAML: nested too deeply to be a plan'],
    ['too much', `# ${'x'.repeat(256 * 1024)}`, 'the file has 257 KiB; at most 256 KiB are allowed'],
  ])('is named: %s', (_what, text, line) => {
    const [first] = issuesOf(text);

    expect(first).toContain('shop.yaml:');
    expect(first).toContain(line);
  });

  it('is refused when its aliases multiply', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(', ')}]`,
    );

    expect(issuesOf(`a0: &a0 [x]\n${levels.join('\n')}\n`)[0]).toContain(
      'its anchors and aliases cannot be resolved; write the values out',
    );
  });

  it('says nothing of what the file holds when it cannot be read', () => {
    const issues = issuesOf('password: "hunter2\n  spec: [hunter2\n');

    expect(issues.length).toBeGreaterThan(0);
    expect(issues.join('\n')).not.toContain('hunter2');
  });
});

describe('keys', () => {
  it('that stand twice are named with the first line, beside other errors', () => {
    expect(issuesOf(planOfStep('velero: { includedResources: [x] }\ntimeout: 5m\ntimeout: 6'))).toEqual([
      'shop.yaml:14:9: spec.tiers.databases[0].timeout: duplicate key "timeout"; it stands first on line 13',
      expect.stringContaining('shop.yaml:14:18: spec.tiers.databases[0].timeout: found 6; a duration'),
    ]);
  });

  it('of objects are no danger', () => {
    const issues = issuesOf(planOf('storage: [{ name: one, velero: {}, __proto__: {}, constructor: x }]'));

    expect(issues).toHaveLength(2);
    expect(issues[0]).toContain('unknown driver or key "__proto__"');
    expect(issues[1]).toContain('unknown driver or key "constructor"');
  });
});

describe('places', () => {
  it('are counted behind a byte order mark, Windows line ends and wide characters', () => {
    const text = planOfStep('velero: { includedResources: [x] }\ntimeout: 5').replaceAll('\n', '\r\n');

    expect(issuesOf(`\uFEFF${text}`)[0]).toContain('shop.yaml:13:18: ');
    expect(issuesOf(text.replace('kind: RestorePlan', '"kind": "RestorePlan"'))[0]).toContain('shop.yaml:13:18: ');
  });

  it('of an error in what an alias stands for are where the anchor is', () => {
    const tiers = 'crds:\n  - { name: one, velero: &a { mode: quick } }\n  - { name: two, velero: *a }';

    expect(issuesOf(planOf(tiers)).map((issue) => issue.split(': ').slice(0, 2).join(' '))).toEqual([
      'shop.yaml:11:41 spec.tiers.crds[0].velero.mode',
      'shop.yaml:11:41 spec.tiers.crds[1].velero.mode',
    ]);
  });
});
