import { describe, expect, it } from 'vitest';
import { parseRequest, RequestError } from '../../../src/recovery/request.ts';

const now = new Date('2026-11-20T04:00:00Z');

describe('parseRequest', () => {
  it('takes a plan with everything that may go with it', () => {
    const request = {
      plan: 'bookstore',
      backup: 'nightly',
      onFailure: 'abort',
      reason: 'fire',
      disasterAt: '2026-11-20T03:12:00Z',
      takeOver: true,
      intoLiveSite: 'dr-east',
      acceptBackup: 'nightly',
    };

    expect(parseRequest(request, now)).toEqual(request);
  });

  it.each([
    [undefined, 'without an input'],
    [null, 'without an input'],
    ['', 'without an input'],
    ['bookstore', 'the input is a string'],
    [7, 'the input is a number'],
    [[{ plan: 'bookstore' }], 'the input is an array'],
    [{}, 'neither "plan" nor "resume"'],
    [{ plan: 'bookstore', resume: 'bookstore-abcdefgh' }, 'both "plan" and "resume"'],
    [{ Plan: 'bookstore' }, 'no field "Plan"'],
    [{ plan: 'bookstore', onFailure: 'stop' }, '"onFailure"'],
    [{ plan: 'bookstore', takeOver: 'yes' }, '"takeOver"'],
    [{ plan: 'bookstore', disasterAt: 'yesterday' }, 'write it like "2026-11-20T03:12:00Z"'],
    [{ plan: 'bookstore', disasterAt: '2026-11-21T03:12:00Z' }, 'lies in the future'],
    [{ resume: 'bookstore' }, 'is not a recovery id'],
    [{ resume: 'bookstore-abcdefgh', backup: 'b' }, 'a resumed one keeps what it had'],
  ])('refuses %j with one sentence', (input, sentence) => {
    const parse = () => parseRequest(input, now);

    expect(parse).toThrow(RequestError);
    expect(parse).toThrow(sentence);
  });
});
