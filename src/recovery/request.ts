import { z } from 'zod';
import type { Plan } from '../model/plan.ts';
import type { RecoverRequest } from '../model/request.ts';
import { isRecoveryId } from './names.ts';

/** What is wrong with a workflow's input, in one sentence for the person who typed it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

const example = 'give one JSON object, for example {"plan": "bookstore"}';

const shape = z.strictObject({
  plan: z.string().min(1).max(100).optional(),
  resume: z.string().min(1).max(100).optional(),
  backup: z.string().min(1).max(253).optional(),
  onFailure: z.enum(['hold', 'abort']).optional(),
  onApproval: z.enum(['wait', 'approve', 'abort']).optional(),
  reason: z.string().max(2000).optional(),
  disasterAt: z.iso.datetime({ offset: true }).optional(),
  takeOver: z.boolean().optional(),
  intoLiveSite: z.string().min(1).max(253).optional(),
  acceptBackup: z.string().min(1).max(253).optional(),
  planOnly: z.boolean().optional(),
});

/** Reads the workflow's one input; throws RequestError with one sentence. */
export function parseRequest(input: unknown, now: Date): RecoverRequest {
  const request = parseInput(shape, input) as RecoverRequest;
  refuseContradictions(request, now);
  return request;
}

/** One JSON object with the fields of a shape, those that are not given left out. Throws RequestError with one sentence. */
export function parseInput<T extends z.ZodRawShape>(fields: z.ZodObject<T>, input: unknown): object {
  if (input === undefined || input === null || input === '')
    throw new RequestError(`the workflow was started without an input: ${example}`);
  if (Array.isArray(input)) throw new RequestError(`the input is an array: ${example}`);
  if (typeof input !== 'object') throw new RequestError(`the input is a ${typeof input}: ${example}`);
  const parsed = fields.safeParse(input);
  if (!parsed.success) throw new RequestError(sentence(parsed.error, Object.keys(fields.shape)));
  return Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
}

/**
 * A run that nobody watches must know what happens where its plan asks for an approval, and no request goes round those who
 * must approve. Throws RequestError with one sentence.
 */
export function refuseUnclearApproval(
  { onFailure, onApproval }: RecoverRequest,
  { approval }: Pick<Plan, 'approval'>,
): void {
  if (!approval.beforePhaseTwo) return;
  if (onApproval === 'approve' && (approval.approvers || approval.people === 2))
    throw new RequestError(
      '"onApproval": "approve" would go round those who must approve by the plan (spec.approval); use "wait" or "abort"',
    );
  if (onFailure === 'abort' && onApproval === undefined && approval.withinMs === undefined)
    throw new RequestError(
      'the run is unattended ("onFailure": "abort") and the plan asks for an approval: say what happens there, by "onApproval": "wait", "approve" or "abort", or by within in the plan\'s spec.approval',
    );
}

/** How a recovery ends that leaves nothing to go on with. */
const comeToItsEnd: readonly (string | undefined)[] = ['recovered', 'recovered-with-exceptions', 'inconclusive'];

/**
 * A recovery that has come to its end is not gone on with: its site serves, and a resumed run looks for no live site before it
 * stops what the plan quiesces. Throws RequestError with one sentence.
 */
export function refuseEnded(recovery: string, plan: string, outcome: string | undefined): void {
  if (!comeToItsEnd.includes(outcome)) return;
  throw new RequestError(
    `"resume": recovery ${recovery} has ended as ${outcome ?? ''} and there is nothing to go on with; if the site is lost again, start a new recovery: {"plan": ${JSON.stringify(plan)}}`,
  );
}

function sentence(error: z.ZodError, fields: readonly string[]): string {
  const issue = error.issues[0];
  if (issue?.code === 'unrecognized_keys')
    return `the input has no field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; it may have ${fields.join(', ')}: ${example}`;
  const field = issue?.path.join('.') ?? '';
  const hint = field === 'disasterAt' ? ', write it like "2026-11-20T03:12:00Z"' : '';
  return `input field ${JSON.stringify(field)}: ${issue?.message ?? 'not understood'}${hint}`;
}

function refuseContradictions(request: RecoverRequest, now: Date): void {
  if (!request.plan === !request.resume)
    throw new RequestError(
      request.plan
        ? 'the input has both "plan" and "resume": a resumed recovery keeps its plan, leave "plan" out'
        : `the input has neither "plan" nor "resume": ${example}`,
    );
  if (request.resume && !isRecoveryId(request.resume))
    throw new RequestError(
      `"resume": ${JSON.stringify(request.resume)} is not a recovery id; they look like bookstore-a2b3c4d5 and stand in the report and in the ledger's name`,
    );
  if (request.resume && (request.backup ?? request.disasterAt))
    throw new RequestError(
      '"backup" and "disasterAt" belong to the start of a recovery; a resumed one keeps what it had',
    );
  if (request.resume && request.planOnly)
    throw new RequestError('"planOnly" looks at a plan and "resume" goes on with a recovery: leave one of the two out');
  if (request.disasterAt && Date.parse(request.disasterAt) > now.getTime() + 60_000)
    throw new RequestError(`"disasterAt": ${request.disasterAt} lies in the future`);
}
