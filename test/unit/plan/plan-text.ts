import { issueText, type PlanLanguage } from '../../../src/plan/language.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { fakeLanguage } from './fake-language.ts';

/** The lines before `tiers`, which a test may replace. */
export const header = `apiVersion: rekindle.dev/v1alpha1
kind: RestorePlan
metadata: { name: shop }
spec:
  site: shop
  cluster: dr-east
  namespaces: [shop]
  velero: { backup: nightly }
`;

/** A valid plan around some tiers, each line indented by four. */
export function planOf(tiers: string, more = ''): string {
  return `${header}${more}  tiers:\n${tiers.replaceAll(/^(?=.)/gm, '    ')}\n`;
}

/** A plan with one step, whose lines stand under `- name: one`. */
export function planOfStep(lines: string, tier = 'databases'): string {
  return planOf(`${tier}:\n  - name: one\n${lines.replaceAll(/^(?=.)/gm, '    ')}`);
}

/** A valid step with one check, whose lines stand under `- name: first`. */
export function planOfCheck(lines: string): string {
  return planOfStep(
    `velero: { includedResources: [x] }\nchecks:\n  - name: first\n${lines.replaceAll(/^(?=.)/gm, '    ')}`,
  );
}

/** The plan, or an error that holds every issue. */
export function mustParse(text: string, language: PlanLanguage = fakeLanguage): Plan {
  const result = parsePlan(text, 'shop.yaml', language);
  if ('plan' in result) return result.plan;
  throw new Error(result.issues.map(issueText).join('\n'));
}

/** Every issue as the line that `validate` prints; empty for a valid plan. */
export function issuesOf(text: string, language: PlanLanguage = fakeLanguage): string[] {
  const result = parsePlan(text, 'shop.yaml', language);
  return 'plan' in result ? [] : result.issues.map(issueText);
}
