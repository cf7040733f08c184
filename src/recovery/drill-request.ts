import { z } from 'zod';
import { longestKeepForMs } from '../model/drill.ts';
import { parseDuration } from '../model/duration.ts';
import type { CleanUpRequest, DrillRequest, RecoverRequest } from '../model/request.ts';
import { parseInput, RequestError } from './request.ts';

const shape = z.strictObject({
  plan: z.string().min(1).max(100).optional(),
  backup: z.string().min(1).max(253).optional(),
  reason: z.string().max(2000).optional(),
  keepFor: z.string().max(40).optional(),
  onFailure: z.enum(['hold', 'abort']).optional(),
  onApproval: z.enum(['wait']).optional(),
  cleanUp: z.string().optional(),
  by: z.string().min(1).max(1000).optional(),
  takeOver: z.boolean().optional(),
});

/** Reads the one input of `drillSite` as the request of the run that it starts; throws RequestError with one sentence. */
export function parseDrillRequest(input: unknown): RecoverRequest {
  const request = parseInput(shape, input) as Partial<DrillRequest & CleanUpRequest>;
  if (request.cleanUp !== undefined) return cleanUpRequest(request, request.cleanUp);
  const { plan, keepFor, onFailure, ...rest } = request;
  if (!plan) throw new RequestError('the input has no "plan": give one JSON object, for example {"plan": "bookstore"}');
  const alone = given(request, ['by', 'takeOver']);
  if (alone) throw new RequestError(`${alone} stands only beside "cleanUp": leave it out`);
  const keepForMs = keepFor === undefined ? undefined : durationOf(keepFor);
  return {
    plan,
    ...rest,
    // Nobody may be there to decide: a drill starts by a Schedule.
    onFailure: onFailure ?? 'abort',
    drill: keepForMs === undefined ? {} : { keepForMs },
  };
}

function cleanUpRequest(request: Partial<DrillRequest & CleanUpRequest>, of: string): RecoverRequest {
  const foreign = given(request, ['plan', 'backup', 'keepFor', 'onFailure', 'onApproval']);
  if (foreign)
    throw new RequestError(
      `"cleanUp" only removes what an earlier drill has left, so ${foreign} has no place beside it: leave one of the two out`,
    );
  if (!isDrillName(of))
    throw new RequestError(
      `"cleanUp": ${JSON.stringify(of)} is neither a drill's recovery id nor a site; it looks like {"cleanUp": "bookstore-a2b3c4d5"} and stands in the report and in the ledger's name`,
    );
  const { by, reason, takeOver } = request;
  return {
    // Nothing of it waits for a decision: it may be started again.
    onFailure: 'abort',
    ...(reason === undefined ? {} : { reason }),
    ...(takeOver === undefined ? {} : { takeOver }),
    drill: { cleanUp: { of, ...(by === undefined ? {} : { by }) } },
  };
}

/** Whether a text can be a recovery id or a site's name at all. */
export function isDrillName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(text);
}

/** Which of these fields are there, as text; undefined where none is. */
function given(request: Partial<DrillRequest & CleanUpRequest>, fields: readonly string[]): string | undefined {
  const names = Object.keys(request).filter((field) => fields.includes(field));
  return names.map((name) => JSON.stringify(name)).join(', ') || undefined;
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms > longestKeepForMs)
    throw new RequestError(
      `input field "keepFor": found ${JSON.stringify(text)}; write a duration of at most 7d, as 30m or 2h, or 0s for not at all`,
    );
  return ms;
}
