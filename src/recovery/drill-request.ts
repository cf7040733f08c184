import { z } from 'zod';
import type { DrillRequest, RecoverRequest } from '../model/request.ts';
import { parseDuration } from '../model/duration.ts';
import { parseInput, RequestError } from './request.ts';

const shape = z.strictObject({
  plan: z.string().min(1).max(100).optional(),
  backup: z.string().min(1).max(253).optional(),
  reason: z.string().max(2000).optional(),
  keepFor: z.string().max(40).optional(),
  onFailure: z.enum(['hold', 'abort']).optional(),
  onApproval: z.enum(['wait']).optional(),
});

/** A drill may stand this long, ms: a week. */
const longestMs = 7 * 86_400_000;

/** Reads the one input of `drillSite` as the request of the run that it starts; throws RequestError with one sentence. */
export function parseDrillRequest(input: unknown): RecoverRequest {
  const { plan, keepFor, onFailure, ...rest } = parseInput(shape, input) as Partial<DrillRequest>;
  if (!plan) throw new RequestError('the input has no "plan": give one JSON object, for example {"plan": "bookstore"}');
  const keepForMs = keepFor === undefined ? undefined : durationOf(keepFor);
  return {
    plan,
    ...rest,
    // Nobody may be there to decide: a drill starts by a Schedule.
    onFailure: onFailure ?? 'abort',
    drill: keepForMs === undefined ? {} : { keepForMs },
  };
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms > longestMs)
    throw new RequestError(
      `input field "keepFor": found ${JSON.stringify(text)}; write a duration of at most 7d, as 30m or 2h, or 0s for not at all`,
    );
  return ms;
}
