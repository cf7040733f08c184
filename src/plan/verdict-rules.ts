import { isRaw, rawAt } from './entries.ts';
import type { Fault, LineOf, PlanLanguage } from './language.ts';
import { show } from './words.ts';

const expressionKeys = ['progressing', 'degraded', 'healthy'] as const;

/** What is wrong with a plan's own verdict rules: an expression that is none, a kind that has two. */
export function verdictFaults(plan: unknown, language: PlanLanguage, lineOf: LineOf): Fault[] {
  const path = ['spec', 'verdicts'];
  const list: unknown = rawAt(plan, path);
  if (!Array.isArray(list)) return [];
  const first = new Map<string, number>();
  return list.flatMap((raw: unknown, i): Fault[] => {
    if (!isRaw(raw)) return [];
    const here = [...path, i];
    const faults = expressionKeys.flatMap((key): Fault[] => {
      const text = raw[key];
      const message = typeof text === 'string' && text !== '' ? language.expressionFault(text) : undefined;
      return message === undefined ? [] : [{ path: [...here, key], message }];
    });
    const [group, kind] = [raw['group'], raw['kind']];
    if (typeof group !== 'string' || typeof kind !== 'string') return faults;
    const before = first.get(`${group}/${kind}`);
    if (before === undefined) first.set(`${group}/${kind}`, i);
    else
      faults.push({
        path: [...here, 'kind'],
        message: `found a second rule for ${show(kind)} of group ${show(group)}, first on line ${lineOf([...path, before, 'kind'])}; a kind has one rule, make one of the two`,
      });
    return faults;
  });
}
