import { describe, expect, it } from 'vitest';
import { drilledPlan } from '../../../src/model/drill.ts';
import { issuesOf, mustParse, planOf } from './plan-text.ts';

const volumes = 'storage: [{ name: one, velero: {} }]';

describe('the section drill', () => {
  it('names another cluster, and says how long the drill stands and its clean-up may take', () => {
    const plan = mustParse(planOf(volumes, '  drill: { cluster: practice, keepFor: 2h, cleanUpTimeout: 5m }\n'));

    expect(plan.drill).toEqual({ cluster: 'practice', keepForMs: 7_200_000, cleanUpMs: 300_000 });
    expect(mustParse(planOf(volumes, '  drill: { cluster: practice }\n')).drill).toEqual({
      cluster: 'practice',
      cleanUpMs: 900_000,
    });
    expect(mustParse(planOf(volumes))).not.toHaveProperty('drill');
  });

  it.each([
    ['{ cluster: dr-east }', 'spec.drill.cluster: found "dr-east", which is the site\'s own cluster'],
    ['{ keepFor: 2h }', 'spec.drill.cluster: missing'],
    ['{ cluster: practice, keepFor: 2 }', 'spec.drill.keepFor: found 2; a duration is'],
    ['{ cluster: practice, keepfor: 2h }', 'unknown key "keepfor" (did you mean "keepFor"?)'],
    ['dr', 'spec.drill: found "dr"; write a mapping, as { cluster: dr }'],
    ['{ cluster: practice, keepFor: 8d }', 'spec.drill.keepFor: found "8d"; the duration must be 0s to 7d'],
    ['{ cluster: a b }', 'spec.drill.cluster: found "a b"; write the name of a kubeconfig context'],
  ])('%s is refused where it stands', (section, issue) => {
    expect(issuesOf(planOf(volumes, `  drill: ${section}\n`)).join('\n')).toContain(issue);
  });

  it('may stand for no time at all, as a request may say', () => {
    const plan = mustParse(planOf(volumes, '  drill: { cluster: practice, keepFor: 0s }\n'));

    expect(plan.drill).toMatchObject({ keepForMs: 0 });
  });

  it('makes of a plan the one that a drill carries out, on the drill’s cluster', () => {
    const plan = mustParse(planOf(volumes, '  drill: { cluster: practice }\n'));

    expect(drilledPlan(plan)).toEqual({ ...plan, cluster: 'practice', drillOf: 'dr-east' });
    expect(drilledPlan(mustParse(planOf(volumes)))).toBeUndefined();
  });
});
