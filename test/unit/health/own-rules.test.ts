import { describe, expect, it } from 'vitest';
import { assessObject } from '../../../src/health/assess-object.ts';
import { expressionFault, expressionLimitMs } from '../../../src/health/expression.ts';
import { judgeObjects } from '../../../src/health/judge.ts';
import { judgeByOwnRules } from '../../../src/health/own-rules.ts';
import { relatedAmong } from '../../../src/health/related.ts';
import { isTerminal } from '../../../src/health/terminal.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { OwnRule } from '../../../src/model/plan.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { fakeKube } from './check-kube.ts';

const now = new Date('2026-11-20T12:00:00Z');

function widget(status?: object, more: Partial<KubeObject> = {}): KubeObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace: 'shop', generation: 2 },
    spec: { replicas: 3 },
    ...(status === undefined ? {} : { status }),
    ...more,
  };
}

const rule: OwnRule = {
  group: 'example.com',
  kind: 'Widget',
  progressing: 'status.phase in ["Building", "Both"]',
  degraded: 'status.phase in ["Broken", "Both", "Worse"]',
  healthy: 'status.phase in ["Up", "Worse"] && status.ready >= spec.replicas',
};

function judged(object: KubeObject, own: OwnRule = rule): Verdict {
  return assessObject(object, relatedAmong([object]), now, judgeByOwnRules([own]));
}

const healthyIs = (healthy: string): OwnRule => ({ group: 'example.com', kind: 'Widget', healthy });

describe("a plan's own rule", () => {
  it.each([
    ['progressing', { phase: 'Building' }, 'Progressing', 'PlanRule', 'says progressing: status.phase in'],
    ['progressing before degraded', { phase: 'Both' }, 'Progressing', 'PlanRule', 'says progressing'],
    ['degraded', { phase: 'Broken', message: 'no disk' }, 'Degraded', 'PlanRule', 'phase is Broken: no disk'],
    ['degraded before healthy', { phase: 'Worse', ready: 3 }, 'Degraded', 'PlanRule', 'says degraded'],
    ['healthy', { phase: 'Up', ready: 3 }, 'Healthy', 'PlanRule', 'says healthy'],
    ['none true: progressing', { phase: 'Up', ready: 2 }, 'Progressing', 'PlanRule', 'none of the plan'],
    ['a phase nobody has named', { phase: 'Sideways' }, 'Progressing', 'PlanRule', 'phase is Sideways'],
    ['a field that is missing', { phase: 'Up' }, 'Unknown', 'RuleError', 'No such key: ready at character'],
    ['no status content', {}, 'Progressing', 'NoStatus', 'No such key: phase'],
    ['no status', undefined, 'Progressing', 'NoStatus', 'has not reported'],
  ])('%s', (_why, status, verdict, reason, says) => {
    const seen = judged(widget(status));

    expect({ verdict: seen.verdict, reason: seen.reason }).toEqual({ verdict, reason });
    expect(seen.message).toContain(says);
  });

  it('comes after deletion and generation, as every rule', () => {
    const up = { phase: 'Up', ready: 3 };
    const leaving = { ...widget(up).metadata, deletionTimestamp: '2026-11-20T11:59:00Z' };

    expect(judged(widget(up, { metadata: leaving })).reason).toBe('Terminating');
    expect(judged(widget({ ...up, observedGeneration: 1 })).reason).toBe('StaleGeneration');
    expect(judged(widget({ ...up, observedGeneration: 2 })).verdict).toBe('Healthy');
  });

  it('comes before our own rule and the common conditions, and is for its group and kind alone', () => {
    const stalled = { phase: 'Up', ready: 3, conditions: [{ type: 'Stalled', status: 'True' }] };
    const deployment = { ...widget({ phase: 'Up', ready: 3 }), apiVersion: 'apps/v1', kind: 'Deployment' };

    expect(judged(widget(stalled)).verdict).toBe('Healthy');
    expect(judged(deployment).verdict).toBe('Progressing');
    expect(judged(deployment, { ...rule, group: 'apps', kind: 'Deployment' }).verdict).toBe('Healthy');
    expect(judged({ ...widget({ phase: 'Up', ready: 3 }), apiVersion: 'example.org/v1' }).reason).toBe('NoRule');
  });

  it('comes before what our rule says of an object that a person has laid aside', () => {
    const hibernated: KubeObject = {
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'c', namespace: 'shop', annotations: { 'cnpg.io/hibernation': 'on' } },
      status: { phase: 'Up', ready: 3 },
    };

    expect(judged(hibernated).reason).toBe('Hibernated');
    expect(
      judged(hibernated, { group: 'postgresql.cnpg.io', kind: 'Cluster', healthy: 'status.ready == 3' }).reason,
    ).toBe('PlanRule');
  });

  it('is never Healthy after an expression before it that cannot be answered', () => {
    const typo = { ...rule, degraded: 'status.eror != ""' };

    const seen = judged(widget({ phase: 'Up', ready: 3, error: 'all is lost' }), typo);

    expect(seen).toMatchObject({ verdict: 'Unknown', reason: 'RuleError' });
    expect(seen.message).toContain('expression degraded');
    expect(seen.message).toContain('No such key: eror');
    expect(seen.message).toContain('write has(…)');
  });

  it.each([
    ['text', 'status.phase', 'its result is text'],
    ['a number', 'status.ready', 'its result is a number'],
    ['a list', 'status.list', 'its result is a list'],
    ['a mapping', 'status', 'type map'],
    ['null', 'status.nothing', 'its result is null'],
    ['types that do not fit', 'status.phase > 3', 'no such overload'],
    ['no pattern', 'status.phase.matches("(")', 'regular expression'],
    ['no syntax', 'status.phase ==', 'no CEL expression'],
  ])('is Unknown for %s', (_why, expression, says) => {
    const seen = judged(widget({ phase: 'Up', ready: 3, list: [], nothing: null }), healthyIs(expression));

    expect({ verdict: seen.verdict, reason: seen.reason }).toEqual({ verdict: 'Unknown', reason: 'RuleError' });
    expect(seen.message).toContain(says);
    expect(isTerminal({ apiVersion: 'example.com/v1', kind: 'Widget', ...seen })).toBe(false);
  });

  it('counts in whole numbers, compares with fractions, and asks for what may be absent', () => {
    const status = { ready: 3, ratio: 0.5, phase: 'Up', nodes: [{ up: true }, { up: true }] };
    const expressions = [
      'status.ready + 1 == 4',
      'status.ready == spec.replicas',
      'status.ratio < 1',
      'status.?nope.orValue("none") == "none"',
      'has(status.nope) ? false : status.phase.startsWith("U")',
      'size(status.nodes) == 2 && status.nodes.all(n, n.up)',
      'object.metadata.name == metadata.name && !("labels" in metadata)',
    ];

    for (const expression of expressions)
      expect([expression, judged(widget(status), healthyIs(expression)).verdict]).toEqual([expression, 'Healthy']);
  });

  it('reaches nothing but the object', () => {
    for (const field of ['constructor', '__proto__', 'toString'])
      expect(judged(widget({ phase: 'Up' }), healthyIs(`status.${field} != null`)).reason).toBe('RuleError');
  });

  it('does not repeat a credential that an error quotes', () => {
    const seen = judged(widget({ word: 'password=hunter2' }), healthyIs('int(status.word) == 1'));

    expect(seen.reason).toBe('RuleError');
    expect(seen.message).not.toContain('hunter2');
  });

  it.each([
    ['lists within lists', 'status.l.all(a, status.l.all(b, status.l.all(c, a + b + c >= 0)))'],
    ['a pattern that backtracks', 'status.s.matches("^(a+)+$")'],
  ])('is ended when it takes too long: %s', (_why, expression) => {
    const object = widget({ l: Array.from({ length: 3000 }, (_, i) => i), s: `${'a'.repeat(60)}!` });
    const judge = judgeByOwnRules([healthyIs(expression)]);

    const seen = judge.judge(object);
    const started = performance.now();
    const again = judge.judge(object);

    expect(seen).toMatchObject({ verdict: 'Unknown', reason: 'RuleError' });
    expect(seen.message).toContain(`longer than ${expressionLimitMs} ms`);
    // Not asked again in this look: a thousand objects must not take ten minutes.
    expect(again).toEqual(seen);
    expect(performance.now() - started).toBeLessThan(expressionLimitMs / 2);
  });

  it('is asked by the look at a cluster', async () => {
    const kube = fakeKube({ objects: [widget({ phase: 'Up', ready: 3 })] });
    const ref = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'w' };
    const signal = AbortSignal.timeout(10_000);

    const [own] = await judgeObjects(kube, [ref], { signal, verdicts: [rule] });
    const [none] = await judgeObjects(kube, [ref], { signal });

    expect(own).toMatchObject({ verdict: 'Healthy', reason: 'PlanRule' });
    expect(none).toMatchObject({ verdict: 'Unknown', reason: 'NoRule' });
  });
});

describe('an expression of a plan', () => {
  it.each([
    ['status.phase == "Up"'],
    ['has(status.x) && status.x.exists(c, c.type == "Ready" && c.status == "True")'],
    ['status.?a.b.orValue(true)'],
    ['true'],
  ])('is taken: %s', (text) => {
    expect(expressionFault(text)).toBeUndefined();
  });

  it.each([
    ['status.phase == "Up" &&', 'it is no CEL expression: something is missing at character 24, its end'],
    ['"Up', 'it is no CEL expression: Unterminated string'],
    [
      'statu.phase == "Up"',
      'Unknown variable: statu at character 1, before "statu.phase == \\"Up\\""; allowed are object',
    ],
    ['frob(status)', "found no matching overload for 'frob(map<dyn, dyn>)'"],
    ['size(status)', 'it is of type int, an expression must be true or false'],
    [`${'('.repeat(60)}true${')'.repeat(60)}`, 'no CEL expression'],
  ])('is refused: %s', (text, says) => {
    expect(expressionFault(text)).toContain(says);
  });
});
