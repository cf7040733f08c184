import { describe, expect, it } from 'vitest';
import { parseDrillRequest } from '../../../src/recovery/drill-request.ts';

describe('the request of a drill', () => {
  it('is one JSON object with a plan; a drill that nobody watches ends where it fails', () => {
    expect(parseDrillRequest({ plan: 'bookstore' })).toEqual({ plan: 'bookstore', onFailure: 'abort', drill: {} });
  });

  it('may say how long it stands, what happens at a failure, and that the approval is asked for', () => {
    const input = { plan: 'bookstore', backup: 'b', reason: 'r', keepFor: '2h', onFailure: 'hold', onApproval: 'wait' };

    expect(parseDrillRequest(input)).toEqual({
      ...{ plan: 'bookstore', backup: 'b', reason: 'r', onFailure: 'hold', onApproval: 'wait' },
      drill: { keepForMs: 7_200_000 },
    });
    expect(parseDrillRequest({ plan: 'bookstore', keepFor: '0s' }).drill).toEqual({ keepForMs: 0 });
  });

  it.each([
    [undefined, 'without an input'],
    ['bookstore', 'is a string'],
    [[{ plan: 'bookstore' }], 'is an array'],
    [{}, 'has no "plan"'],
    [{ plan: 'bookstore', resume: 'bookstore-abcdefgh' }, 'has no field "resume"; it may have plan, backup, reason'],
    [{ plan: 'bookstore', keepFor: 'a while' }, '"keepFor": found "a while"; write a duration'],
    [{ plan: 'bookstore', keepFor: '30d' }, 'at most 7d'],
    [{ plan: 'bookstore', onFailure: 'go on' }, 'input field "onFailure"'],
    [{ plan: 'bookstore', intoLiveSite: 'lab' }, 'has no field "intoLiveSite"'],
  ])('refuses %j in one sentence', (input, sentence) => {
    expect(() => parseDrillRequest(input)).toThrow(sentence);
  });
});
