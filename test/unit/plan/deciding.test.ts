import { describe, expect, it } from 'vitest';
import { issuesOf, mustParse, planOf } from './plan-text.ts';

const steps = 'storage: [{ name: one, velero: {} }]';
const planWith = (section: string): string => planOf(steps, `  ${section}\n`);

describe('approval and holds in a plan', () => {
  it('are carried with durations in milliseconds, and nothing that is not written', () => {
    const plan = mustParse(
      planWith(
        'approval: { beforePhaseTwo: true, approvers: [ana, { name: bo, identity: bo@corp }], people: 2, trustStatedNames: false, within: 4h, then: abort }\n  holds: { within: 30m }',
      ),
    );

    expect(plan.approval).toEqual({
      beforePhaseTwo: true,
      approvers: [{ name: 'ana' }, { name: 'bo', identity: 'bo@corp' }],
      people: 2,
      trustStatedNames: false,
      withinMs: 14_400_000,
      then: 'abort',
    });
    expect(plan.holds).toEqual({ withinMs: 1_800_000 });
    expect(mustParse(planOf(steps)).approval).toEqual({ beforePhaseTwo: false });
    expect(mustParse(planOf(steps))).not.toHaveProperty('holds');
  });

  it.each([
    ['{ beforePhaseTwo: true, approvers: [ana] }', 'write trustStatedNames: true where no proxy before Temporal'],
    ['{ beforePhaseTwo: true, people: 2 }', 'write trustStatedNames: true where no proxy before Temporal'],
    ['{ within: 4h }', 'found without an approval to apply to; write beforePhaseTwo: true'],
    ['{ beforePhaseTwo: true, then: approve }', 'found without a time limit; write within: <duration>'],
    [
      '{ beforePhaseTwo: true, people: 2, trustStatedNames: true, within: 4h, then: approve }',
      'would go round those who must approve',
    ],
    ['{ beforePhaseTwo: true, people: 2, trustStatedNames: true, approvers: [ana] }', 'list at least two'],
    ['{ beforePhaseTwo: true, trustStatedNames: true, approvers: [ana, { name: ana }] }', '"ana" is listed twice'],
    ['{ beforePhaseTwo: true, people: 3 }', 'spec.approval.people'],
    ['{ beforePhaseTwo: true, trustStatedNames: true, approvers: [{ nam: ana }] }', 'did you mean "name"?'],
    ['{ beforePhaseTwo: true, within: soon }', 'a duration is whole numbers with a unit'],
  ])('are refused with one sentence: %s', (approval, sentence) => {
    const issues = issuesOf(planWith(`approval: ${approval}`));

    expect(issues.filter((issue) => issue.includes(sentence))).toHaveLength(1);
  });

  it('refuse a hold without a time', () => {
    expect(issuesOf(planWith('holds: {}'))).toEqual([expect.stringContaining('spec.holds.within: missing')]);
  });
});
