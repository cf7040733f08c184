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

/**
 * Why an approval does not count, now that it is known whom the Temporal server recorded as its caller; undefined when it
 * does. `before`: the approvals that count already.
 */
export function misfit(approval: Approval, given: Decision, before: readonly Decision[]): string | undefined {
  const { by, identity } = given;
  const approver = approval.approvers?.find(({ name }) => samePerson(name, by));
  const expected = approver?.identity ?? (approval.trustStatedNames ? undefined : approver?.name);
  if (expected !== undefined && identity !== expected)
    return `${by} was stated, and Temporal recorded ${identity ?? 'nobody'} as the caller where ${expected} was expected`;
  if (approval.trustStatedNames || (approval.people ?? 1) < 2) return undefined;
  if (identity === undefined)
    return `Temporal recorded no caller of the approval by ${by}: whether it is another person is not known`;
  const same = before.find((other) => other.identity !== undefined && samePerson(other.identity, identity));
  return same && `Temporal recorded the same caller, ${identity}, as of the approval by ${same.by}`;
}
