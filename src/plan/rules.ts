import type { z } from 'zod';
import type { JsonObject } from '../model/json.ts';
import { approvalFaults } from './deciding.ts';
import { dependencyFaults } from './dependencies.ts';
import { parseDuration } from '../model/duration.ts';
import { drillFaults } from './drill.ts';
import { chosenKeys, rawAt, rawCheckLists, rawSteps, isRaw, type Raw, type RawCheck, type RawStep } from './entries.ts';
import { defaults } from './schema.ts';
import type { Fault, LineOf, PlanLanguage, PlanPath } from './language.ts';
import { quiesceFaults } from './quiesce-rules.ts';
import { verdictFaults } from './verdict-rules.ts';
import { oneOf, show } from './words.ts';

/** Names of the run's own stages: `retryStep` and the holds use them beside step names. */
const takenStepNames = ['planning', 'preflight', 'quiesce', 'phase-one-gate', 'verify'];

/**
 * The rules across fields. They read the plan as it was written, so that they speak up beside the errors of shape and
 * not only after those are mended.
 */
export function ruleFaults(plan: unknown, language: PlanLanguage, lineOf: LineOf): Fault[] {
  const steps = rawSteps(plan);
  const checkLists = rawCheckLists(plan);
  return [
    ...noStep(plan, steps),
    ...namespaceFaults(plan),
    ...approvalFaults(plan),
    ...drillFaults(plan),
    ...veleroFaults(plan, steps),
    ...repeated(steps, 'step', lineOf),
    ...steps.flatMap((step) => stepFaults(step, language)),
    ...dependencyFaults(steps, lineOf),
    ...verdictFaults(plan, language, lineOf),
    ...quiesceFaults(plan, defaults.veleroNamespace),
    ...checkLists.flatMap((checks) => [
      ...repeated(checks, 'check', lineOf),
      ...checks.flatMap((check) => checkFaults(check, language)),
    ]),
  ];
}

function noStep(plan: unknown, steps: readonly RawStep[]): Fault[] {
  const tiers = rawAt(plan, ['spec', 'tiers']);
  if (steps.length > 0 || !isRaw(tiers)) return [];
  const hasEntries = Object.values(tiers).some((tier) => tier !== null && !(Array.isArray(tier) && tier.length === 0));
  return hasEntries
    ? []
    : [
        {
          path: ['spec', 'tiers'],
          message: 'the plan has no step; give at least one tier a step, as `- name: volumes` with a driver',
          atKey: true,
        },
      ];
}

function namespaceFaults(plan: unknown): Fault[] {
  const list = rawAt(plan, ['spec', 'namespaces']);
  if (!Array.isArray(list)) return [];
  return list.flatMap((name: unknown, i): Fault[] => {
    const path = ['spec', 'namespaces', i];
    if (name === 'rekindle-system')
      return [{ path, message: `found ${show(name)}; it is Rekindle's own and never restored, take it out` }];
    if (typeof name === 'string' && list.indexOf(name) < i)
      return [{ path, message: `namespace ${show(name)} is listed twice` }];
    return [];
  });
}

function veleroFaults(plan: unknown, steps: readonly RawStep[]): Fault[] {
  const path = ['spec', 'velero'];
  const velero = rawAt(plan, path);
  if (velero === undefined || velero === null) {
    const step = steps.find(({ raw }) => raw['velero'] !== undefined);
    return step === undefined || velero === null
      ? []
      : [
          {
            path,
            message: `missing, and step ${show(step.name)} restores with velero; write velero: {backup: <name>} or {schedule: <name>}`,
          },
        ];
  }
  if (!isRaw(velero)) return [];
  const named = ['backup', 'schedule'].filter((key) => velero[key] !== undefined);
  if (named.length === 2) return [{ path, message: 'found both backup and schedule; write one of them', atKey: true }];
  return named.length === 0
    ? [{ path, message: 'found neither backup nor schedule; write one of them', atKey: true }]
    : [];
}

function repeated(entries: readonly (RawStep | RawCheck)[], word: 'step' | 'check', lineOf: LineOf): Fault[] {
  const first = new Map<string, PlanPath>();
  return entries.flatMap(({ name, path }): Fault[] => {
    if (name === undefined) return [];
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, [...path, 'name']);
      return [];
    }
    const where = word === 'step' ? 'in the plan' : 'among the checks beside it';
    return [
      {
        path: [...path, 'name'],
        message: `duplicate ${word} name ${show(name)}, first on line ${lineOf(before)}; a ${word}'s name is unique ${where}`,
      },
    ];
  });
}

function stepFaults(step: RawStep, language: PlanLanguage): Fault[] {
  const { raw, path, tier, name } = step;
  const faults: Fault[] = [];
  if (name !== undefined && takenStepNames.includes(name)) {
    faults.push({
      path: [...path, 'name'],
      message: `found ${show(name)}; a stage of the run itself has this name, choose another one`,
    });
  }
  faults.push(...oneKey(raw, path, Object.keys(language.drivers), 'step', 'driver'));
  if (chosenKeys(raw, language.drivers).length > 1) return faults; // what is wrong inside is not known before one is left
  for (const [driver, words] of Object.entries(language.drivers)) {
    if (raw[driver] === undefined) continue;
    if (!words.tiers.includes(tier)) {
      faults.push({
        path: [...path, driver],
        message: `a ${driver} step makes no sense in tier ${tier}; it may stand in ${oneOf(words.tiers)}`,
        atKey: true,
      });
      continue;
    }
    const spec = parsed(words.spec, raw[driver]);
    const refusal = spec === undefined ? undefined : words.refuses?.(tier, spec);
    if (refusal !== undefined) faults.push({ path: [...path, driver], message: refusal, atKey: true });
  }
  return faults;
}

/** Exactly one driver key in a step, one check key in a check. */
function oneKey(raw: Raw, path: PlanPath, choices: readonly string[], place: string, word: string): Fault[] {
  const found = choices.filter((choice) => raw[choice] !== undefined);
  const [, second] = found;
  if (second !== undefined) {
    const count = found.length === 2 ? 'two' : String(found.length);
    return [
      {
        path: [...path, second],
        message: `found ${count} ${word} keys, ${found.join(' and ')}; a ${place} has exactly one, make two ${place}s of it`,
        atKey: true,
      },
    ];
  }
  // With an unknown key beside it, the error of that key says what is allowed.
  const known = [...choices, 'name', 'dependsOn', 'timeout', 'checks', 'asserts', 'attemptTimeout', 'every'];
  if (found.length === 1 || Object.keys(raw).some((key) => !known.includes(key))) return [];
  return [{ path, message: `found no ${word}; a ${place} has exactly one of ${choices.join(', ')}` }];
}

function parsed(schema: z.ZodType<JsonObject>, value: unknown): JsonObject | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}

function checkFaults(check: RawCheck, language: PlanLanguage): Fault[] {
  const { raw, path } = check;
  const faults = oneKey(raw, path, Object.keys(language.checks), 'check', 'check');
  const timeoutMs = durationOf(raw['timeout'], defaults.checkTimeout);
  for (const key of ['attemptTimeout', 'every'] as const) {
    const ms = raw[key] === undefined ? 0 : durationOf(raw[key], defaults[key]);
    if (ms > timeoutMs)
      faults.push({
        path: [...path, key],
        message: `found ${show(raw[key])}; it must not be longer than the check's timeout, ${show(raw['timeout'] ?? defaults.checkTimeout)}`,
      });
  }
  if (raw['asserts'] === 'data') faults.push(...dataFaults(check, language));
  return faults;
}

function durationOf(value: unknown, otherwise: string): number {
  return parseDuration(typeof value === 'string' ? value : otherwise) ?? parseDuration(otherwise) ?? 0;
}

function dataFaults({ raw, path }: RawCheck, language: PlanLanguage): Fault[] {
  return Object.entries(language.checks).flatMap(([type, words]): Fault[] => {
    if (raw[type] === undefined) return [];
    const at = [...path, 'asserts'];
    if (words.expectsData === undefined) {
      const able = Object.entries(language.checks).flatMap(([name, other]) =>
        other.expectsData === undefined ? [] : [name],
      );
      return [{ path: at, message: `a ${type} check cannot assert data; ${oneOf(able)} can` }];
    }
    const spec = parsed(words.spec, raw[type]);
    if (spec === undefined || words.expectsData(spec)) return [];
    return [
      {
        path: at,
        message:
          'a data assertion must say what it expects, as expect: {atLeast: 1}; an empty table also answers a count',
      },
    ];
  });
}
