import type { Approval } from './plan.ts';
import type { Decision } from './report.ts';

/**
 * Whether two stated names are one person's: spaces around a name, its letters' case and how they are composed tell nobody
 * apart. Everything that compares names of people compares them so.
 */
export function samePerson(one: string, other: string): boolean {
  return person(one) === person(other);
}

function person(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** Whether an approval by this stated name counts only once it is known whom the Temporal server recorded as its caller. */
export function isLookedAt(approval: Approval, by: string): boolean {
  return expectedOf(approval, by) !== undefined || wantsTwoCallers(approval);
}

/** The identity that an approval by this stated name must have; undefined where any will do. */
function expectedOf({ approvers, trustStatedNames }: Approval, by: string): string | undefined {
  const approver = approvers?.find(({ name }) => samePerson(name, by));
  return approver?.identity ?? (trustStatedNames ? undefined : approver?.name);
}

function wantsTwoCallers({ people = 1, trustStatedNames }: Approval): boolean {
  return !trustStatedNames && people > 1;
}

/**
 * Why an approval does not count, now that it is known whom the Temporal server recorded as its caller; undefined when it
 * does. `before`: the approvals that count already.
 */
export function misfit(approval: Approval, given: Decision, before: readonly Decision[]): string | undefined {
  const { by, identity } = given;
  const expected = expectedOf(approval, by);
  if (expected !== undefined && identity !== expected) {
    const recorded =
      identity === undefined ? 'no caller of it is known' : `Temporal recorded ${identity} as the caller`;
    return `${by} was stated, and ${recorded} where ${expected} was expected`;
  }
  if (!wantsTwoCallers(approval)) return undefined;
  if (identity === undefined) return `no caller of the approval by ${by} is known, nor whether it is another person`;
  const same = before.find((other) => other.identity !== undefined && samePerson(other.identity, identity));
  return same && `Temporal recorded the same caller, ${identity}, as of the approval by ${same.by}`;
}
