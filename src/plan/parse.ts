import type { Plan } from '../model/plan.ts';
import { rawAt } from './entries.ts';
import { looksLikeCredential } from './credentials.ts';
import { readDocument, type Placed, type PlanDocument } from './document.ts';
import { pathText, type Fault, type PlanIssue, type PlanLanguage } from './language.ts';
import { resolvePlan } from './resolve.ts';
import { ruleFaults } from './rules.ts';
import { planFile } from './schema.ts';
import { secretFaults } from './secrets.ts';
import { shapeFaults } from './shape.ts';
import { show } from './words.ts';

/** What a run may carry in one payload: the text of a plan, and the plan made from it. */
export const largestPlanBytes = 256 * 1024;

/** Reads a plan: the plan with every default filled in, or everything that is wrong with it, in the file's order. */
export function parsePlan(
  text: string,
  file: string,
  language: PlanLanguage,
): { readonly plan: Plan } | { readonly issues: readonly PlanIssue[] } {
  return parseNamedPlan(text, file, language, undefined);
}

/** As `parsePlan`; `metadata.name` must be `expectedName`, if one is given. */
export function parseNamedPlan(
  text: string,
  file: string,
  language: PlanLanguage,
  expectedName: string | undefined,
): { readonly plan: Plan } | { readonly issues: readonly PlanIssue[] } {
  if (Buffer.byteLength(text) > largestPlanBytes)
    return { issues: [wholeFile(file, tooLarge('the file', Buffer.byteLength(text)))] };
  const document = readDocument(text);
  if (!('value' in document)) return { issues: inOrder(file, document.faults) };
  const schema = planFile(language);
  const faults = [
    ...shapeFaults(schema, document.value, language),
    ...ruleFaults(document.value, language, (path) => document.locate({ path }).line),
    ...nameFaults(document.value, expectedName),
  ];
  const placed = [
    ...document.faults,
    ...secretFaults(text, document),
    ...faults.map((fault) => placedBy(document, fault)),
  ];
  if (placed.length > 0) return { issues: inOrder(file, placed) };
  const plan = resolvePlan(schema.parse(document.value));
  const size = Buffer.byteLength(JSON.stringify(plan)); // aliases may make it larger than the file
  return size > largestPlanBytes
    ? { issues: [wholeFile(file, tooLarge('the plan with its aliases written out', size))] }
    : { plan };
}

/** An issue that has no place in the file. */
export function wholeFile(file: string, message: string): PlanIssue {
  return { file, line: 0, column: 0, path: '', message };
}

/** Says that something passes the limit, in KiB. */
export function tooLarge(what: string, bytes: number): string {
  return `${what} has ${Math.ceil(bytes / 1024)} KiB; at most ${largestPlanBytes / 1024} KiB are allowed`;
}

function nameFaults(value: unknown, expectedName: string | undefined): Fault[] {
  const path = ['metadata', 'name'];
  const name = rawAt(value, path);
  if (expectedName === undefined || typeof name !== 'string' || name === expectedName) return [];
  return [
    {
      path,
      message: `found ${show(name)}, but the file is ${expectedName}.yaml; a plan is found by its file's name, write ${show(expectedName)}`,
    },
  ];
}

function placedBy(document: PlanDocument, fault: Fault): Placed {
  return { position: document.locate(fault), path: fault.path, message: fault.message };
}

/** More than a person mends in one go; a file of a thousand errors must not fill a history. */
const mostIssues = 100;

function inOrder(file: string, faults: readonly Placed[]): PlanIssue[] {
  const issues = faults
    .map(({ position, path, message }) => ({
      file,
      ...position,
      path: pathText(path),
      message: withoutCredential(message),
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const rest = issues.length - mostIssues;
  return rest > 0 ? [...issues.slice(0, mostIssues), wholeFile(file, `and ${rest} more; mend these first`)] : issues;
}

/** The last net: schemas of drivers and checks word their own errors, and may quote what they found. */
function withoutCredential(message: string): string {
  return looksLikeCredential(message)
    ? 'found something that looks like a credential, and it is not allowed here'
    : message;
}
