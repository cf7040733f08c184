import type { KubeObject } from '../kube/types.ts';
import type { AcceptedErrors } from '../model/report.ts';
import { countAt, textAt } from './fields.ts';
import { groupTexts, type ResultTexts } from './results.ts';
import type { AcceptError } from './spec.ts';
import { hasFailed, phaseOf, type Volume, volumeText } from './volumes.ts';

/** Why a Restore that ran to its end is not content, or undefined. `reason` is the failure's. */
export interface Problems {
  readonly reason: 'PartiallyFailed' | 'HooksFailed' | 'OperationsFailed' | 'DataNotRestored';
  /** How it ended, `ended as PartiallyFailed, 3 errors`. */
  readonly what: string;
  readonly texts: readonly ResultTexts[];
}

/** Who bears which errors. */
export interface Acceptance {
  readonly rules: readonly AcceptError[];
  readonly person?: AcceptedErrors;
}

/** What went wrong in a Restore that ended as Completed or PartiallyFailed. `errors`: the texts that Velero keeps of it. */
export function problemsOf(
  restore: KubeObject,
  volumes: readonly Volume[],
  errors: readonly ResultTexts[],
): Problems | undefined {
  if (textAt(restore, 'status', 'phase') === 'PartiallyFailed') return partial(restore, volumes, errors);
  const failed = (of: string, done: string, ...path: string[]): readonly string[] => {
    const count = countAt(restore, 'status', ...path, done);
    return count > 0 ? [`${count} of ${countAt(restore, 'status', ...path, of)}`] : [];
  };
  const hooks = failed('hooksAttempted', 'hooksFailed', 'hookStatus');
  const bad = volumes.filter(hasFailed);
  const operations = failed('restoreItemOperationsAttempted', 'restoreItemOperationsFailed');
  const found: readonly (readonly [Problems['reason'], ResultTexts])[] = [
    ['HooksFailed', { where: 'hooks', texts: hooks.map((text) => `${text} hooks failed`) }],
    ['DataNotRestored', { where: 'volumes', texts: bad.map(volumeText) }],
    // A failed DataDownload is such an operation: it has said so itself.
    ['OperationsFailed', { where: 'operations', texts: bad.length > 0 ? [] : operations.map(operationsText) }],
  ];
  const [first, ...others] = found.filter(([, { texts }]) => texts.length > 0);
  if (!first) return undefined;
  // All of them: who accepts a hook's failure has not accepted a lost volume.
  return { reason: first[0], what: 'says Completed, but', texts: [first, ...others].map(([, texts]) => texts) };
}

function operationsText(counted: string): string {
  return `${counted} item operations failed`;
}

/**
 * RestoreResults lacks what went wrong after the objects were made: of data movement Velero counts the errors, and
 * leaves their texts in its log (1.18.3, restore_operations_controller.go). The volumes themselves say it.
 */
function partial(restore: KubeObject, volumes: readonly Volume[], errors: readonly ResultTexts[]): Problems {
  const count = countAt(restore, 'status', 'errors');
  const downloads = volumes.filter((volume) => volume.kind === 'DataDownload' && hasFailed(volume));
  const known = errors.reduce((sum, { texts }) => sum + texts.length, downloads.length);
  const lost = Math.max(known === 0 ? 1 : 0, count - known);
  const unread = errors.length === 0 && downloads.length === 0;
  const hooks = countAt(restore, 'status', 'hookStatus', 'hooksFailed');
  return {
    reason: 'PartiallyFailed',
    what: `ended as PartiallyFailed, ${count === 1 ? '1 error' : `${count} errors`}${unread ? ' (their texts could not be read)' : ''}${hooks > 0 ? `, ${hooks} of its hooks failed` : ''}`,
    texts: [
      ...errors,
      ...(downloads.length > 0 ? [{ where: 'volumes', texts: downloads.map(volumeText) }] : []),
      ...(lost > 0 ? [{ where: 'Velero', texts: [unknownText(lost)] }] : []),
    ],
  };
}

function unknownText(count: number): string {
  return count === 1 ? 'an error whose text is not known' : `${count} errors whose texts are not known`;
}

/** What remains of a Restore's problems once the plan's list and a person's word are taken off. */
export interface Judged {
  readonly open: readonly ResultTexts[];
  /** What was accepted, by whom and why, one line each. */
  readonly exceptions: readonly string[];
  /** The texts of what was accepted. */
  readonly borne: readonly ResultTexts[];
}

/** Takes off what is accepted. A rule fits where the message contains its text; a person bears all that is left. Pure. */
export function judgeProblems(name: string, problems: Problems, acceptance: Acceptance): Judged {
  const borne = new Map<AcceptError, ResultTexts[]>();
  const open: ResultTexts[] = [];
  for (const { where, texts } of problems.texts)
    for (const text of texts) {
      const rule = acceptance.rules.find(({ matches }) => text.includes(matches));
      if (rule) borne.set(rule, [...(borne.get(rule) ?? []), { where, texts: [text] }]);
      else open.push({ where, texts: [text] });
    }
  const exceptions = [...borne].map(
    ([rule, texts]) => `${name}: error accepted by the plan (${rule.reason}): ${groupTexts(texts, 3)}`,
  );
  const { person } = acceptance;
  const byRule = [...borne.values()].flat();
  if (!person || open.length === 0) return { open, exceptions, borne: byRule };
  const line = `${name}: errors accepted by ${person.by}, as stated (${person.reason}): ${groupTexts(open, 3)}`;
  return { open: [], exceptions: [...exceptions, line], borne: [...byRule, ...open] };
}

/** The sentence of a Restore that is not content, with what may be done about it. */
export function problemSentence(what: string, problems: Problems, judged: Judged): string {
  const accepted = judged.exceptions.length > 0 ? ' besides those that the plan accepts' : '';
  const orAccept =
    problems.reason === 'PartiallyFailed'
      ? ', or accept the errors (Update acceptErrors; the outcome then names them)'
      : '';
  return `${what} ${problems.what}${accepted}: ${groupTexts(judged.open)}; mend the cause and retry the step${orAccept}`;
}

/** Whether data is still on its way though the Restore has ended. */
export function stillMoving(volumes: readonly Volume[]): boolean {
  return volumes.some((volume) => phaseOf(volume) !== 'Completed' && !hasFailed(volume));
}
