import type { z } from 'zod';
import { chosenKeys, rawCheckLists, rawSteps, type RawCheck, type RawStep } from './entries.ts';
import type { Fault, PlanLanguage, PlanPath } from './language.ts';
import { descriptionAt, keysAt } from './schema-walk.ts';
import { hint, oneOf, show } from './words.ts';

/** Keys that later versions will understand. */
const reserved: { readonly [place: string]: readonly string[] } = {
  spec: ['source', 'before', 'after'],
  step: ['source', 'before', 'after', 'quiesce', 'drill'],
};

/** Stands in an issue's message unless a schema's author wrote one: a schema's own goes before the parse's. */
const libraryMessage = '\0library';

type Issue = z.core.$ZodIssue;

/** What every message is made from. */
interface Context {
  readonly schema: z.ZodType;
  readonly language: PlanLanguage;
}

/** What a schema found wrong with a value, in a plan's words: one fault for each thing. */
export function shapeFaults(schema: z.ZodType, value: unknown, language: PlanLanguage): Fault[] {
  const result = schema.safeParse(value, { reportInput: true, error: () => libraryMessage });
  if (result.success) return [];
  const unclear = ambiguousPlaces(value, language);
  return result.error.issues
    .flatMap((issue) => faultsOf(issue, [], { schema, language }))
    .filter(({ path }) => !unclear.some((place) => place.every((part, i) => path[i] === part)));
}

/** Where two drivers or two checks stand in one entry: that is the fault, and not what either of them lacks. */
function ambiguousPlaces(value: unknown, language: PlanLanguage): PlanPath[] {
  const twice = (entries: readonly (RawStep | RawCheck)[], choices: PlanLanguage['drivers' | 'checks']): PlanPath[] =>
    entries.flatMap(({ raw, path }) => {
      const chosen = chosenKeys(raw, choices);
      return chosen.length > 1 ? chosen.map((key) => [...path, key]) : [];
    });
  return [...twice(rawSteps(value), language.drivers), ...twice(rawCheckLists(value).flat(), language.checks)];
}

function faultsOf(issue: Issue, before: PlanPath, context: Context): Fault[] {
  const path = [...before, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    const [first = ''] = issue.keys;
    if (issue.message !== libraryMessage) return [{ path: [...path, first], message: issue.message, atKey: true }];
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, path, context), atKey: true }));
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue);
    if (branch !== undefined) return branch.flatMap((inner) => faultsOf(inner, path, context));
  }
  return [{ path, message: messageOf(issue, path, context) }];
}

/** What a mapping of a plan is: it decides how an unknown key is spoken of. */
function placeOf(path: PlanPath): 'spec' | 'tiers' | 'step' | 'check' | 'other' {
  const pattern = path.map((part) => (typeof part === 'number' ? '#' : part)).join('/');
  if (pattern === 'spec') return 'spec';
  if (pattern === 'spec/tiers') return 'tiers';
  if (/^spec\/tiers\/[^/]+\/#$/.test(pattern)) return 'step';
  return pattern === 'spec/verify/#' || /^spec\/tiers\/[^/]+\/#\/checks\/#$/.test(pattern) ? 'check' : 'other';
}

function unknownKey(key: string, path: PlanPath, { schema, language }: Context): string {
  const place = placeOf(path);
  if (reserved[place]?.includes(key))
    return `"${key}" is not yet supported; it is reserved for a later version, take it out`;
  const known = keysAt(schema, path);
  const found = `${show(key)}${hint(key, known)}`;
  if (place === 'tiers') return `unknown tier ${found}; the eight tiers are ${known.join(', ')}`;
  if (place !== 'step' && place !== 'check') return `unknown key ${found}; allowed are ${known.join(', ')}`;
  const [word, choices] =
    place === 'step' ? ['driver', Object.keys(language.drivers)] : ['check', Object.keys(language.checks)];
  const others = known.filter((name) => !choices.includes(name));
  return `unknown ${word} or key ${found}; a ${place} has exactly one of ${choices.join(', ')}, and may have ${others.join(', ')}`;
}

/** The branch of a union that was meant: the one whose kind of value was written. */
function likeliestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const fitting = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** What a schema's author wrote is kept; what the library says is put into a plan's words. */
function messageOf(issue: Issue, path: PlanPath, { schema }: Context): string {
  const found = `found ${show(issue.input)}`;
  const isAboutValue =
    issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
  if (isAboutValue && issue.input === undefined) return missing(path, schema);
  if (issue.message !== libraryMessage)
    return issue.message.startsWith('found ') ? issue.message : `${found}; ${issue.message}`;
  if (issue.code === 'invalid_type') return `${found}; expected ${typeWord(issue.expected)}`;
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const near = typeof issue.input === 'string' ? hint(issue.input, allowed) : '';
    return `${found}${near}; allowed ${allowed.length === 1 ? 'is' : 'are'} ${oneOf(allowed)}`;
  }
  if (issue.code === 'invalid_union') {
    const kinds = issue.errors.flatMap((branch) =>
      branch.flatMap((inner) => (inner.code === 'invalid_type' ? [typeWord(inner.expected)] : [])),
    );
    return kinds.length > 0
      ? `${found}; expected ${oneOf([...new Set(kinds)])}`
      : `${found}; ${descriptionAt(schema, path) ?? 'it is not allowed here'}`;
  }
  if (issue.code === 'too_small') return `${amountOf(issue)}; at least ${bound(issue.minimum, issue.origin)} needed`;
  if (issue.code === 'too_big') return `${amountOf(issue)}; at most ${bound(issue.maximum, issue.origin)} allowed`;
  if (issue.code === 'invalid_format') return `${found}; it must match ${issue.pattern ?? issue.format}`;
  return `${found}; it is not allowed here`;
}

function missing(path: PlanPath, schema: z.ZodType): string {
  const about = descriptionAt(schema, path)?.replace(/\.$/, '');
  return about === undefined ? 'missing, and it is required' : `missing, and it is required: ${about}`;
}

function amountOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const { input, origin } = issue;
  const hasLength = Array.isArray(input) || typeof input === 'string';
  return `found ${hasLength ? counted(input.length, origin) : show(input)}`;
}

function bound(limit: number | bigint, origin: string): string {
  const isOne = limit === 1 || (origin !== 'string' && origin !== 'array');
  return `${counted(limit, origin)} ${isOne ? 'is' : 'are'}`;
}

function counted(count: number | bigint, origin: string): string {
  if (origin === 'string') return `${count} ${count === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `${count} ${count === 1 ? 'entry' : 'entries'}`;
  return `${count}`;
}

const typeWords: { readonly [type: string]: string } = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};

function typeWord(expected: string): string {
  return typeWords[expected] ?? expected;
}
