import { z } from 'zod';
import { hasFittingBounds, noNumberFits } from '../check-expect.ts';

const CountNumber = z.int().min(0);

/** How many there must be of something: documents, messages. */
export const Count = z
  .strictObject({
    equals: CountNumber.optional().describe('As many as this.'),
    atLeast: CountNumber.optional().describe('Not fewer than this.'),
    atMost: CountNumber.optional().describe('Not more than this.'),
  })
  .refine((count) => Object.values(count).some((each) => each !== undefined), {
    error: 'found no bound; write atLeast, atMost or equals',
  })
  .refine((count) => hasFittingBounds({ atLeast: count.atLeast, atMost: count.atMost }), { error: noNumberFits });
export type Count = z.infer<typeof Count>;

/** What must be there when a plan does not say: anything at all. */
export const atLeastOne: Count = { atLeast: 1 };

/** `expected at least 5` when the number does not fit; undefined when it does. */
export function countFault({ equals, atLeast, atMost }: Count, seen: number): string | undefined {
  if (equals !== undefined && seen !== equals) return `expected ${equals}`;
  if (atLeast !== undefined && seen < atLeast) return `expected at least ${atLeast}`;
  return atMost !== undefined && seen > atMost ? `expected at most ${atMost}` : undefined;
}

/** Whether an expectation asserts data: nothing at all must not meet it. */
export function refusesNone(count: Count): boolean {
  return countFault(count, 0) !== undefined;
}
