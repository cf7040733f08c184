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

  it('may ask for the clean-up alone, by whom and why', () => {
    expect(parseDrillRequest({ cleanUp: 'bookstore-abcdefgh' })).toEqual({
      onFailure: 'abort',
      drill: { cleanUp: { of: 'bookstore-abcdefgh' } },
    });
    expect(parseDrillRequest({ cleanUp: 'bookstore', by: 'ana', reason: 'lost', takeOver: true })).toEqual({
      ...{ onFailure: 'abort', reason: 'lost', takeOver: true },
      drill: { cleanUp: { of: 'bookstore', by: 'ana' } },
    });
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
    [{ plan: 'bookstore', by: 'ana' }, '"by" stands only beside "cleanUp"'],
    [
      { cleanUp: 'bookstore-abcdefgh', plan: 'bookstore', keepFor: '1h' },
      'so "plan", "keepFor" has no place beside it',
    ],
    [{ cleanUp: 'Book Store' }, '"Book Store" is neither a drill\'s recovery id nor a site'],
    [{ cleanUp: '' }, '"" is neither a drill\'s recovery id nor a site'],
    [{ cleanUp: 'bookstore', takeOver: 'yes' }, 'input field "takeOver"'],
  ])('refuses %j in one sentence', (input, sentence) => {
    expect(() => parseDrillRequest(input)).toThrow(sentence);
  });
});
