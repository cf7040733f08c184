import { describe, expect, it } from 'vitest';
import { isLookedAt, misfit, samePerson } from '../../../src/model/approvers.ts';
import type { Approval } from '../../../src/model/plan.ts';
import type { Decision } from '../../../src/model/report.ts';

const given = (by: string, identity?: string): Decision => ({
  at: '2026-11-20T04:00:00.000Z',
  kind: 'approve',
  by,
  reason: 'why',
  ...(identity === undefined ? {} : { identity }),
});
const rule = (more: Partial<Approval>): Approval => ({ beforePhaseTwo: true, ...more });
const listed = [{ name: 'ana' }, { name: 'bo', identity: 'bo@corp' }];

describe('an approval whose caller is known', () => {
  it.each<[string, Partial<Approval>, Decision, readonly Decision[]]>([
    ['anybody, where nobody is listed', {}, given('ana', 'x@y'), []],
    ['a name that Temporal recorded too', { approvers: listed, trustStatedNames: false }, given('ana', 'ana'), []],
    ['the identity that is listed', { approvers: listed, trustStatedNames: false }, given('bo', 'bo@corp'), []],
    ['a trusted name, whoever called', { approvers: listed, trustStatedNames: true }, given('ana', 'ui'), []],
    ['two trusted names by one caller', { people: 2, trustStatedNames: true }, given('bo', 'ui'), [given('ana', 'ui')]],
    ['a name in other letters', { approvers: listed, trustStatedNames: true }, given(' Ana ', 'ui'), []],
    ['two callers', { people: 2, trustStatedNames: false }, given('bo', 'bo'), [given('ana', 'ana')]],
  ])('counts: %s', (_, approval, decision, before) => {
    expect(misfit(rule(approval), decision, before)).toBeUndefined();
  });

  it.each<[string, Partial<Approval>, Decision, readonly Decision[]]>([
    [
      'recorded eve as the caller where ana was',
      { approvers: listed, trustStatedNames: false },
      given('ana', 'eve'),
      [],
    ],
    [
      'no caller of it is known where ana was expected',
      { approvers: listed, trustStatedNames: false },
      given('ana'),
      [],
    ],
    // The approver is found however the name is written, and with it the identity that is asked for.
    [
      'recorded eve as the caller where bo@corp',
      { approvers: listed, trustStatedNames: true },
      given('BO ', 'eve'),
      [],
    ],
    [
      'the same caller, X@y, as of the approval by ana',
      { people: 2, trustStatedNames: false },
      given('bo', 'X@y'),
      [given('ana', 'x@y')],
    ],
    // An identity that the plan lists is compared even where plain names are trusted.
    ['recorded eve as the caller where bo@corp', { approvers: listed, trustStatedNames: true }, given('bo', 'eve'), []],
    [
      'the same caller, x, as of the approval by ana',
      { people: 2, trustStatedNames: false },
      given('bo', 'x'),
      [given('ana', 'x')],
    ],
    ['nor whether it is another person', { people: 2, trustStatedNames: false }, given('bo'), [given('ana', 'x')]],
  ])('does not count: %s', (why, approval, decision, before) => {
    expect(misfit(rule(approval), decision, before)).toContain(why);
  });
});

describe('an approval', () => {
  it.each<[boolean, string, Partial<Approval>, string]>([
    [false, 'anybody may approve', {}, 'eve'],
    [false, 'plain names are trusted', { approvers: [{ name: 'ana' }], trustStatedNames: true }, 'ana'],
    [false, 'two trusted people approve', { people: 2, trustStatedNames: true }, 'ana'],
    [true, 'an identity is listed, though names are trusted', { approvers: listed, trustStatedNames: true }, 'Bo'],
    [true, 'names are not trusted', { approvers: [{ name: 'ana' }], trustStatedNames: false }, 'ana'],
    [true, 'two callers must differ', { people: 2, trustStatedNames: false }, 'ana'],
  ])('is looked at (%s) before it counts where %s', (isLooked, _, approval, by) => {
    expect(isLookedAt(rule(approval), by)).toBe(isLooked);
  });
});

describe('a stated name', () => {
  it.each([
    ['ana', 'ana '],
    ['ana', '\tAna'],
    ['ANA', 'ana'],
    ['Zoë', 'zoe\u0308'],
  ])('is one person however it is written: %j and %j', (one, other) => {
    expect(samePerson(one, other)).toBe(true);
  });

  it.each([
    ['ana', 'anna'],
    ['ana b', 'anab'],
  ])('is another person with other letters: %j and %j', (one, other) => {
    expect(samePerson(one, other)).toBe(false);
  });
});
