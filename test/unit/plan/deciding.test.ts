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
    ['{ beforePhaseTwo: true, trustStatedNames: true, approvers: [ana, bo, Ana] }', '"Ana" is listed twice'],
    [
      '{ beforePhaseTwo: true, people: 2, trustStatedNames: true, approvers: [{ name: ana, identity: a }, { name: bo, identity: A }] }',
      'identity "A" is listed twice; two people need two callers',
    ],
    ['{ beforePhaseTwo: true, people: 3 }', 'spec.approval.people'],
    [
      '{ beforePhaseTwo: true, trustStatedNames: true, approvers: [{ name: ana, identiy: a }] }',
      'did you mean "identity"?',
    ],
    ['{ beforePhaseTwo: true, trustStatedNames: true, approvers: [" "] }', 'found " "; a name has 1 to 200 characters'],
    ['{ beforePhaseTwo: true, trustStatedNames: true, approvers: ["ana "] }', 'found "ana "; a name has 1 to 200'],
    [
      '{ beforePhaseTwo: true, trustStatedNames: true, approvers: [{ name: ana, identity: " a" }] }',
      'spec.approval.approvers[0].identity: found " a"; a name has',
    ],
    [
      '{ beforePhaseTwo: true, people: 2, trustStatedNames: true, approvers: [{ name: ana, identity: a }, { name: bo, identity: a }] }',
      'spec.approval.approvers[1]: identity "a" is listed twice; two people need two callers',
    ],
    [
      '{ beforePhaseTwo: true, people: 2, trustStatedNames: false, approvers: [ana, { name: bo, identity: ana }] }',
      'identity "ana" is listed twice; two people need two callers',
    ],
    ['{ beforePhaseTwo: true, people: 2, trustStatedNames: true, approvers: [ana, ana] }', '"ana" is listed twice'],
    [
      '{ beforePhaseTwo: true, people: 1, trustStatedNames: false }',
      'spec.approval.trustStatedNames: found false, and everybody may approve alone; write approvers or people: 2',
    ],
    ['true', 'spec.approval: found true; write a mapping, as { beforePhaseTwo: true }'],
    ['{ beforePhaseTwo: true, within: soon }', 'a duration is whole numbers with a unit'],
  ])('are refused with one sentence: %s', (approval, sentence) => {
    expect(issuesOf(planWith(`approval: ${approval}`))).toEqual([expect.stringContaining(sentence)]);
  });

  it('may list one caller twice where one person is enough, or two whose names are believed', () => {
    const callers = 'approvers: [{ name: ana, identity: a }, { name: bo, identity: a }]';
    const believed = 'approvers: [ana, { name: bo, identity: ana }]';

    for (const section of [
      `{ beforePhaseTwo: true, trustStatedNames: false, ${callers} }`,
      `{ beforePhaseTwo: true, people: 2, trustStatedNames: true, ${believed} }`,
    ])
      expect(issuesOf(planWith(`approval: ${section}`))).toEqual([]);
  });

  it('refuse a hold without a time', () => {
    expect(issuesOf(planWith('holds: 12h'))).toEqual([
      expect.stringContaining('spec.holds: found "12h"; write a mapping, as { within: 12h }'),
    ]);
    expect(issuesOf(planWith('holds: {}'))).toEqual([expect.stringContaining('spec.holds.within: missing')]);
  });
});
